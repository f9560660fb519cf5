"""Answers given so far on the way to a plan: kept for the policy's days, gone once submitted."""

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import LAST_PAY_DAY, PayDay
from app.domain.errors import RuleBroken
from app.domain.plan import PayDateOutside, days_to_choose
from app.domain.texts import N_
from app.models import Borrower, Loan, PlanDraft
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import line_up_at_loans, stand_on_book, transaction
from app.services.hardship.handling import take_reason_back
from app.services.hardship.records import (
    CONSENT,
    HARDSHIP_CODES,
    Hardship,
    keep_beside,
    told_beside,
)
from app.services.plans.status_queries import CHANGES
from app.services.proposals.basis import CHOICES, Answers, ProposalBasis
from app.services.proposals.draft_queries import (
    DraftAnswers,
    draft_of,
    draft_row,
    journey_basis,
)
from app.services.signin import consents

# A few words are wanted and no file of someone's life (I-04).
MOST_WORDS = 200


class ConsentNeeded(RuleBroken):
    """A sensitive reason is kept only with a consent of its own (I-02)."""

    code = "consent_needed"
    message = N_("这个原因比较私密，要您单独同意才会记下。不想同意，选“不想说”就好")


def lock_loans(session: Session, *, borrower_id: int) -> None:
    """Lock a borrower's loans against other proposals on them.

    The borrower is locked first, against proposals on other loans: what is approved at once counts
    over all of them. Others may go on writing rows that only name the borrower.
    Source: default policy, totals count over all of the borrower's plans.
    """
    stand_on_book(session)
    # Borrower before loan, here and wherever both are locked: two proposals of one borrower line up
    # at the borrower and never cross. key_share leaves room for rows that only refer to them.
    session.execute(
        select(Borrower.id).where(Borrower.id == borrower_id).with_for_update(key_share=True)
    )
    mine = Loan.borrower_id == borrower_id
    line_up_at_loans(session, loan_ids=select(Loan.id).where(mine))
    # What the page has read of them is thrown away for what the lock shows.
    anew = {"populate_existing": True}
    session.scalars(select(Loan).where(mine).order_by(Loan.id), execution_options=anew).all()


def lock_journey(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str
) -> ProposalBasis:
    """Lock a borrower's loans, then load what the plan they are asking for stands on.

    Raises: NotFound.
    """
    lock_loans(session, borrower_id=borrower_id)
    return journey_basis(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)


def save_answers(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str, given: Answers
) -> None:
    """Keep the answers that are given beside those kept before; answers that lapsed start anew.

    Raises: NotFound, a MayNotPropose, FirstPaymentTooLarge, PayDateOutside; ValueError for an
            answer no form lets through.
    """
    with transaction(session):
        basis = lock_journey(
            session, context, borrower_id=borrower_id, loan_public_id=loan_public_id
        )
        keep_answers(session, context, basis=basis, given=given)


def save_reason(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    loan_public_id: str,
    reason: str,
    words: str,
    has_consented: bool,
) -> None:
    """Keep why it is hard now, sealed; a sensitive reason with a consent of its own, which another
    choice withdraws.

    Raises: NotFound, a MayNotPropose, ConsentNeeded; ValueError for an answer no form lets through.
    Source: I-01, I-02, U22.
    """
    if reason not in HARDSHIP_CODES or len(words) > MOST_WORDS:
        raise ValueError("a reason no form lets through")

    with transaction(session):
        basis = lock_journey(
            session, context, borrower_id=borrower_id, loan_public_id=loan_public_id
        )
        row = keep_answers(session, context, basis=basis, given=Answers())
        before = told_beside(context.vault, row=row) or Hardship()
        told = replace(before, reason=reason, words=words)
        if told.is_sensitive and not has_consented:
            raise ConsentNeeded

        keep_beside(context.vault, row=row, told=told)
        session.flush()
        if told.is_sensitive:
            _consent(session, context, borrower_id)
        elif before.is_sensitive:
            # Choosing another reason takes the consent back, which also wipes the reason wherever
            # else it was kept (ADR 0010).
            take_reason_back(session, context, borrower_id=borrower_id)


def keep_answers(
    session: Session,
    context: Context,
    *,
    basis: ProposalBasis,
    given: Answers,
    entered_by: str | None = None,
) -> PlanDraft:
    """Keep answers in the draft of a locked loan and return its row; `entered_by` where staff fill
    it in. Never commits.

    Raises: a MayNotPropose, FirstPaymentTooLarge, PayDateOutside; ValueError for an answer no form
            lets through.
    """
    basis.check_may_propose()
    _check_answers(given)
    if given.upfront_fen:
        _check_upfront(basis, given.upfront_fen)
    if given.pay_on is not None and given.pay_on not in days_to_choose(basis.policy, basis.today):
        raise PayDateOutside

    row = _started(session, context, basis, is_own=entered_by is None)
    # What staff fill in on the phone begins anew (ADR 0017): an answer of before that was not said
    # now would make another plan of it than the one that was talked about.
    before = {} if entered_by else dict(row.answers)
    row.answers = before | _stored(given)
    # Never cleared by the borrower's own changes: who filled it in once stays its maker (ADR 0017).
    row.entered_by = entered_by or row.entered_by
    row.updated_at = context.now
    # Every answer starts the days anew.
    row.expires_at = context.now + timedelta(days=basis.policy.clocks.draft_days)
    session.flush()

    return row


def drop_drafts(session: Session, *, basis: ProposalBasis) -> None:
    """Forget the answers for the loans of a plan. Never commits."""
    mine = [loan.id for loan in basis.loans]
    query = select(PlanDraft).where(
        PlanDraft.borrower_id == basis.borrower_id, PlanDraft.loan_id.in_(mine)
    )
    for row in session.scalars(query):
        session.delete(row)


def _consent(session: Session, context: Context, borrower_id: int) -> None:
    if consents.give_consent(session, context, borrower_id=borrower_id, name=CONSENT):
        audit.record(
            session,
            context,
            action="consent.given",
            object_kind="borrower",
            object_id=context.actor.who.partition(":")[2],
            after={"document": CONSENT},
        )


def _started(
    session: Session, context: Context, basis: ProposalBasis, *, is_own: bool
) -> PlanDraft:
    """Return the draft's row: a new one, with the answers of the last plan where the borrower
    answers, or one that starts anew where it lapsed.
    """
    row = draft_row(session, borrower_id=basis.borrower_id, loan_id=basis.loan.id)
    if row is None:
        # Read before the row is there.
        mine = {"borrower_id": basis.borrower_id, "loan_id": basis.loan.id}
        last = draft_of(session, context, **mine) if is_own else None
        row = PlanDraft(**mine, answers={}, request_key=str(uuid4()))
        session.add(row)
        if last is not None:
            fill_draft(context, row=row, told=last)
    elif row.expires_at <= context.now:
        # With a new key: the old one may be on a page that still lies open somewhere.
        row.answers, row.request_key = {}, str(uuid4())
        row.hardship_enc, row.entered_by = None, None

    return row


def fill_draft(context: Context, *, row: PlanDraft, told: DraftAnswers, changes: str = "") -> None:
    """Let a draft hold the answers a version was made of, for a change of it where one is named.
    Never commits.
    """
    row.answers = _stored(told.answers) | ({CHANGES: changes} if changes else {})
    row.entered_by, row.hardship_enc = told.entered_by, None
    if told.hardship is not None:
        keep_beside(context.vault, row=row, told=told.hardship)


def _stored(given: Answers) -> dict[str, Any]:
    # The surplus follows from income, which lies sealed; in plain answers it would tell it
    # (ADR 0010).
    found = {
        name: value
        for name, value in asdict(given).items()
        if value is not None and name != "surplus_fen"
    }
    if given.loans is not None:
        found["loans"] = list(given.loans)
    return found | ({"pay_on": given.pay_on.isoformat()} if given.pay_on else {})


def _check_answers(given: Answers) -> None:
    if (given.upfront_fen or 0) < 0 or (given.monthly_fen is not None and given.monthly_fen <= 0):
        raise ValueError("an amount below what a form lets through")
    if given.pay_day is not None and not _is_pay_day(given.pay_day):
        raise ValueError(f"no pay day: {given.pay_day}")
    if given.choice is not None and given.choice not in CHOICES:
        raise ValueError(f"no such choice: {given.choice}")


def _is_pay_day(day: PayDay) -> bool:
    return day == "last" or (isinstance(day, int) and 1 <= day <= LAST_PAY_DAY)


def _check_upfront(basis: ProposalBasis, upfront_fen: int) -> None:
    """A first payment that leaves nothing to plan is told at its own question, not three pages
    later.
    """
    # A monthly amount that certainly suffices: only the first payment is on trial here, and no
    # inputs of a kind.
    kind = "reamortise" if basis.kind == "step_up" else basis.kind
    replace(basis, kind=kind).offer(
        Answers(upfront_fen=upfront_fen, monthly_fen=basis.payoff_fen, pay_day=1)
    )
