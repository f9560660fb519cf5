"""The register of signed agreements: one shape of a row for the page, every file and the command.
Reads only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from app.domain.allocation import Components
from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.masks import masked_name
from app.domain.money import div_half_up
from app.domain.plan import PlanInstalment, components_of, summed
from app.domain.plan_terms import PART_PLANNED, LoanInPlan, moved_of, order_of, read_terms
from app.domain.stamps import check_stamped
from app.domain.states import LENDER
from app.models import (
    Agreement,
    AgreementFile,
    Borrower,
    Decision,
    Loan,
    Plan,
    PlanLoan,
    PlanPart,
    PlanVersion,
    Staff,
)
from app.ports.vault import Vault
from app.services.core.context import Context
from app.services.finance.register_filter import RegisterFilter, conditions, nearness

PAGE_ROWS = 25
BATCH = 200
# Some 180 KB each: twenty fit in memory beside everything else.
PDF_BATCH = 20
BY_POLICY = "政策自动"
# Between the loans of one agreement.
JOINED = "、"


@dataclass(frozen=True)
class RegisterLoan:
    """One loan of an agreement, as signed.

    Units: fen; ppm a year. As of RegisterRow, whose amounts are the sums over its loans.
    """

    ref: str
    contract_no: str
    product: str
    days_past_due: int
    owed: Components
    excess_fen: int
    waived: Components
    planned: Components
    plan_interest_fen: int
    payments: tuple[PlanInstalment, ...]
    plan_ppm: int

    @property
    def total_fen(self) -> int:
        """Return its share of everything the agreement asks for, in fen."""
        return sum(one.amount_fen for one in self.payments)


@dataclass(frozen=True)
class RegisterRow:
    """One agreement, as signed; numbers of several loans are joined, longest overdue first.

    Units: fen; ppm a year. `owed` is what of the debt the plan takes in, gross; `excess_fen` what
           was taken off it for the ceiling; `plan_ppm` is None where the loans' rates differ;
           `planned` what the first payment and the instalments hold
           together, its interest the plan's own (`plan_interest_fen`) and the old one; `payments`
           begin with the first payment, number 0. owed - excess - waived + plan interest = total.
    """

    agreement_id: int
    number: str
    loan_ref: str
    contract_no: str
    product: str
    customer_no: str
    signed_at: datetime
    owed: Components
    excess_fen: int
    waived_components: tuple[str, ...]
    waived_fen: int
    waived_condition: str
    planned: Components
    plan_interest_fen: int
    total_fen: int
    periods: int
    payments: tuple[PlanInstalment, ...]
    plan_ppm: int | None
    annual_rate_ppm: int
    payment_order: tuple[bool, tuple[str, ...]]
    approved_by: str
    approved_at: datetime | None
    text_sha256: str
    pdf_sha256: str
    state: str
    loans: tuple[RegisterLoan, ...]

    @property
    def signed_on(self) -> date:
        """Return the day of the signature in Beijing."""
        return beijing_date(self.signed_at)

    @property
    def last_due_on(self) -> date:
        """Return when the last payment is due."""
        return self.payments[-1].due_on


@dataclass(frozen=True)
class RegisterLine:
    """One row of the page: the borrower masked, and the next due date by the plan."""

    row: RegisterRow
    borrower: str
    next_on: date | None


@dataclass(frozen=True)
class RegisterTotals:
    """What a filter comes to, summed by the database over the stored parts.

    Units: fen.
    """

    count: int
    planned: Components
    waived_fen: int

    @property
    def total_fen(self) -> int:
        """Return everything the agreements ask for."""
        return self.planned.total


@dataclass(frozen=True)
class RegisterPage:
    """A page of the register, newest first; `next_after` is the number the next page comes
    after.
    """

    lines: tuple[RegisterLine, ...]
    totals: RegisterTotals
    next_after: str | None

    @property
    def page_total_fen(self) -> int:
        """Return what the agreements of this page ask for, in fen."""
        return sum(line.row.total_fen for line in self.lines)

    @property
    def page_waived_fen(self) -> int:
        """Return what is waived in the agreements of this page, in fen."""
        return sum(line.row.waived_fen for line in self.lines)


def register_page(
    session: Session, context: Context, *, wanted: RegisterFilter, after: str | None
) -> RegisterPage:
    """Return a page of agreements after a number, with what the whole filter comes to.

    Raises: NotFound for a number that is none.
    Source: rule book 9, I-16.
    """
    at = None
    if after is not None:
        # Without the filter: an agreement that no longer fits it still is a place to go on from.
        keys = _joined(RegisterFilter(), select(*_keys(wanted)))
        at = session.execute(keys.where(Agreement.number == after)).first()
        if at is None:
            raise NotFound

    names = Borrower.public_id, Borrower.name_enc
    found = session.execute(
        _register_rows(wanted, at).add_columns(*names).limit(PAGE_ROWS + 1)
    ).all()
    today = beijing_date(context.now)
    loans = _loans(session, found[:PAGE_ROWS])
    lines = tuple(_line(row, loans, context.vault, today) for row in found[:PAGE_ROWS])
    next_after = lines[-1].row.number if len(found) > PAGE_ROWS else None

    return RegisterPage(lines, register_totals(session, wanted=wanted), next_after)


def register_line(session: Session, context: Context, *, number: str) -> RegisterLine:
    """Return one agreement of the register, with every payment. Raises: NotFound."""
    query = _register_rows(RegisterFilter(), None).where(Agreement.number == number)
    found = session.execute(query.add_columns(Borrower.public_id, Borrower.name_enc)).one_or_none()
    if found is None:
        raise NotFound
    loans = _loans(session, [found])
    return _line(found, loans, context.vault, beijing_date(context.now))


def register_products(session: Session) -> tuple[str, ...]:
    """Return the products of the loans that agreements are about, in the order of their names."""
    products = _joined(RegisterFilter(), select(Loan.product)).distinct()
    products = products.join(PlanLoan, PlanLoan.plan_id == Plan.id)
    products = products.join(Loan, Loan.id == PlanLoan.loan_id)
    return tuple(session.scalars(products.order_by(Loan.product)))


def register_totals(session: Session, *, wanted: RegisterFilter) -> RegisterTotals:
    """Return what the agreements of a filter come to, by component.

    Units: fen; interest is the plan's own and the old one together.
    """
    # Counted over agreements and summed over parts in two queries: one join would count an
    # agreement once for each part.
    count = (
        session.scalar(
            select(func.count()).select_from(_joined(wanted, select(Agreement.id)).subquery())
        )
        or 0
    )
    versions = _joined(wanted, select(Agreement.version_id)).subquery()
    mine = PlanPart.version_id.in_(select(versions.c.version_id))
    sums = select(PlanPart.component, func.sum(PlanPart.fen), func.sum(PlanPart.waived_fen)).where(
        mine
    )
    found = {
        component: (int(fen), int(waived))
        for component, fen, waived in session.execute(sums.group_by(PlanPart.component))
    }

    return RegisterTotals(
        count=count,
        planned=Components(
            fee_fen=found.get("fee", (0, 0))[0],
            penalty_fen=found.get("penalty", (0, 0))[0],
            interest_fen=found.get("interest", (0, 0))[0] + found.get("old_interest", (0, 0))[0],
            principal_fen=found.get("principal", (0, 0))[0],
        ),
        waived_fen=sum(waived for _fen, waived in found.values()),
    )


def register_batches(
    session: Session, *, wanted: RegisterFilter
) -> Iterator[tuple[RegisterRow, ...]]:
    """Yield every agreement of a filter, newest first, some at a time: memory stays flat whatever
    their number.
    """
    at = None
    # From key to key and not by an offset: an offset gets slower with every batch, and skips rows
    # where others are added.
    while found := session.execute(_register_rows(wanted, at).limit(BATCH)).all():
        loans = _loans(session, found)
        yield tuple(_register_row(one, loans) for one in found)
        at = found[-1].nearness, found[-1].signed_at, found[-1].id


def signed_pdfs(
    session: Session, *, rows: tuple[RegisterRow, ...]
) -> Iterator[tuple[RegisterRow, bytes]]:
    """Yield the signed PDFs of agreements, a few at a time; an agreement without one is left
    out.

    Raises: NotStampedYet where one waits for its time stamp.
    """
    by_id = {row.agreement_id: row for row in rows}
    ids = list(by_id)
    for start in range(0, len(ids), PDF_BATCH):
        files = (
            select(AgreementFile.agreement_id, AgreementFile.pdf, Agreement.stamp)
            .join(Agreement, Agreement.id == AgreementFile.agreement_id)
            .where(AgreementFile.agreement_id.in_(ids[start : start + PDF_BATCH]))
            .order_by(AgreementFile.agreement_id.desc())
        )
        for agreement_id, pdf, stamp in session.execute(files):
            check_stamped(stamp)
            yield by_id[agreement_id], pdf


def _register_rows(wanted: RegisterFilter, at: Any) -> Select[Any]:
    # The last approval, for an appeal may have approved what someone else refused.
    approver = _last_approval(
        select(Staff.display_name).join(Decision, Decision.staff_id == Staff.id)
    ).label("approver")
    approved_at = _last_approval(select(Decision.at)).label("approved_at")

    query = _joined(
        wanted,
        select(
            *_keys(wanted),
            Agreement.number,
            Agreement.text_sha256,
            Agreement.pdf_sha256,
            PlanVersion.terms,
            PlanVersion.moved_months,
            PlanVersion.not_before_on,
            PlanVersion.policy_version,
            PlanVersion.decided_at,
            Plan.state,
            PlanVersion.plan_id,
            Borrower.customer_no,
            approver,
            approved_at,
            # A counter-offer is its author's decision, and that of who released it.
            _named(PlanVersion.author_person, PlanVersion.author_kind == LENDER).label("author"),
            _named(PlanVersion.released_by).label("releaser"),
        ),
    )
    near, signed_at, agreement_id = _keys(wanted)
    if at is not None:
        same = and_(signed_at == at[1], agreement_id < at[2])
        older = or_(signed_at < at[1], same)
        further = or_(near > at[0], and_(near == at[0], older))
        query = query.where(further if wanted.number else older)

    # Ordered by nearness only where a number is looked for: else the index on signed_at goes.
    nearest = [near] if wanted.number else []
    return query.order_by(*nearest, signed_at.desc(), agreement_id.desc())


def _keys(wanted: RegisterFilter) -> tuple[Any, Any, Any]:
    """The order of the register: the very number that is looked for first, then newest first."""
    near = nearness(wanted.number) if wanted.number else literal(0)
    return near.label("nearness"), Agreement.signed_at, Agreement.id


def _last_approval(query: Select[Any]) -> ScalarSelect[Any]:
    return (
        query.where(Decision.version_id == PlanVersion.id, Decision.answer == "approve")
        .order_by(Decision.round.desc())
        .limit(1)
        .scalar_subquery()
    )


def _named(person: Any, *conditions: Any) -> ScalarSelect[Any]:
    """The name of a person, by the oldest of their accounts."""
    query = select(Staff.display_name).where(Staff.person_id == person, *conditions)
    return query.order_by(Staff.id).limit(1).scalar_subquery()


def _joined(wanted: RegisterFilter, query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(Agreement)
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .where(*conditions(wanted))
    )


def _loans(session: Session, found: Sequence[Row[Any]]) -> dict[int, dict[str, Loan]]:
    """The loans of rows, by plan and public id."""
    ids = [one.plan_id for one in found]
    query = select(PlanLoan.plan_id, Loan).join(Loan, Loan.id == PlanLoan.loan_id)
    loans: dict[int, dict[str, Loan]] = {}
    for plan_id, loan in session.execute(query.where(PlanLoan.plan_id.in_(ids))):
        loans.setdefault(plan_id, {})[loan.public_id] = loan
    return loans


def _line(
    found: Row[Any], loans: dict[int, dict[str, Loan]], vault: Vault, today: date
) -> RegisterLine:
    row = _register_row(found, loans)
    name = vault.unseal(found.name_enc, table="borrowers", row=found.public_id, column="name")
    coming = [one.due_on for one in row.payments if one.due_on >= today]

    return RegisterLine(
        row,
        masked_name(name),
        min(coming) if coming and row.state in ("active", "in_cure") else None,
    )


def _register_row(found: Row[Any], loans: dict[int, dict[str, Loan]]) -> RegisterRow:
    """Read an agreement; a first payment is due some days after the signature (ADR 0008), dates are
    moved (ADR 0004).
    """
    terms = read_terms(found.terms, moved=moved_of(found), signed_on=beijing_date(found.signed_at))
    payments = terms.payments
    stored = loans[found.plan_id]
    mine = tuple(_register_loan(one, stored[one.public_id], terms.kind) for one in terms.loans)
    waivers = [one for loan in terms.loans for one in loan.waivers]
    rates = {one.plan_ppm for one in mine}

    return RegisterRow(
        agreement_id=found.id,
        number=found.number,
        loan_ref=JOINED.join(one.ref for one in mine),
        contract_no=JOINED.join(one.contract_no for one in mine),
        product=JOINED.join(dict.fromkeys(one.product for one in mine)),
        customer_no=found.customer_no,
        signed_at=found.signed_at,
        owed=summed(one.owed for one in mine),
        excess_fen=sum(one.excess_fen for one in mine),
        waived_components=tuple(dict.fromkeys(one.component for one in waivers)),
        waived_fen=terms.waived_fen,
        waived_condition=waivers[0].condition if waivers else "",
        planned=components_of(payments),
        plan_interest_fen=terms.plan_interest_fen,
        total_fen=terms.total_fen,
        periods=terms.periods,
        payments=payments,
        plan_ppm=rates.pop() if len(rates) == 1 else None,
        annual_rate_ppm=terms.annual_rate_ppm,
        payment_order=order_of(found.terms),
        # No decision row: the policy approved it (ADR 0013).
        approved_by=_approved_by(found),
        approved_at=found.approved_at or found.decided_at,
        text_sha256=found.text_sha256,
        pdf_sha256=found.pdf_sha256 or "",
        state=found.state,
        loans=mine,
    )


def _approved_by(found: Row[Any]) -> str:
    people = [found.author, found.releaser if found.author else found.approver]
    return JOINED.join(one for one in people if one) or f"{BY_POLICY} {found.policy_version}"


def _register_loan(one: LoanInPlan, loan: Loan, kind: str) -> RegisterLoan:
    waived = summed(Components(**{f"{each.component}_fen": each.fen}) for each in one.waivers)
    owed, net = one.gross, one.owed
    if kind in PART_PLANNED:
        # What the contract goes on to ask for is not brought in.
        old = (each._replace(interest_fen=0) for each in one.payments)
        owed = net = summed([components_of(old), waived])
    return RegisterLoan(
        ref=loan.ref,
        contract_no=loan.contract_no,
        product=loan.product,
        days_past_due=one.days_past_due,
        owed=owed,
        # What was taken off and not what is above the ceiling: that may be more than is charged.
        excess_fen=owed.total - net.total,
        waived=waived,
        planned=components_of(one.payments),
        plan_interest_fen=sum(each.interest_fen for each in one.payments),
        payments=one.payments,
        plan_ppm=div_half_up(one.annual_ppm.numerator, one.annual_ppm.denominator),
    )
