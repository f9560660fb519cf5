"""One case: everything that bears on it, and who works on it."""

from collections.abc import Callable

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.domain.states import COUNTERABLE, OFFERED, UNANSWERED
from app.services.cases import document_faults
from app.services.cases import notes as case_notes
from app.services.cases import owners as case_owners
from app.services.cases import queries as case_queries
from app.services.cases import viewing as case_viewing
from app.services.cases.owners import CaseOwnedByAnother
from app.services.cases.queries import CaseView
from app.services.cases.viewing import GaveWay
from app.services.core.wording import BannedWords
from app.services.evidence import queries as evidence_queries
from app.services.hardship import handling as hardship_handling
from app.services.hardship.records import Hardship
from app.services.queue import queries as queue_queries
from app.services.queue.queries import TABS
from app.services.recalls import queries as recall_queries
from app.services.recalls.queries import RecallView
from app.web import typed_answers
from app.web.access import staff_required
from app.web.admin.affordability_bar import bar_of
from app.web.admin.blueprint import DESK, READERS, bp
from app.web.admin.case_forms import DecideForm, HandUpForm, NoteForm, TakeOverForm
from app.web.admin.evidence_forms import AskForm
from app.web.admin.recall_forms import RecallForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/plan/<version_id>")
@staff_required(*READERS)
def case(version_id: str) -> ResponseReturnValue:
    try:
        return show_case(version_id, DecideForm(), stands_only=True)
    except GaveWay as moved:  # an address of before the borrower's change
        return redirect(url_for(".case", version_id=moved.standing))


@bp.post("/plan/<version_id>/take")
@staff_required(*DESK)
def take_case(version_id: str) -> ResponseReturnValue:
    return _change_owner(
        version_id,
        lambda: case_owners.take_case(db_session(), context(), version_public_id=version_id),
    )


@bp.post("/plan/<version_id>/release")
@staff_required(*DESK)
def release_case(version_id: str) -> ResponseReturnValue:
    return _change_owner(
        version_id,
        lambda: case_owners.release_case(db_session(), context(), version_public_id=version_id),
    )


@bp.post("/plan/<version_id>/take-over")
@staff_required("supervisor")
def take_over_case(version_id: str) -> ResponseReturnValue:
    form = TakeOverForm()
    if not form.validate_on_submit():
        return show_case(version_id, DecideForm(formdata=None), take_over=form)

    return _change_owner(
        version_id,
        lambda: case_owners.take_over_case(
            db_session(), context(), version_public_id=version_id, reason=form.reason.data or ""
        ),
    )


@bp.post("/plan/<version_id>/notes")
@staff_required(*DESK)
def add_note(version_id: str) -> ResponseReturnValue:
    form = NoteForm()
    if not form.validate_on_submit():
        return show_case(version_id, DecideForm(), note=form)

    case_notes.add_note(
        db_session(),
        context(),
        version_public_id=version_id,
        words=form.note.data or "",
        request_key=form.request_key.data or "",
    )
    # The answer's form came along, and is there again.
    typed_answers.keep(current_user.session_id, but=("note",))
    return see_other(url_for(".case", version_id=version_id, _anchor="notes"))


@bp.post("/plan/<version_id>/hand-up")
@staff_required("agent")
def hand_up_case(version_id: str) -> ResponseReturnValue:
    form = HandUpForm()
    if not form.validate_on_submit():
        return show_case(version_id, DecideForm(), hand_up=form)
    try:
        case_notes.hand_up_case(
            db_session(),
            context(),
            version_public_id=version_id,
            words=form.summary.data or "",
            request_key=form.request_key.data or "",
        )
    except RuleBroken as refused:
        answer = DecideForm()
        answer.form_errors.append(told(refused))
        return show_case(version_id, answer, hand_up=form)

    flash(gettext("已交给主管，说明写在备注里。"))
    return see_other(url_for(".case", version_id=version_id))


@bp.get("/plan/<version_id>/next")
@staff_required(*DESK)
def next_case(version_id: str) -> ResponseReturnValue:
    """To the case to work on next, of the tab one came from."""
    tab = next((one for one in TABS if one == session.get("queue_tab")), TABS[0])
    found = queue_queries.next_case(db_session(), context(), tab=tab, after=version_id)
    if found is None:
        flash(gettext("这一栏没有别的要办的了。"))
        return see_other(url_for(".queue", tab=tab))
    return see_other(url_for(".case", version_id=found))


@bp.post("/plan/<version_id>/hardship")
@staff_required(*DESK)
def case_hardship(version_id: str) -> ResponseReturnValue:
    # Shown in the answer to this POST and never behind an address: a reload does not read it again
    # unrecorded (ADR 0010).
    opened = hardship_handling.read_hardship(db_session(), context(), version_public_id=version_id)
    typed_answers.keep(current_user.session_id)
    return show_case(version_id, DecideForm(), opened=opened)


@bp.post("/plan/<version_id>/document-seen")
@staff_required(*DESK)
def document_seen(version_id: str) -> ResponseReturnValue:
    document_faults.clear_fault(db_session(), context(), version_public_id=version_id)
    return see_other(url_for(".case", version_id=version_id))


def show_case(
    version_id: str,
    form: DecideForm,
    *,
    take_over: TakeOverForm | None = None,
    note: NoteForm | None = None,
    hand_up: HandUpForm | None = None,
    ask: AskForm | None = None,
    recall: RecallForm | None = None,
    opened: Hardship | None = None,
    stands_only: bool = False,
) -> ResponseReturnValue:
    """Show the case as it is now, with what was typed; a sensitive reason only when it was just
    opened on record.
    """
    found = case_viewing.view_case(
        db_session(), context(), version_public_id=version_id, stands_only=stands_only
    )
    form.fit_to(found.state, found.reasons)
    papers = evidence_queries.case_papers(db_session(), context(), version_public_id=version_id)
    ask = ask or AskForm(formdata=None)
    ask.fit_to(papers.may_ask)
    is_waiting, decides = found.state in UNANSWERED, current_user.has_role(*DESK)
    bearing = _bearing(found) if decides else None
    # Buttons follow the rules, the service enforces them: who may not decide is not invited to try
    # (ADR 0016).
    mine = not (found.is_own or found.is_refuser) and (
        found.ownership.is_mine or (found.ownership.is_free and _may_take(found))
    )

    return render_template(
        "admin/case.html",
        case=found,
        bar=bar_of(found.fit) if found.fit else None,
        form=form,
        take_over=take_over or TakeOverForm(formdata=None),
        note=note or NoteForm(formdata=typed_answers.typed_before()),
        hand_up=hand_up or HandUpForm(formdata=typed_answers.typed_before()),
        papers=papers,
        ask=ask,
        recall_view=bearing,
        why_recalled=_why_recalled(found) if decides else "",
        recall=recall or _recall_form(bearing),
        opened=opened,
        is_waiting=is_waiting,
        may_work=decides,
        may_answer=is_waiting and decides and mine,
        may_counter=decides and _may_counter(found, mine),
    )


def _may_counter(found: CaseView, mine: bool) -> bool:
    """Other terms go in the place of what waits for us, or of our own that its borrower has."""
    if found.waiting is not None or found.state not in COUNTERABLE:
        return False
    return found.state == "countered" or mine


def _bearing(found: CaseView) -> RecallView | None:
    """What bears on recalling it, where it lies with its borrower."""
    if found.state not in OFFERED:
        return None
    mine = {"version_public_id": found.public_id}
    return recall_queries.recall_view(db_session(), context(), **mine)


def _why_recalled(found: CaseView) -> str:
    if found.state != "recalled":
        return ""
    mine = {"version_public_id": found.public_id}
    return recall_queries.why_recalled(db_session(), context(), **mine)


def _recall_form(found: RecallView | None) -> RecallForm:
    form = RecallForm(formdata=typed_answers.typed_before())
    form.start_from(found)
    return form


def _may_take(found: CaseView) -> bool:
    """What was handed up waits for a supervisor."""
    return found.handed_up_at is None or current_user.has_role("supervisor")


def load_case(version_id: str) -> CaseView:
    """Read the case to act on it; what shows it puts that on record."""
    return case_queries.case_of(db_session(), context(), version_public_id=version_id)


def told(refused: RuleBroken) -> str:
    """Put a refused rule in words; where a colleague works on the case they are named."""
    words = words_of(refused)
    if isinstance(refused, CaseOwnedByAnother):
        return gettext("%(advice)s：%(name)s", advice=words, name=refused.owner)
    return words


def told_of_words(refused: RuleBroken) -> str:
    """The same of words that were written; those that may not be written are named."""
    words = told(refused)
    if isinstance(refused, BannedWords):
        return gettext("%(advice)s：%(words)s", advice=words, words="、".join(refused.found))
    return words


def _change_owner(version_id: str, change: Callable[[], None]) -> ResponseReturnValue:
    try:
        change()
    except RuleBroken as refused:
        form = DecideForm()
        form.form_errors.append(told(refused))
        return show_case(version_id, form)

    # The buttons that change the owner send the answer's form along; nothing written there is lost
    # on the way (ADR 0033).
    typed_answers.keep(current_user.session_id)
    return see_other(url_for(".case", version_id=version_id))
