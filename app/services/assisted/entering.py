"""With the borrower on the phone staff fill in a proposal; the borrower reads and submits it."""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import Borrower, Loan, PlanDraft
from app.ports.vault import Vault
from app.services.assisted.queries import borrower_of, regular_of, spoken_basis
from app.services.assisted.spoken import PhoneAnswers
from app.services.cases.steps import PreviewChanged
from app.services.chosen_loans.choosing import move_draft
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import rehearse, transaction
from app.services.hardship.records import Hardship, keep_beside, told_beside
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion
from app.services.outbox.sms_texts import site_values, sms_text
from app.services.proposals import drafts as proposal_drafts
from app.services.proposals.basis import ProposalBasis, basis_for
from app.services.proposals.draft_queries import draft_row
from app.services.proposals.queries import CheckView, plan_check

ROUTE = "plan.enter"


class OptionGone(RuleBroken):
    """The option picked is none of those that the amounts give."""

    code = "option_gone"
    message = N_("按现在填的数没有这个方案，请先算一遍，再选一个")


@dataclass(frozen=True)
class PhoneShown:
    """What entering brings the borrower: the SMS word by word, and what they check before they
    submit it.
    """

    sms: str
    check: CheckView

    @property
    def sha256(self) -> str:
        """Return the hash of what was shown."""
        return self.check.shown_sha256


def rehearse_entry(
    session: Session, context: Context, *, loan_public_id: str, spoken: PhoneAnswers
) -> PhoneShown:
    """Return exactly what an entry would bring its borrower: it is filled in by the same steps,
    read, and rolled back.

    Raises: as enter_proposal, but for KeyReused and PreviewChanged.
    """
    return rehearse(session, steps=lambda: _fill_in(session, context, loan_public_id, spoken).shown)


def enter_proposal(
    session: Session,
    context: Context,
    *,
    loan_public_id: str,
    spoken: PhoneAnswers,
    shown_sha256: str,
    request_key: str,
) -> None:
    """Fill in a borrower's proposal as they said on the phone and tell them by SMS to read and
    submit it.

    Nothing is submitted: the borrower confirms it on the check page after sign-in. Who filled it in
    is its author, so that this person never decides it (ADR 0017). What was entered before for the
    loans of this plan gives way to it.
    Idempotent on: request_key for one member of staff.
    Raises: NotFound, a MayNotPropose, LoanNotChoosable, TooManyLoans, OptionGone, MonthlyNeeded,
            FirstPaymentTooLarge, PayDateOutside, PreviewChanged, KeyReused, and what the rules
            refuse of the kind or its inputs.
    Source: product, on the phone; rules part 1, which loans; V2.3.5.
    """
    # A keyed hash: the content holds income, and the table of keys must not tell it.
    body = context.vault.fingerprint(repr((loan_public_id, spoken)), purpose="request")
    request = Request(context.actor.who, ROUTE, request_key, body)
    with transaction(session):
        borrower_id = borrower_of(session, loan_public_id=loan_public_id)
        proposal_drafts.lock_loans(session, borrower_id=borrower_id)
        # Asked under the lock, so that the second of two taps finds what the first has done.
        if reply_before(session, request=request) is not None:
            return

        entered = _fill_in(session, context, loan_public_id, spoken)
        if entered.shown.sha256 != shown_sha256:
            raise PreviewChanged
        _tell(session, context, entered, request_key)
        keep_reply(session, context, request=request)
        audit.record(
            session,
            context,
            action="plan.entered",
            object_kind="loan",
            object_id=entered.basis.start_at,
            after=_after(entered),
        )


@dataclass(frozen=True)
class _Entered:
    row: PlanDraft
    basis: ProposalBasis
    shown: PhoneShown


def _fill_in(
    session: Session, context: Context, loan_public_id: str, spoken: PhoneAnswers
) -> _Entered:
    """Keep what was said as the borrower's draft, and read what they will check."""
    borrower_id = borrower_of(session, loan_public_id=loan_public_id)
    proposal_drafts.lock_loans(session, borrower_id=borrower_id)
    basis = basis_for(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)
    basis = spoken_basis(basis, spoken)
    spoken = spoken.beside(regular_of(session, context, basis=basis))
    earlier = _give_way(session, basis, session.get_one(Loan, _id_of(basis, loan_public_id)))
    row = proposal_drafts.keep_answers(
        session,
        context,
        basis=basis,
        given=spoken.answers(basis),
        entered_by=context.staff.person_id,
    )
    if earlier not in (None, context.staff.person_id):
        _forget_told(row, context.vault)
    _keep_told(row, spoken, context.vault)
    session.flush()

    # Read as the borrower will: whether the option is there depends on the answers as they are
    # kept.
    check = plan_check(
        session, context, borrower_id=borrower_id, loan_public_id=basis.loan.public_id
    )
    # Refused only now, with everything rolled back.
    if check is None:
        raise OptionGone
    borrower = session.get_one(Borrower, borrower_id)
    sms = sms_text("plan_entered", language=borrower.language, **site_values(context.site))
    return _Entered(row, basis, PhoneShown(sms, check))


def _id_of(basis: ProposalBasis, public_id: str) -> int:
    return next(one.figures.loan.id for one in basis.known if one.public_id == public_id)


def _give_way(session: Session, basis: ProposalBasis, talked_about: Loan) -> str | None:
    """Make room for what is entered now; return who entered what lay there before, if staff did.

    Answers at the loan that is talked about go along where the plan begins at another one. What
    staff entered for any other loan of the plan is over: else the borrower would be asked to check
    two plans for it.
    """
    mine = basis.borrower_id
    row = draft_row(session, borrower_id=mine, loan_id=talked_about.id)
    if row is not None and talked_about.id != basis.loan.id:
        move_draft(session, row=row, to=basis.loan)
    others = [loan.id for loan in basis.loans if loan.id != basis.loan.id]
    query = select(PlanDraft).where(
        PlanDraft.borrower_id == mine,
        PlanDraft.loan_id.in_(others),
        PlanDraft.entered_by.is_not(None),
    )
    for one in session.scalars(query):
        session.delete(one)
    session.flush()
    row = draft_row(session, borrower_id=mine, loan_id=basis.loan.id)
    return row.entered_by if row is not None else None


def _forget_told(row: PlanDraft, vault: Vault) -> None:
    """What a colleague was told before goes, so that one person alone is the maker of what is
    submitted (V2.3.5).
    """
    told = told_beside(vault, row=row)
    if told is not None:
        keep_beside(vault, row=row, told=replace(told, budget=None, ease=None, ease_months=None))


def _keep_told(row: PlanDraft, spoken: PhoneAnswers, vault: Vault) -> None:
    """A month, and when it will be easier, go where the borrower's own answers keep them: sealed; a
    reason told before stays.
    """
    # Nothing said on the phone takes nothing away that the borrower told before.
    if spoken.budget is None and spoken.ease is None:
        return
    told = told_beside(vault, row=row) or Hardship()
    if spoken.budget is not None:
        told = replace(told, budget=spoken.budget)
    if spoken.ease is not None:
        told = replace(told, ease=spoken.ease, ease_months=spoken.ease_months)
    keep_beside(vault, row=row, told=told)


def _tell(session: Session, context: Context, entered: _Entered, key: str) -> None:
    borrower = session.get_one(Borrower, entered.row.borrower_id)
    outbox_queue.enqueue_sms(
        session,
        context,
        purpose="service",
        to=outbox_queue.mobile_of(context.vault, borrower),
        text=entered.shown.sms,
        borrower_id=borrower.id,
        key=f"plan-entered:{key}",
        about=Occasion("draft", str(entered.row.loan_id)),
    )


def _after(entered: _Entered) -> dict[str, object]:
    terms = entered.shown.check.option.terms
    return {
        "kind": terms.kind,
        "choice": terms.choice,
        "loans": [one.public_id for one in terms.loans],
        "periods": terms.periods,
        "total_fen": terms.total_fen,
        "terms_sha256": entered.shown.sha256,
    }
