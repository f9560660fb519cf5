"""Borrowers and loans as the desk sees them: the borrower's own explanation beside the lender's
file.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.id_papers import masked_paper
from app.domain.masks import masked_mobile, masked_name
from app.models import Borrower, Loan, LoanSnapshot
from app.ports.vault import Vault
from app.services.borrowers.case_links import CaseLink, callbacks_of, cases_of, threads_of
from app.services.borrowers.debt_queries import (
    ComponentComparison,
    Debts,
    compared,
    debts_of,
)
from app.services.contact.records import (
    ContactPage,
    RunningHold,
    contact_summary,
    contacts_of,
    running_holds,
)
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where
from app.services.loans.queries import LoanPage, explained

# An exact number belongs to few people; more means that something is wrong with the data, and
# nobody needs to see them all.
MOST_FOUND = 20
# A month of nights.
MOST_SNAPSHOTS = 30


@dataclass(frozen=True)
class BorrowerRow:
    """A borrower found at the desk, masked."""

    public_id: str
    customer_no: str
    name: str
    mobile: str
    id_number: str
    loans: int


@dataclass(frozen=True)
class BorrowerDesk:
    """A borrower with the loans, cases, threads, contacts and holds, as the desk shows them."""

    who: BorrowerRow
    debts: Debts
    cases: tuple[CaseLink, ...]
    threads: tuple[CaseLink, ...]
    callbacks: tuple[CaseLink, ...]
    contacts: ContactPage
    holds: tuple[RunningHold, ...]


@dataclass(frozen=True)
class SnapshotRow:
    """What one nightly file said of the loan.

    Units: fen.
    """

    as_of_on: date
    paid: int
    days_past_due: int
    left_fen: int
    overdue_principal_fen: int
    interest_fen: int
    penalty_fen: int
    fee_fen: int
    has_difference: bool


@dataclass(frozen=True)
class LoanDesk:
    """A loan at the desk: the borrower's page, the file beside our figures, the marks and earlier
    files.
    """

    who: BorrowerRow
    page: LoanPage
    contract_no: str
    remark_chars: int
    missing_since_on: date | None
    over_ceiling: bool
    disputed: bool
    legal_review: bool
    compared: tuple[ComponentComparison, ...]
    snapshots: tuple[SnapshotRow, ...]


def rows_of(
    session: Session, context: Context, *, borrower_ids: Collection[int]
) -> tuple[BorrowerRow, ...]:
    """Return these borrowers masked, the oldest first, so many as a page shows."""
    if not borrower_ids:
        return ()
    query = select(Borrower, _loans_counted()).where(Borrower.id.in_(sorted(borrower_ids)))
    found = session.execute(query.order_by(Borrower.id).limit(MOST_FOUND))
    return tuple(_borrower_row(one, count, context.vault) for one, count in found)


def borrower_desk(session: Session, context: Context, *, public_id: str) -> BorrowerDesk:
    """Return a borrower as the desk shows them.

    Raises: NotFound.
    """
    borrower, count = _borrower(session, Borrower.public_id == public_id)
    return BorrowerDesk(
        who=_borrower_row(borrower, count, context.vault),
        # By the very figures the borrower sees: two people on the phone must read the same ones.
        debts=debts_of(session, context, borrower_id=borrower.id),
        cases=cases_of(session, context, borrower_id=borrower.id),
        threads=threads_of(session, borrower_id=borrower.id),
        callbacks=callbacks_of(session, borrower_id=borrower.id),
        contacts=contacts_of(session, borrower_id=borrower.id, now=context.now),
        holds=running_holds(session, context, borrower_id=borrower.id),
    )


def whole_name(session: Session, context: Context, *, public_id: str) -> str:
    """Return a borrower's name unmasked; who asks leaves the entry.

    Raises: NotFound.
    """
    sealed = session.scalar(select(Borrower.name_enc).where(Borrower.public_id == public_id))
    if sealed is None:
        raise NotFound
    return context.vault.unseal(sealed, table="borrowers", row=public_id, column="name")


def who_is(session: Session, context: Context, *, borrower_id: int) -> BorrowerRow:
    """Return one borrower masked.

    Raises: NotFound.
    """
    return _borrower_row(*_borrower(session, Borrower.id == borrower_id), context.vault)


def loan_desk(session: Session, context: Context, *, public_id: str) -> LoanDesk:
    """Return a loan as the desk shows it.

    Raises: NotFound.
    """
    _version, policy = active_policy(session)
    found = figures_where(
        session, Loan.public_id == public_id, policy=policy, today=beijing_date(context.now)
    )
    if not found:
        raise NotFound

    figures, loan = found[0], found[0].loan
    borrower, count = _borrower(session, Borrower.id == loan.borrower_id)
    contacts = contact_summary(session, borrower_id=borrower.id)

    return LoanDesk(
        who=_borrower_row(borrower, count, context.vault),
        page=explained(figures, contacts=contacts, policy=policy, today=beijing_date(context.now)),
        contract_no=loan.contract_no,
        # How long it is and no more: what stands in it may be anyone's.
        remark_chars=len(remark_of(loan, context.vault)),
        missing_since_on=loan.missing_since_on,
        over_ceiling=figures.owed.excess_fen > 0,
        disputed=loan.disputed,
        legal_review=loan.legal_review,
        compared=compared(figures, policy=policy),
        snapshots=_snapshots(session, loan.id),
    )


def remark_of(loan: Loan, vault: Vault) -> str:
    """Return the lender's remark on a loan, opened."""
    sealed = loan.remark_enc
    if sealed is None:
        return ""
    return vault.unseal(sealed, table="loans", row=loan.public_id, column="remark")


def _borrower(session: Session, condition: ColumnElement[bool]) -> tuple[Borrower, int]:
    found = session.execute(select(Borrower, _loans_counted()).where(condition)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _loans_counted() -> ColumnElement[int]:
    return select(func.count()).where(Loan.borrower_id == Borrower.id).scalar_subquery()


def _borrower_row(borrower: Borrower, loans: int, vault: Vault) -> BorrowerRow:
    row = borrower.public_id
    return BorrowerRow(
        public_id=row,
        customer_no=borrower.customer_no,
        name=masked_name(
            vault.unseal(borrower.name_enc, table="borrowers", row=row, column="name")
        ),
        mobile=masked_mobile(
            vault.unseal(borrower.mobile_enc, table="borrowers", row=row, column="mobile")
        ),
        id_number=masked_paper(
            vault.unseal(borrower.id_enc, table="borrowers", row=row, column="id")
        ),
        loans=loans,
    )


def _snapshots(session: Session, loan_id: int) -> tuple[SnapshotRow, ...]:
    query = (
        select(LoanSnapshot)
        .where(LoanSnapshot.loan_id == loan_id)
        .order_by(LoanSnapshot.as_of_on.desc())
    )
    rows: Sequence[LoanSnapshot] = session.scalars(query.limit(MOST_SNAPSHOTS)).all()

    return tuple(
        SnapshotRow(
            as_of_on=one.as_of_on,
            paid=one.paid,
            days_past_due=one.days_past_due,
            left_fen=one.left_fen,
            overdue_principal_fen=one.overdue_principal_fen,
            interest_fen=one.interest_fen,
            penalty_fen=one.penalty_fen,
            fee_fen=one.fee_fen,
            has_difference=bool(one.differences),
        )
        for one in rows
    )
