"""Nightly files as they came in: counts, totals, rejected lines and differences; one that waits is
confirmed or declined.
"""

from contextlib import suppress

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.file_decisions.deciding import Act, decide_file
from app.services.file_decisions.queries import taking_back_view
from app.services.file_decisions.taking_back import answer_taking_back, ask_to_take_back
from app.services.nightly import queries as nightly_queries
from app.services.nightly.confirmed import apply_confirmed
from app.services.nightly.importing import MOST_TOLD
from app.web.access import staff_required, step_up_required
from app.web.addresses import MOST_COUNT, number_asked
from app.web.admin.blueprint import bp
from app.web.admin.nightly_forms import DecideFileForm
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other

READERS = ("admin", "supervisor", "compliance", "finance")
# Who may follow a line to its loan: finance and admins see files and no borrowers.
LOAN_READERS = frozenset({"supervisor", "compliance"})
DECIDERS = ("supervisor",)
BACKERS = ("supervisor", "admin")
# A request must not take minutes.
AT_ONCE_ROWS = 5_000


@bp.get("/nightly-files")
@staff_required(*READERS)
def nightly_files() -> ResponseReturnValue:
    before = number_asked("before")
    page = nightly_queries.nightly_files(db_session(), before_key=before)
    return render_template("admin/nightly_files.html", page=page, is_first=before is None)


@bp.get("/nightly-files/<public_id>")
@staff_required(*READERS)
def nightly_file(public_id: str) -> ResponseReturnValue:
    return _show(public_id, DecideFileForm())


@bp.post("/nightly-files/<public_id>/confirm")
@staff_required(*DECIDERS)
@step_up_required
def confirm_nightly_file(public_id: str) -> ResponseReturnValue:
    return _decide(public_id, "confirm")


@bp.post("/nightly-files/<public_id>/decline")
@staff_required(*DECIDERS)
@step_up_required
def decline_nightly_file(public_id: str) -> ResponseReturnValue:
    return _decide(public_id, "decline")


@bp.post("/nightly-files/<public_id>/take-back")
@staff_required(*BACKERS)
@step_up_required
def take_back_nightly_file(public_id: str) -> ResponseReturnValue:
    """Asked for by one person, answered by another: `answer` says which of it."""
    form, answer = DecideFileForm(), request.form.get("answer", "ask")
    if not form.validate_on_submit():
        return _show(public_id, form)
    words = form.words.data or ""
    day = nightly_queries.nightly_file(db_session(), public_id=public_id).file.as_of_on
    try:
        if answer == "ask" and day is not None:
            ask_to_take_back(db_session(), context(), as_of=day, words=words)
        else:
            answer_taking_back(
                db_session(),
                context(),
                public_id=public_id,
                is_agreed=answer == "agree",
                words=words,
            )
    except RuleBroken as refused:
        form.form_errors.append(words_of(refused))
        return _show(public_id, form)
    return see_other(url_for(".nightly_file", public_id=public_id))


def _decide(public_id: str, act: Act) -> ResponseReturnValue:
    form = DecideFileForm()
    if form.validate_on_submit():
        words = form.words.data or ""
        try:
            decide_file(db_session(), context(), public_id=public_id, act=act, words=words)
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
        else:
            if act == "confirm":
                _apply_if_small(public_id)
            return see_other(url_for(".nightly_file", public_id=public_id))

    return _show(public_id, form)


def _apply_if_small(public_id: str) -> None:
    """Apply at once what takes seconds; the job comes by for the rest, and for what fails here."""
    rows = nightly_queries.nightly_file(db_session(), public_id=public_id).file.rows
    if rows <= AT_ONCE_ROWS:
        with suppress(RuleBroken):
            apply_confirmed(db_session(), context(), public_id=public_id)


def _show(public_id: str, form: DecideFileForm) -> ResponseReturnValue:
    after = number_asked("after", MOST_COUNT) or 0
    detail = nightly_queries.nightly_file(db_session(), public_id=public_id, after_line=after)
    may_back = current_user.has_role(*BACKERS)
    return render_template(
        "admin/nightly_file.html",
        back=taking_back_view(db_session(), public_id=public_id) if may_back else None,
        me=context().staff.person_id if may_back else None,
        detail=detail,
        file=detail.file,
        form=form,
        may_decide=detail.file.state == "waiting" and current_user.has_role(*DECIDERS),
        loan_readers=LOAN_READERS,
        most_told=MOST_TOLD,
    )
