"""A borrower appeals against a refusal; another person answers: `rehearse_appeal_answer`, then `answer_appeal`."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import RuleBroken
from app.domain.explanation import N_
from app.models import Appeal, Decision, Hold, PlanLoan, Verdict, new_public_id
from app.ports.site import Site
from app.ports.vault import Vault
from app.services import audit
from app.services.audit import Actor
from app.services.case_owners import RefusedByYou, end_ownership, own_case, record_taken
from app.services.decisions import (
    AlreadyDecided,
    Answer,
    AnswerShown,
    Decider,
    PreviewChanged,
    Rehearsed,
    Reply,
    check_answer,
    checked_words,
    decided_before,
)
from app.services.plan_status_queries import plan_status
from app.services.plan_steps import (
    PLAN_SUBMITTED,
    LockedVersion,
    StateChanged,
    approval,
    begin_hold,
    close_plan,
    end_hold,
    end_of,
    lock_version,
    move_version,
    tell_borrower,
)
from app.services.plans import KeyReused
from app.services.sms_texts import month_day
from app.services.transaction import transaction
from app.services.working_days import working_day_after

LONGEST_WORDS = 1000
ROUND = 2
STATES: dict[Answer, str] = {"approve": "approved", "refuse": "upheld"}
TEMPLATES: dict[Answer, str] = {"approve": "plan_approved", "refuse": "plan_refused"}


class AppealWordsNeeded(RuleBroken):
    """An appeal without words, or with more than anyone can read."""

    code = "appeal_words_needed"
    message = N_("请写几句为什么不同意，最多 1000 字")


class AppealTooLate(RuleBroken):
    """The days in which an appeal may be filed are over."""

    code = "appeal_too_late"
    message = N_("申诉的时间已经过了。可以再提一个方案，或者请人和您商量")


class AnotherPlanOpen(RuleBroken):
    """Since the refusal another plan on the loan was proposed: one open plan a loan."""

    code = "another_plan_open"
    message = N_("这笔借款现在有另一个方案在办。要申诉，请先撤回那一个；也可以请人和您商量")


def file_appeal(
    session: Session,
    *,
    vault: Vault,
    borrower_id: int,
    version_public_id: str,
    words: str,
    request_key: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Open a refused version again for another person to look at; contact stays on hold until the answer.

    Idempotent on: request_key.
    Raises: NotFound, also for someone else's version; AppealWordsNeeded, AppealTooLate, AnotherPlanOpen, KeyReused;
            StateChanged for a version that is not refused.
    Source: default policy, appeal and hold on collection; I-06, ADR 0015.
    """
    words = words.strip()
    if not words or len(words) > LONGEST_WORDS:
        raise AppealWordsNeeded
    with transaction(session):
        case = lock_version(session, version_public_id=version_public_id, now=now, borrower_id=borrower_id)
        if _filed_before(session, case, request_key):
            return
        refusal = _refusal(session, case)
        if not may_appeal(refusal.at, case):
            raise AppealTooLate
        _take_loans_again(session, case)
        changes = move_version(session, locked=case, to="under_appeal", ended_at=None)
        appeal = _sealed(vault, words)
        appeal.version_id, appeal.request_key, appeal.refused_by = case.version.id, request_key, refusal.person_id
        appeal.filed_at = now
        appeal.answer_by_on = working_day_after(session, day=case.today, count=case.policy.appeal_working_days)
        session.add(appeal)
        _hold_on(session, case)
        session.flush()
        audit.record(
            session, actor=actor, action="plan.appealed", object_kind="plan_version", object_id=version_public_id,
            now=now, before={"state": "refused"}, after=changes | {"answer_by_on": appeal.answer_by_on.isoformat()},
        )  # fmt: skip


def rehearse_appeal_answer(
    session: Session, *, vault: Vault, site: Site, version_public_id: str, reply: Reply, decider: Decider, now: datetime
) -> AnswerShown:
    """Return exactly what an answer would bring the borrower: it is given by the same steps, read, and rolled back.

    Raises: as answer_appeal, but for KeyReused and PreviewChanged.
    """
    words = checked_words(reply)
    try:
        with transaction(session):
            case = lock_version(session, version_public_id=version_public_id, now=now)
            appeal = _check(session, case, reply, decider)
            own_case(session, locked=case, staff_id=decider.staff_id)
            raise Rehearsed(
                _answer(session, case, appeal, reply, words, decider=decider, by="-", vault=vault, site=site)[1]
            )
    except Rehearsed as done:
        return done.shown


def answer_appeal(
    session: Session,
    *,
    vault: Vault,
    site: Site,
    version_public_id: str,
    reply: Reply,
    decider: Decider,
    actor: Actor,
    now: datetime,
) -> None:
    """Approve a version under appeal or leave its refusal standing, by another person than refused; tell the borrower.

    Idempotent on: the reply's request key.
    Raises: NotFound, AlreadyDecided, OwnedByAnother, RefusedByYou, MakerIsChecker, BeyondAuthority, ReasonNeeded,
            WordsNeeded, BannedWords, FiguresBeingChecked, KeyReused, PreviewChanged.
    Source: default policy, appeal and authority; I-06.
    """
    words = checked_words(reply)
    with transaction(session):
        case = lock_version(session, version_public_id=version_public_id, now=now)
        if decided_before(session, case=case, reply=reply):
            return
        appeal = _check(session, case, reply, decider)
        was_taken = own_case(session, locked=case, staff_id=decider.staff_id)
        changes, shown = _answer(
            session, case, appeal, reply, words, decider=decider, by=actor.who, vault=vault, site=site
        )
        if shown.sha256 != reply.shown_sha256:
            raise PreviewChanged
        end_ownership(session, locked=case)
        if was_taken:
            record_taken(session, locked=case, staff_id=decider.staff_id, actor=actor)
        audit.record(
            session, actor=actor, action=f"plan.{changes['state']}", object_kind="plan_version",
            object_id=version_public_id, now=now, before={"state": "under_appeal"}, after=changes,
            reason=reply.reason_code,
        )  # fmt: skip


def _check(session: Session, case: LockedVersion, reply: Reply, decider: Decider) -> Appeal:
    """Return the appeal that waits, where this person may give this answer to it."""
    appeal = session.scalars(select(Appeal).where(Appeal.version_id == case.version.id)).one_or_none()
    if case.version.state != "under_appeal" or appeal is None:
        raise AlreadyDecided
    if appeal.refused_by == decider.person_id:
        raise RefusedByYou
    check_answer(session, case=case, reply=reply, decider=decider)
    return appeal


def _answer(
    session: Session, case: LockedVersion, appeal: Appeal, reply: Reply, words: str, *, decider: Decider, by: str,
    vault: Vault, site: Site,
) -> tuple[dict[str, Any], AnswerShown]:  # fmt: skip
    """Give the answer, without its audit entry; return what changed and what the borrower gets."""
    refused_on = beijing_date(_refusal(session, case).at)
    changes = move_version(session, locked=case, to=STATES[reply.answer], **_changes(case, reply))
    appeal.answered_by, appeal.answered_at = decider.person_id, case.now
    session.add(
        Decision(version_id=case.version.id, round=ROUND, answer=reply.answer, reason_code=reply.reason_code,
                 words=words, staff_id=decider.staff_id, person_id=decider.person_id,
                 author_person=case.version.author_person, request_key=reply.request_key, at=case.now)
    )  # fmt: skip
    if reply.answer == "refuse":
        _let_go(session, case, refused_on, by)
    else:
        begin_hold(session, locked=case)  # runs already, but for a second one that needed a person (ADR 0014)
    text = _tell(session, case, reply.answer, vault=vault, site=site)
    session.flush()
    session.refresh(case.version)
    page = plan_status(
        session, borrower_id=case.plan.borrower_id, version_public_id=case.version.public_id, now=case.now
    )
    return changes, AnswerShown(text, page)


def may_appeal(refused_at: datetime, case: LockedVersion) -> bool:
    """Tell whether an appeal against a refusal of that instant may still be filed.

    Source: default policy, appeal.
    """
    return case.today <= beijing_date(refused_at) + timedelta(days=case.policy.appeal_window_days)


def _filed_before(session: Session, case: LockedVersion, request_key: str) -> bool:
    found = session.scalars(select(Appeal).where(Appeal.request_key == request_key)).one_or_none()
    if found is not None and found.version_id != case.version.id:
        raise KeyReused
    return found is not None


def _refusal(session: Session, case: LockedVersion) -> Decision:
    first = select(Decision).where(Decision.version_id == case.version.id, Decision.answer == "refuse")
    found = session.scalars(first.order_by(Decision.round)).first()
    if found is None:
        raise StateChanged
    return found


def _take_loans_again(session: Session, case: LockedVersion) -> None:
    """The plan is open again, unless another one has its loans by now; the loans are locked."""
    loan_ids = [loan.id for loan in case.loans]
    other = select(PlanLoan.id).where(
        PlanLoan.loan_id.in_(loan_ids), PlanLoan.is_open, PlanLoan.plan_id != case.plan.id
    )
    if session.scalar(other.limit(1)) is not None:
        raise AnotherPlanOpen
    session.execute(update(PlanLoan).where(PlanLoan.plan_id == case.plan.id).values(is_open=True))


def _sealed(vault: Vault, words: str) -> Appeal:
    row = new_public_id()
    sealed = vault.seal(words, table="appeals", row=row, column="words")
    return Appeal(public_id=row, words_enc=sealed, key_version=vault.key_version)


def _hold_on(session: Session, case: LockedVersion) -> None:
    """The hold that still runs goes on; one that is over begins anew, unless it needed a person from the start."""
    loan_ids = [loan.id for loan in case.loans]
    running = update(Hold).where(Hold.loan_id.in_(loan_ids), Hold.cause == PLAN_SUBMITTED, Hold.until_at > case.now)
    session.execute(running.values(until_at=None, ended_by=None))
    repeated = select(Verdict.id).where(
        Verdict.version_id == case.version.id, Verdict.rule == "hold_not_repeated", Verdict.held.is_(False)
    )
    if session.scalar(repeated) is None:
        begin_hold(session, locked=case)


def _changes(case: LockedVersion, reply: Reply) -> dict[str, Any]:
    return approval(case) if reply.answer == "approve" else {"decided_at": case.now}


def _let_go(session: Session, case: LockedVersion, refused_on: date, by: str) -> None:
    """The loans are free; the hold ends with the answer, but never before the days that follow a refusal anyway."""
    days = case.policy.hold_after_refusal_working_days
    after_refusal = end_of(working_day_after(session, day=refused_on, count=days))
    close_plan(session, locked=case)
    end_hold(session, locked=case, until=max(case.now, after_refusal), by=by)


def _tell(session: Session, case: LockedVersion, answer: Answer, *, vault: Vault, site: Site) -> str:
    ends = case.version.valid_until_at
    until = month_day(beijing_date(ends)) if ends else ""
    return tell_borrower(
        session, locked=case, template=TEMPLATES[answer], vault=vault, site=site,
        key=f"appeal-answered:{case.version.public_id}", values={"until": until},
    )  # fmt: skip
