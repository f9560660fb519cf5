"""The answer to a proposal in two steps: shown word by word, then sent."""

import hashlib
from dataclasses import dataclass

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.domain.topics import PLAN_CHANGE
from app.services.cases import deciding as case_deciding
from app.services.cases import owners as case_owners
from app.services.cases.queries import CaseView
from app.services.cases.steps import AnswerShown, PreviewChanged, Reply
from app.services.refusals.nearest_queries import nearest_plan
from app.services.threads import opening as thread_opening
from app.services.threads.queries import MessageView
from app.services.threads.steps import stripped
from app.web import typed_answers
from app.web.access import staff_required, step_up_required
from app.web.admin.blueprint import DESK, bp
from app.web.admin.case_forms import DecideForm
from app.web.admin.case_routes import load_case, show_case, told_of_words
from app.web.context import context, db_session, now
from app.web.filters import words_of
from app.web.returning import see_other

FIELD_OF_CODE = {
    "reason_needed": "reason_code",
    "words_needed": "words",
    "words_missing": "words",
    "banned_words": "words",
}


@dataclass(frozen=True)
class ChangeShown:
    """What asking for a change brings its borrower: the SMS, and the message in their thread."""

    sms: str
    said: MessageView
    page: None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.said.words.encode()).hexdigest()


@bp.post("/plan/<version_id>")
@staff_required(*DESK)
# Also for looking at the preview: the code is asked for once, before writing, and not between
# reading and sending (V7.5.3).
@step_up_required
def decide(version_id: str) -> ResponseReturnValue:
    found, form, act = load_case(version_id), DecideForm(), request.form.get("act")
    form.fit_to(found.state, found.reasons)
    # Going back to the words sends the form as well; it is shown again unjudged.
    if act != "edit" and form.validate_on_submit():
        try:
            return _sent(found, form) if act == "send" else _preview(found, form)
        except RuleBroken as refused:
            _tell(form, refused)

    return show_case(version_id, form)


def _sent(case: CaseView, form: DecideForm) -> ResponseReturnValue:
    """Send what was shown; where it would be something else by now, show that first."""
    try:
        _send(case, form)
    except PreviewChanged as changed:
        return _preview(case, form, words_of(changed))
    return see_other(url_for(".case", version_id=case.public_id))


def _preview(case: CaseView, form: DecideForm, advice: str = "") -> ResponseReturnValue:
    """Show what the borrower would get; from then on the case is this person's."""
    shown = (
        _shown_change(case.public_id, form)
        if form.answer.data == "change"
        else _rehearse(case, form)
    )
    # Who looks at a preview is about to answer: two people who do learn of each other before
    # anything is sent (ADR 0016).
    _take(case.public_id)
    typed_answers.keep(current_user.session_id)
    form.shown_sha256.data = shown.sha256

    page = shown.page
    nearest = None
    if page is not None and page.is_refused:
        nearest = nearest_plan(db_session(), context(), version_public_id=case.public_id)

    return render_template(
        "admin/case_preview.html",
        nearest=nearest,
        case=case,
        form=form,
        shown=shown,
        advice=advice,
        topic=PLAN_CHANGE,
    )


def _take(version_id: str) -> None:
    case_owners.take_case(db_session(), context(), version_public_id=version_id)


def _shown_change(version_id: str, form: DecideForm) -> ChangeShown:
    words = stripped(form.words.data or "")
    text = thread_opening.change_text(
        db_session(), context(), version_public_id=version_id, words=words
    )
    return ChangeShown(text, MessageView(0, "staff", current_user.display_name, words, now(), None))


def _rehearse(case: CaseView, form: DecideForm) -> AnswerShown:
    return case_deciding.rehearse_answer(
        db_session(),
        context(),
        version_public_id=case.public_id,
        reply=_reply(form),
        turn=case_deciding.ROUNDS.get(case.state, case_deciding.FIRST),
    )


def _send(case: CaseView, form: DecideForm) -> None:
    if form.answer.data == "change":
        _ask_for_change(case.public_id, form)
        return
    case_deciding.decide_version(
        db_session(),
        context(),
        version_public_id=case.public_id,
        reply=_reply(form),
        turn=case_deciding.APPEAL if case.appeal else case_deciding.FIRST,
    )


def _ask_for_change(version_id: str, form: DecideForm) -> None:
    """Only the case's owner writes to the borrower about it; nothing is sent that was not shown."""
    # Composed anew and compared: nothing is sent that was not shown.
    if form.shown_sha256.data != _shown_change(version_id, form).sha256:
        raise PreviewChanged

    _take(version_id)
    thread_opening.open_thread_by_staff(
        db_session(),
        context(),
        version_public_id=version_id,
        words=form.words.data or "",
        request_key=form.request_key.data or "",
    )


def _reply(form: DecideForm) -> Reply:
    return Reply(
        "approve" if form.answer.data == "approve" else "refuse",
        form.reason_code.data or "",
        form.words.data or "",
        form.request_key.data or "",
        form.shown_sha256.data or "",
    )


def _tell(form: DecideForm, refused: RuleBroken) -> None:
    """Put a refused rule beside the field that mends it, else on top."""
    words = told_of_words(refused)

    name = FIELD_OF_CODE.get(refused.code)
    if name is None:
        form.form_errors.append(words)
    else:
        form[name].errors = [*form[name].errors, words]
