"""The desk's queue of proposals, one case, and the answer to it."""

from uuid import uuid4

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.errors import RuleBroken
from app.services import case_queries, decisions
from app.services.audit import Actor
from app.services.case_queries import Case
from app.services.decisions import Decider, Reply
from app.services.wording import BannedWords
from app.web.access import staff_required, step_up_required, user
from app.web.admin.blueprint import bp
from app.web.admin.plan_forms import DecideForm
from app.web.context import db_session, gateways, now, requester, site

DECIDERS = ("agent", "supervisor")
READERS = (*DECIDERS, "compliance")
FIELD_OF_CODE = {"reason_needed": "reason_code", "words_needed": "words", "banned_words": "words"}


@bp.get("/")
@staff_required("agent", "supervisor", "finance", "compliance", "admin")
def queue() -> ResponseReturnValue:
    if not user().has_role(*READERS):
        return render_template("admin/queue_none.html")
    found = case_queries.waiting_queue(
        db_session(),
        vault=gateways().vault,
        roles=user().roles,
        now=now(),
        after=request.args.get("after") or None,
    )
    return render_template("admin/queue.html", queue=found, is_first=not request.args.get("after"))


@bp.get("/plan/<version_id>")
@staff_required(*READERS)
def case(version_id: str) -> ResponseReturnValue:
    form = DecideForm()
    return _show(_case(version_id), form)


@bp.post("/plan/<version_id>")
@staff_required(*DECIDERS)
@step_up_required
def decide(version_id: str) -> ResponseReturnValue:
    found = _case(version_id)
    form = DecideForm()
    form.offer_reasons(found.reasons)
    if form.validate_on_submit():
        try:
            _decide(version_id, form)
        except RuleBroken as refused:
            _tell(form, refused)
        else:
            return redirect(url_for(".case", version_id=version_id))
    return _show(_case(version_id), form)


def _decide(version_id: str, form: DecideForm) -> None:
    decisions.decide_version(
        db_session(),
        vault=gateways().vault,
        site=site(),
        version_public_id=version_id,
        reply=Reply(form.answer.data, form.reason_code.data, form.words.data or "", form.request_key.data or ""),
        decider=Decider(_staff_id(), user().person_id, user().roles),
        actor=_actor(),
        now=now(),
    )


def _tell(form: DecideForm, refused: RuleBroken) -> None:
    """Put a refused rule beside the field that mends it, else on top."""
    words = gettext(refused.message)
    if isinstance(refused, BannedWords):
        words = gettext("%(advice)s：%(words)s", advice=words, words="、".join(refused.found))
    name = FIELD_OF_CODE.get(refused.code)
    if name is None:
        form.form_errors.append(words)
    else:
        form[name].errors = [*form[name].errors, words]


def _show(found: Case, form: DecideForm) -> ResponseReturnValue:
    form.offer_reasons(found.reasons)
    if not form.is_submitted() or not form.request_key.data:
        form.request_key.data = str(uuid4())
    return render_template(
        "admin/case.html",
        case=found,
        loan=found.desk.page.loan,
        owed=found.desk.page.loan.owed,
        form=form,
        may_answer=found.state == "submitted" and user().has_role(*DECIDERS),
    )


def _case(version_id: str) -> Case:
    return case_queries.case_of(
        db_session(),
        vault=gateways().vault,
        version_public_id=version_id,
        person_id=user().person_id,
        roles=user().roles,
        now=now(),
    )


def _staff_id() -> int:
    found = user().staff_id
    if found is None:
        abort(401)
    return found


def _actor() -> Actor:
    return Actor(user().who, requester())
