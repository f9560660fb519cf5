"""A borrower appeals against a refusal: the version is open again for another person to answer."""

from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import RuleBroken
from app.domain.policy import appeal_until
from app.domain.texts import N_
from app.models import Appeal, Decision, Hold, PlanLoan, new_public_id
from app.ports.vault import Vault
from app.services.contact.records import PLAN_SUBMITTED
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import KeyReused
from app.services.core.transaction import transaction
from app.services.core.working_days import working_day_after
from app.services.plans.expiring import expire_offers_on, record_expired
from app.services.plans.steps import (
    LockedVersion,
    StateChanged,
    begin_hold,
    is_changeable,
    lock_version,
    move_version,
)
from app.services.plans.verdicts import hold_needs_person

LONGEST_WORDS = 1000


class AppealWordsNeeded(RuleBroken):
    """An appeal without words, or with more than anyone can read."""

    code = "appeal_words_needed"
    message = N_("请写几句为什么不同意，最多 %(most)s 字")
    values = MappingProxyType({"most": LONGEST_WORDS})


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
    context: Context,
    *,
    borrower_id: int,
    version_public_id: str,
    words: str,
    request_key: str,
) -> None:
    """Open a refused version again for another person to look at; contact stays on hold until the
    answer.

    Idempotent on: request_key.
    Raises: NotFound, also for someone else's version; AppealWordsNeeded, AppealTooLate,
            AnotherPlanOpen, KeyReused; StateChanged for a version that is not refused.
    Source: default policy, appeal and hold on collection; I-06, ADR 0015.
    """
    words = words.strip()
    if not words or len(words) > LONGEST_WORDS:
        raise AppealWordsNeeded
    with transaction(session):
        locked = lock_version(
            session, context, version_public_id=version_public_id, borrower_id=borrower_id
        )
        if _filed_before(session, locked, request_key):
            return
        refusal = refusal_of(session, locked=locked)
        if locked.today > appeal_until(locked.policy, beijing_date(refusal.at)):
            raise AppealTooLate
        lapsed = expire_offers_on(session, context, loans=locked.loans)
        _take_loans_again(session, locked)
        changes = move_version(session, locked=locked, to="under_appeal", ended_at=None)
        appeal = _sealed(context.vault, words)
        appeal.version_id, appeal.request_key, appeal.refused_by = (
            locked.version.id,
            request_key,
            refusal.person_id,
        )
        appeal.filed_at = context.now
        appeal.answer_by_on = working_day_after(
            session, day=locked.today, count=locked.policy.clocks.appeal_working_days
        )
        locked.case.answer_by_on = appeal.answer_by_on
        session.add(appeal)
        _hold_on(session, locked, refusal.at)
        session.flush()
        record_expired(session, context, expired=lapsed)
        audit.record(
            session,
            context,
            action="plan.appealed",
            object_kind="plan_version",
            object_id=version_public_id,
            before={"state": "refused"},
            after=changes | {"answer_by_on": appeal.answer_by_on.isoformat()},
        )


def _filed_before(session: Session, locked: LockedVersion, request_key: str) -> bool:
    found = session.scalars(select(Appeal).where(Appeal.request_key == request_key)).one_or_none()
    if found is not None and found.version_id != locked.version.id:
        raise KeyReused
    return found is not None


def refusal_of(session: Session, *, locked: LockedVersion) -> Decision:
    """Return the first refusal of a version, which an appeal is against. Never commits.

    Raises: StateChanged where there is none.
    """
    first = select(Decision).where(
        Decision.version_id == locked.version.id, Decision.answer == "refuse"
    )
    found = session.scalars(first.order_by(Decision.round)).first()
    if found is None:
        raise StateChanged
    return found


def _take_loans_again(session: Session, locked: LockedVersion) -> None:
    """The plan is open again, unless another one has its loans by now; the loans are locked. Of a
    change the loans stay in the plan that runs.
    """
    if locked.plan.replaces_id is not None:
        if not is_changeable(session, plan=locked.plan):
            raise AnotherPlanOpen
        return
    loan_ids = [loan.id for loan in locked.loans]
    other = select(PlanLoan.id).where(
        PlanLoan.loan_id.in_(loan_ids), PlanLoan.is_open, PlanLoan.plan_id != locked.plan.id
    )
    if session.scalar(other.limit(1)) is not None:
        raise AnotherPlanOpen
    session.execute(update(PlanLoan).where(PlanLoan.plan_id == locked.plan.id).values(is_open=True))


def _sealed(vault: Vault, words: str) -> Appeal:
    row = new_public_id()
    sealed = vault.seal(words, table="appeals", row=row, column="words")
    return Appeal(public_id=row, words_enc=sealed, key_version=vault.key_version)


def _hold_on(session: Session, locked: LockedVersion, refused_at: datetime) -> None:
    """The hold of this version that still runs goes on; one that is over begins anew, unless it
    needed a person at first.

    What runs on for a plan proposed after the refusal keeps its own end.
    """
    loan_ids = [loan.id for loan in locked.loans]
    running = select(Hold).where(
        Hold.loan_id.in_(loan_ids), Hold.cause == PLAN_SUBMITTED, Hold.until_at > locked.now
    )
    own = running.where(Hold.from_at.between(locked.version.submitted_at, refused_at))
    for hold in session.scalars(own.order_by(Hold.id).with_for_update()):
        hold.until_at = hold.ended_by = None
    if not hold_needs_person(session, version_id=locked.version.id):
        begin_hold(session, locked=locked)
