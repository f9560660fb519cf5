"""With the borrower on the phone staff compute options and fill in a proposal; the borrower reads
and submits it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.budget import Budget
from app.domain.calendar import PayDay
from app.domain.errors import NotFound, RuleBroken
from app.domain.plan import days_to_choose
from app.domain.texts import N_
from app.models import Borrower, Loan, PlanDraft, Staff
from app.ports.vault import Vault
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import transaction
from app.services.hardship.records import Hardship, open_hardship, seal_hardship
from app.services.loans.regular_queries import RegularInstalment, regular_beside
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion
from app.services.outbox.sms_texts import site_values, sms_text
from app.services.proposals import drafts as proposal_drafts
from app.services.proposals.basis import (
    Answers,
    OptionWithTerms,
    ProposalBasis,
    basis_beside,
    basis_for,
)
from app.services.proposals.draft_queries import TABLE
from app.services.proposals.queries import OptionView, option_views

ROUTE = "plan.enter"


class OptionGone(RuleBroken):
    """The option picked is none of those that the amounts give."""

    code = "option_gone"
    message = N_("按现在填的数没有这个方案，请先算一遍，再选一个")


@dataclass(frozen=True)
class PhoneAnswers:
    """What the borrower says on the phone; the budget whole or not at all, pay_on for a small debt
    only.

    Units: fen.
    """

    upfront_fen: int = 0
    monthly_fen: int = 0
    pay_day: PayDay | None = None
    pay_on: date | None = None
    budget: Budget | None = None
    choice: str | None = None

    @property
    def surplus_fen(self) -> int | None:
        """Return income less essential spending, in fen; None where they were not told."""
        return self.budget.surplus_fen if self.budget else None

    def beside(self, regular: Sequence[RegularInstalment]) -> "PhoneAnswers":
        """Return the same with what the borrower's other loans ask for."""
        if self.budget is None:
            return self
        told = {one.ref: one.amount_fen for one in regular}
        return replace(self, budget=replace(self.budget, regular=told))

    def answers(self, *, is_small: bool) -> Answers:
        """Return the same as the answers of the borrower's own journey."""
        if is_small:
            return Answers(pay_on=self.pay_on, choice=self.choice)
        return Answers(
            upfront_fen=self.upfront_fen,
            monthly_fen=self.monthly_fen,
            pay_day=self.pay_day,
            choice=self.choice,
            is_income_done=None if self.surplus_fen is None else True,
            surplus_fen=self.surplus_fen,
        )


@dataclass(frozen=True)
class PhoneEntry:
    """What was filled in on the phone before and is not submitted yet: who did, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class PhoneBasis:
    """What the page asks on the phone: amounts, or for a small debt a day; `refusal` is why none
    can be made now.

    Beside an open proposal (`is_beside`) options are only computed, as if it was taken back today.
    What was `entered` before is replaced by what is entered now. What the other loans ask for
    (`regular`) counts as spending.

    Units: fen.
    """

    payoff_fen: int
    is_small: bool
    days: tuple[date, ...]
    refusal: str
    is_beside: bool
    entered: PhoneEntry | None
    regular: tuple[RegularInstalment, ...]


@dataclass(frozen=True)
class PhoneOffer:
    """The options for what was said; without any, the smallest monthly amount that could carry a
    plan.

    Units: fen; surplus_fen is what is left by what was said, also where it is not asked.
    """

    options: tuple[OptionView, ...]
    smallest_fen: int | None
    asks_income: bool
    surplus_fen: int | None


def phone_basis(session: Session, context: Context, *, loan_public_id: str) -> PhoneBasis:
    """Return what a proposal on a loan would stand on; `refusal` says why none can be made now, or
    is empty.

    Raises: NotFound.
    """
    basis = _basis(session, context, loan_public_id)
    try:
        basis.check_may_propose()
        refusal = ""
    except RuleBroken as refused:
        # Shown and not raised: staff should read why and go on talking.
        refusal = refused.message

    days = days_to_choose(basis.policy, basis.today) if basis.is_small else ()
    proposal = basis.figures.negotiation
    # Computing beside an open proposal is allowed, entering is not: the way there is asking for a
    # change (ADR 0017).
    is_beside = proposal is not None and proposal.is_open
    entered = _entered(session, basis.loan.id)

    return PhoneBasis(
        basis.payoff_fen,
        basis.is_small,
        days,
        refusal,
        is_beside,
        entered,
        _regular(session, context, basis),
    )


def phone_offer(
    session: Session, context: Context, *, loan_public_id: str, spoken: PhoneAnswers
) -> PhoneOffer:
    """Compute the options for what was said, by the same engine as the borrower's own pages;
    nothing is stored.

    Raises: NotFound, a MayNotPropose, MonthlyNeeded, FirstPaymentTooLarge.
    """
    basis = _basis(session, context, loan_public_id)
    basis.check_may_propose()
    spoken = spoken.beside(_regular(session, context, basis))
    answers = spoken.answers(is_small=basis.is_small)
    offer = basis.offer(answers)
    surplus = basis.usable(answers).surplus_fen
    views = option_views(basis, offer, answers, surplus_fen=surplus)

    asks = basis.asks_income(answers)
    return PhoneOffer(views, offer.smallest_fen, asks, spoken.surplus_fen)


def enter_proposal(
    session: Session,
    context: Context,
    *,
    loan_public_id: str,
    spoken: PhoneAnswers,
    request_key: str,
) -> None:
    """Fill in a borrower's proposal as they said on the phone and tell them by SMS to read and
    submit it.

    Nothing is submitted: the borrower confirms it on the check page after sign-in. Who filled it in
    is its author, so that this person never decides it (ADR 0017).
    Idempotent on: request_key for one member of staff.
    Raises: NotFound, a MayNotPropose, OptionGone, MonthlyNeeded, FirstPaymentTooLarge,
            PayDateOutside, KeyReused.
    Source: product, on the phone; V2.3.5.
    """
    # A keyed hash: the content holds income, and the table of keys must not tell it.
    body = context.vault.fingerprint(repr((loan_public_id, spoken)), purpose="request")
    request = Request(context.actor.who, ROUTE, request_key, body)
    with transaction(session):
        borrower_id = _borrower_of(session, loan_public_id)
        proposal_drafts.lock_loans(session, borrower_id=borrower_id)
        # Asked under the lock, so that the second of two taps finds what the first has done.
        if reply_before(session, request=request) is not None:
            return

        basis = basis_for(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
        spoken = spoken.beside(_regular(session, context, basis))
        answers = spoken.answers(is_small=basis.is_small)
        earlier = session.scalar(
            select(PlanDraft.entered_by).where(PlanDraft.loan_id == basis.loan.id)
        )
        row = proposal_drafts.keep_answers(
            session, context, basis=basis, given=answers, entered_by=context.staff.person_id
        )
        if earlier not in (None, context.staff.person_id):
            _forget_income(row, context.vault)

        chosen = basis.chosen(answers)
        # Refused only now, with everything rolled back: whether the option is there depends on the
        # answers as they are kept.
        if chosen is None:
            raise OptionGone

        _keep_income(row, spoken, context.vault)
        _tell(session, context, row, request_key)
        keep_reply(session, context, request=request)
        audit.record(
            session,
            context,
            action="plan.entered",
            object_kind="loan",
            object_id=loan_public_id,
            after=_after(chosen),
        )


def _entered(session: Session, loan_id: int) -> PhoneEntry | None:
    query = (
        select(Staff.display_name, PlanDraft.updated_at)
        # A person may have several accounts; the oldest one names them.
        .join(PlanDraft, PlanDraft.entered_by == Staff.person_id)
        .where(PlanDraft.loan_id == loan_id)
        .order_by(Staff.id)
        .limit(1)
    )
    found = session.execute(query).one_or_none()

    return PhoneEntry(*found) if found else None


def _basis(session: Session, context: Context, loan_public_id: str) -> ProposalBasis:
    borrower_id = _borrower_of(session, loan_public_id)
    return basis_beside(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)


def _regular(
    session: Session, context: Context, basis: ProposalBasis
) -> tuple[RegularInstalment, ...]:
    return regular_beside(
        session, context, borrower_id=basis.borrower_id, planned=[loan.id for loan in basis.loans]
    )


def _borrower_of(session: Session, loan_public_id: str) -> int:
    found = session.scalar(select(Loan.borrower_id).where(Loan.public_id == loan_public_id))
    if found is None:
        raise NotFound
    return found


def _forget_income(row: PlanDraft, vault: Vault) -> None:
    """Income told to a colleague before goes, so that one person alone is the maker of what is
    submitted (V2.3.5).
    """
    told = open_hardship(row.hardship_enc, vault=vault, table=TABLE, row=row.request_key)
    if told is not None:
        told = replace(told, budget=None)
        row.hardship_enc = seal_hardship(told, vault=vault, table=TABLE, row=row.request_key)


def _keep_income(row: PlanDraft, spoken: PhoneAnswers, vault: Vault) -> None:
    """Income goes where the borrower's own answers keep it: sealed; a reason told before stays."""
    # Nothing said on the phone takes nothing away that the borrower told before.
    if spoken.budget is None:
        return
    table, key = TABLE, row.request_key
    told = open_hardship(row.hardship_enc, vault=vault, table=table, row=key) or Hardship()
    told = replace(told, budget=spoken.budget)
    row.hardship_enc = seal_hardship(told, vault=vault, table=table, row=key)


def _tell(session: Session, context: Context, draft: PlanDraft, key: str) -> None:
    borrower = session.get_one(Borrower, draft.borrower_id)
    outbox_queue.enqueue_sms(
        session,
        context,
        purpose="service",
        to=outbox_queue.mobile_of(context.vault, borrower),
        text=sms_text(
            "plan_entered",
            language=borrower.language,
            **site_values(context.site),
        ),
        borrower_id=borrower.id,
        key=f"plan-entered:{key}",
        about=Occasion("draft", str(draft.loan_id)),
    )


def _after(chosen: OptionWithTerms) -> dict[str, object]:
    option = chosen.option
    return {
        "kind": option.kind,
        "choice": chosen.terms["choice"],
        "periods": option.periods,
        "total_fen": option.total_fen,
        "terms_sha256": chosen.sha256,
    }
