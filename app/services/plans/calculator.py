"""One stored loan as it is on any date: what is owed, line by line, and the plans that would
fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.domain.arrears import Arrears
from app.domain.arrears_lines import explain
from app.domain.errors import NotFound, RuleBroken
from app.domain.explanation import Line
from app.domain.kinds.options import plan_options
from app.domain.plan import Offer, PlanRequest
from app.domain.policy import facts_together
from app.domain.proposing import may_propose
from app.models import Loan
from app.services.core.policy import active_policy
from app.services.loans import figures as loan_figures
from app.services.plans import verdicts as plan_verdicts


class LoanUnknown(NotFound):
    """No loan has this number."""

    message = "没有这个借据号，请核对"


class BeforeLoan(RuleBroken):
    """The loan was not paid out yet on that date: there is nothing to say about it."""

    code = "before_loan"


class OtherBorrower(RuleBroken):
    """Loans of different people are in no plan together."""

    code = "other_borrower"
    message = "这几笔借款不是同一个人的，不能放在一份方案里"


@dataclass(frozen=True)
class LoanOnDate:
    """What is owed on a loan at a date and how it came about."""

    owed: Arrears
    lines: Sequence[Line]


def arrears_on(session: Session, *, ref: str, as_of: date) -> LoanOnDate:
    """Compute what is owed on a loan, by its number, at a date.

    Raises: LoanUnknown, BeforeLoan.
    """
    figures = _figures(session, ref, as_of)
    return LoanOnDate(figures.owed, explain(figures.terms, figures.owed))


def options_on(session: Session, *, refs: Sequence[str], asked: PlanRequest) -> Offer:
    """Compute the plans on loans of one borrower, by their numbers, that start at the date asked
    for.

    Raises: LoanUnknown, BeforeLoan, OtherBorrower, MayNotPropose and what plan_options refuses.
    Source: rules part 1, which loans.
    """
    policy = active_policy(session)[1]
    debts, known = [], []
    for ref in refs:
        figures = _figures(session, ref, asked.start_on)
        facts = plan_verdicts.facts_for(
            session,
            borrower_id=figures.loan.borrower_id,
            loans=[figures],
            policy=policy,
            today=asked.start_on,
        )[0]
        may_propose(policy, facts, figures.owed, figures.loan.last_due_on, asked.kind)
        debts.append(loan_figures.debt_of(figures))
        known.append((figures.loan.borrower_id, facts))
    if len({borrower_id for borrower_id, _facts in known}) > 1:
        raise OtherBorrower

    together = facts_together([facts for _borrower_id, facts in known])
    return plan_options(debts, asked, policy, together)


def _figures(session: Session, ref: str, as_of: date) -> loan_figures.Figures:
    found = loan_figures.figures_where(
        session, Loan.ref == ref, policy=active_policy(session)[1], today=as_of
    )
    if not found:
        raise LoanUnknown
    # The engine would answer with zeros, and a zero reads as "nothing owed".
    if as_of < found[0].loan.start_on:
        raise BeforeLoan(f"这笔借款 {found[0].loan.start_on} 才放款，请写这一天或以后的日期")

    return found[0]
