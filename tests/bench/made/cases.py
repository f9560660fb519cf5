"""The few real cases that a made database is multiplied from, made by the services themselves."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from app.models import (
    Agreement,
    AgreementFile,
    AgreementSum,
    Base,
    Borrower,
    Case,
    Decision,
    DueDate,
    Hold,
    Loan,
    LoanSnapshot,
    Plan,
    PlanLoan,
    PlanPart,
    PlanVersion,
    QueuePlace,
    Signature,
    SignInCode,
    Verdict,
)
from tests.bench.made.stencils import CaseRows, hole
from tests.factories import make_borrower, make_loan
from tests.support.cases import put
from tests.support.clock import NOW
from tests.support.proposals import make_staff, submitted
from tests.support.several import approved_over, proposed_over, signed_over, three_loans
from tests.support.signing import plain, signed

# So many codes are sent within an hour.
APART = timedelta(hours=3)
# In the row, as from before ADR 0073, where the stencils put their own: files would take hours.
PAPER = {"pdf": b"-", "folder": None, "size": None}


def signed_cases(session: Session, gateways: Any, site: Any) -> Iterator[CaseRows]:
    """Agreements of 12 instalments or so, over one, two and three loans."""
    gateways = plain(gateways)
    for number in range(2):
        borrower = make_borrower(session, gateways.vault)
        loan = make_loan(session, borrower, product="教育分期" if number else "装修分期")
        at = NOW - number * APART
        signed(session, gateways, site, borrower=borrower, loan=loan, now=at)
        yield case_of(session, borrower)
    for count in (2, 3):
        borrower, loans = three_loans(session, gateways.vault, count)
        at = NOW - count * APART
        signed_over(session, gateways, site, borrower, loans, now=at, upfront_fen=0)
        yield case_of(session, borrower)


def waiting_cases(session: Session, gateways: Any, site: Any) -> Iterator[CaseRows]:
    """Proposals that wait for an agent, one over three loans, and one that was approved."""
    vault = gateways.vault
    for _ in range(2):
        borrower = make_borrower(session, vault)
        loan = make_loan(session, borrower, differences={"interest": 5})
        submitted(session, vault, site, borrower=borrower, loan=loan)
        yield case_of(session, borrower)
    borrower, loans = three_loans(session, vault)
    proposed_over(session, vault, site, borrower, loans)
    yield case_of(session, borrower)
    borrower, loans = three_loans(session, vault, 1)
    approved_over(session, vault, site, borrower, loans, upfront_fen=0)
    yield case_of(session, borrower)
    borrower, loans = three_loans(session, vault, 1)
    version = proposed_over(session, vault, site, borrower, loans)
    clock = {"answer_by_on": version.decide_by_on}
    put(session, version.public_id, "needs_document", at=NOW, case=clock)
    session.get_one(Plan, version.plan_id).state = "needs_document"
    session.commit()
    yield case_of(session, borrower)


def plain_cases(session: Session, gateways: Any) -> Iterator[CaseRows]:
    """People with one or two loans and no plan."""
    for count in (1, 2):
        borrower, _loans = three_loans(session, gateways.vault, count)
        yield case_of(session, borrower)


def owners(session: Session, count: int) -> list[int]:
    """So many agents who own cases."""
    return [make_staff(session).staff_id for _ in range(count)]


def case_of(session: Session, borrower: Borrower) -> CaseRows:
    """Everything stored of a borrower with at most one plan."""
    plans = select(Plan.id).where(Plan.borrower_id == borrower.id)
    versions = select(PlanVersion.id).where(PlanVersion.plan_id.in_(plans))
    agreements = select(Agreement.id).where(Agreement.version_id.in_(versions))
    loans = select(Loan.id).where(Loan.borrower_id == borrower.id)
    codes = select(Signature.code_id).where(Signature.version_id.in_(versions))
    conditions: list[tuple[type[Base], ColumnElement[bool]]] = [
        (Borrower, Borrower.id == borrower.id),
        (Loan, Loan.borrower_id == borrower.id),
        (LoanSnapshot, LoanSnapshot.loan_id.in_(loans)),
        (Plan, Plan.borrower_id == borrower.id),
        (PlanLoan, PlanLoan.plan_id.in_(plans)),
        (PlanVersion, PlanVersion.plan_id.in_(plans)),
        (PlanPart, PlanPart.version_id.in_(versions)),
        (Verdict, Verdict.version_id.in_(versions)),
        (Decision, Decision.version_id.in_(versions)),
        (Case, Case.plan_id.in_(plans)),
        (SignInCode, SignInCode.id.in_(codes)),
        (Signature, Signature.version_id.in_(versions)),
        (Agreement, Agreement.version_id.in_(versions)),
        (AgreementFile, AgreementFile.agreement_id.in_(agreements)),
        (DueDate, DueDate.agreement_id.in_(agreements)),
        (AgreementSum, AgreementSum.agreement_id.in_(agreements)),
        (QueuePlace, QueuePlace.plan_id.in_(plans)),
        (Hold, Hold.borrower_id == borrower.id),
    ]
    found = CaseRows({})
    for model, condition in conditions:
        table = model.__table__
        assert isinstance(table, Table)
        rows = session.execute(select(table).where(condition).order_by(*table.primary_key)).all()
        if rows:
            found.rows[table] = [dict(one._mapping) for one in rows]
            if model is AgreementFile:
                found.rows[table] = [one | PAPER for one in found.rows[table]]
            _name(found, table)
    session.rollback()
    return found


# Of each table what names a row in texts and in other rows.
OWN = {
    "borrowers": ("public_id", "customer_no"),
    "loans": ("public_id", "ref", "contract_no"),
    "plans": ("public_id", "number"),
    "plan_versions": ("public_id",),
    "agreements": (),
    "sign_in_codes": ("public_id",),
}


def _name(case: CaseRows, table: Table) -> None:
    if table.name not in OWN:
        return
    for place, row in enumerate(case.rows[table]):
        case.ids[table.name, row["id"]] = f"{table.name}.{place}"
        for column in OWN[table.name]:
            case.names[str(row[column])] = hole(f"{table.name}.{place}.{column}")


def holes(case: CaseRows) -> Mapping[str, int]:
    """How many rows of each named table a case has."""
    return {table.name: len(rows) for table, rows in case.rows.items() if table.name in OWN}
