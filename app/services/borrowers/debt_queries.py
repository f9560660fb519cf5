"""All that a borrower owes as the desk shows it: the borrower's own figures and sums, the lender's
file beside them where it differs.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.domain.arrears import arrears
from app.domain.concession import Contract
from app.domain.policy import Policy, is_stale
from app.services.borrowers.home_queries import Totals, totals_of
from app.services.contact.records import contact_summary
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans.figures import Figures, figures_of
from app.services.loans.queries import LoanView, loan_view


@dataclass(frozen=True)
class ComponentComparison:
    """One component on the file's date: the lender's figure beside ours; `name` is its code.

    Units: fen.
    """

    name: str
    file_fen: int
    ours_fen: int

    @property
    def difference_fen(self) -> int:
        """Return file minus ours, in fen."""
        return self.file_fen - self.ours_fen


@dataclass(frozen=True)
class Debt:
    """One loan as its borrower sees it, the components in which the lender's file differs, and how
    its contract bears interest.
    """

    loan: LoanView
    differences: tuple[ComponentComparison, ...]
    contract: Contract


@dataclass(frozen=True)
class Debts:
    """Every loan of a borrower, the longest past due first, and the borrower's own totals; a loan
    missing from the file is in no total.
    """

    rows: tuple[Debt, ...]
    totals: Totals
    today: date
    as_of_on: date | None
    is_stale: bool

    @property
    def contracts(self) -> dict[str, Contract]:
        """Return the contracts by the loans' public ids."""
        return {one.loan.public_id: one.contract for one in self.rows}

    def of(self, loan_public_id: str) -> Debt:
        """Return the debt on a loan.

        Raises: StopIteration where it is not among them (a caller's bug).
        """
        return next(one for one in self.rows if one.loan.public_id == loan_public_id)


def debts_of(session: Session, context: Context, *, borrower_id: int) -> Debts:
    """Return what a borrower owes, by the very figures that the borrower sees: three queries
    however many loans.
    """
    today, policy = context.today, active_policy(session)[1]
    contacts = contact_summary(session, borrower_id=borrower_id)
    found = figures_of(session, borrower_id=borrower_id, policy=policy, today=today)
    rows = [
        Debt(
            loan_view(one, contacts=contacts, policy=policy, today=today),
            differences(one, policy=policy),
            Contract(one.loan.annual_ppm, one.loan.day_basis),
        )
        for one in found
    ]
    counted = [one.loan for one in rows if not one.loan.is_missing]
    # The newest, since a loan that the last file left out would make everything else look old.
    as_of_on = max((one.as_of_on for one in counted), default=None)

    return Debts(
        rows=tuple(sorted(rows, key=lambda one: -one.loan.days_past_due)),
        totals=totals_of(counted),
        today=today,
        as_of_on=as_of_on,
        is_stale=as_of_on is not None and is_stale(policy, (today - as_of_on).days),
    )


def differences(figures: Figures, *, policy: Policy) -> tuple[ComponentComparison, ...]:
    """Return the components in which the lender's file and our figures differ on the file's date.

    Units: fen.
    """
    # Most files agree, and every loan of every page would be computed a second time for nothing.
    if not figures.snapshot.differences:
        return ()
    return tuple(one for one in compared(figures, policy=policy) if one.difference_fen)


def compared(figures: Figures, *, policy: Policy) -> tuple[ComponentComparison, ...]:
    """Put the file's figures beside our own for the file's date.

    Units: fen.
    """
    # Compared for the day of the file and without pauses, as the core system computes (ADR 0005).
    file = figures.snapshot
    ours = arrears(
        figures.terms,
        paid=file.paid,
        fee_fen=file.fee_fen,
        as_of=file.as_of_on,
        ceiling_ppm=policy.amounts.ceiling_ppm,
    )

    pairs = (
        ("left", file.left_fen, ours.principal_left_fen),
        ("overdue_principal", file.overdue_principal_fen, ours.overdue_principal_fen),
        ("interest", file.interest_fen, ours.interest_fen),
        ("penalty", file.penalty_fen, ours.penalty_fen),
        ("fee", file.fee_fen, ours.fee_fen),
    )

    return tuple(ComponentComparison(name, theirs, mine) for name, theirs, mine in pairs)
