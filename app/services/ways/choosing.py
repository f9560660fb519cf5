"""A borrower says when it will be easier again, picks a kind of plan, and says what that kind asks
for.
"""

from dataclasses import replace

from sqlalchemy.orm import Session

from app.domain.kinds.options import plan_options
from app.domain.kinds.step_up import fewest
from app.domain.plan import PlanKind
from app.domain.ways import EASES, MOST_MONTHS, Ease, ways_for
from app.models import PlanDraft
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.hardship.records import Hardship, keep_beside, told_beside
from app.services.proposals.basis import Answers, ProposalBasis
from app.services.proposals.draft_queries import draft_of
from app.services.proposals.drafts import keep_answers, lock_journey

# What a borrower chose among the plans of one kind says nothing about those of another.
OF_ONE_KIND = ("choice", "periods", "sum_fen")


def tell_ease(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    loan_public_id: str,
    ease: Ease,
    months: int | None = None,
) -> None:
    """Keep when it will be easier again, sealed beside the reason; `months` of "in_months" only.

    Raises: NotFound, a MayNotPropose; ValueError for an answer no form lets through.
    """
    with transaction(session):
        basis = _locked(session, context, borrower_id, loan_public_id)
        row = keep_answers(session, context, basis=basis, given=Answers())
        _keep_ease(context, row, ease, months)


def pick_way(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    loan_public_id: str,
    kind: PlanKind,
    ease: Ease | None = None,
    months: int | None = None,
) -> None:
    """Keep the kind of plan that a borrower picked, and when it will be easier again where that was
    said; what was chosen among the plans of another kind is open again.

    Raises: NotFound, a MayNotPropose; the RuleBroken that says why these loans cannot have it;
            ValueError for an answer no form lets through.
    Source: rules part 1, which loans.
    """
    with transaction(session):
        basis = _locked(session, context, borrower_id, loan_public_id)
        debts = list(basis.debts.values())
        ways = ways_for(ease, debts, basis.policy, basis.facts, today=basis.today)
        refused = next((one.refusal for one in ways.unfit if one.kind == kind), None)
        if refused is not None:
            raise refused
        if kind not in ways.possible:
            raise ValueError(f"no kind of plan: {kind}")

        row = keep_answers(session, context, basis=basis, given=Answers())
        before = row.answers.get("kind")
        row.answers = {
            name: value
            for name, value in row.answers.items()
            if before == kind or name not in OF_ONE_KIND
        } | {"kind": kind}
        if ease is not None:
            _keep_ease(context, row, ease, months)


def save_inputs(
    session: Session, context: Context, *, borrower_id: int, loan_public_id: str, given: Answers
) -> None:
    """Keep what a kind of plan asks for, where the rules let it through.

    Raises: NotFound, a MayNotPropose, PayDateOutside; the RuleBroken that says what the rules
            refuse of it.
    Source: rules part 1, how a plan is computed.
    """
    with transaction(session):
        basis = _locked(session, context, borrower_id, loan_public_id)
        row = keep_answers(session, context, basis=basis, given=given)
        mine = {"borrower_id": borrower_id, "loan_id": row.loan_id}
        draft = draft_of(session, context, **mine)
        if draft is not None:
            _try(basis.answered(draft.answers), draft.answers)


def _try(basis: ProposalBasis, answers: Answers) -> None:
    """Compute the plans once: what the rules refuse is told at its own question, not pages
    later.
    """
    if basis.kind == "step_up" and answers.monthly_fen is None and not answers.periods:
        # How much can be paid later is still open: the fewest instalments make the highest later
        # ones, so that low ones which are not below them never are.
        answers = replace(answers, periods=fewest(answers.low_months or 0, basis.policy))
    request = basis.request(answers)
    if request.kind == "deferral" or request.monthly_fen or request.periods or request.pay_on:
        plan_options(list(basis.debts.values()), request, basis.policy, basis.facts)


def _locked(
    session: Session, context: Context, borrower_id: int, loan_public_id: str
) -> ProposalBasis:
    return lock_journey(session, context, borrower_id=borrower_id, loan_public_id=loan_public_id)


def _keep_ease(context: Context, row: PlanDraft, ease: Ease, months: int | None) -> None:
    is_counted = months is not None and 1 <= months <= MOST_MONTHS
    if ease not in EASES or (ease == "in_months") != is_counted or (months and not is_counted):
        raise ValueError("an answer no form lets through")
    told = told_beside(context.vault, row=row) or Hardship()
    keep_beside(context.vault, row=row, told=replace(told, ease=ease, ease_months=months))
