"""The register of signed agreements: one shape of a row for the page, every file and the command.
Reads only.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, literal, select, tuple_
from sqlalchemy.orm import Session

from app.domain.allocation import Components
from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.masks import masked_name
from app.domain.money import div_half_up
from app.domain.plan import PlanInstalment, components_of, summed
from app.domain.plan_terms import PART_PLANNED, LoanInPlan, moved_of, order_of, read_terms
from app.domain.stamps import check_stamped
from app.domain.states import KEPT_PLANS, LENDER
from app.models import (
    Agreement,
    AgreementFile,
    Borrower,
    Decision,
    Loan,
    Plan,
    PlanLoan,
    PlanVersion,
    Staff,
)
from app.ports.gateways import Gateways
from app.ports.vault import Vault
from app.services.core.context import Context
from app.services.register.filter import RegisterFilter, is_whole, joined, nearness
from app.services.register.money import RowMoney, money_of_plans
from app.services.register.sums import RegisterTotals, days_of, narrowed, register_totals
from app.services.signed_files.keeping import KeptPdf, read_pdf

PAGE_ROWS = 25
BATCH = 200
# Where its plans stand takes as much memory again and longer, with progress told between.
MONEY_BATCH = 100
IDS = 10_000
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
           `money` is None where nobody asked for it, and where a later version is the plan's book.
    """

    agreement_id: int
    plan_id: int
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
    money: RowMoney | None = None

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
    """One row of the page: the borrower masked, and when something open falls due, as moved."""

    row: RegisterRow
    borrower: str
    next_on: date | None


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

    @property
    def page_received_fen(self) -> int:
        """Return what came for the agreements of this page, in fen."""
        return sum(line.row.money.received_fen for line in self.lines if line.row.money)

    @property
    def page_left_fen(self) -> int:
        """Return what is open in the agreements of this page, in fen."""
        return sum(line.row.money.left_fen for line in self.lines if line.row.money)


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
        keys = joined(RegisterFilter(), select(*_keys(wanted)))
        at = session.execute(keys.where(Agreement.number == after)).first()
        if at is None:
            raise NotFound

    found = _rows_of(session, (_near if wanted.number else _newest)(session, wanted, at))
    # Where its plans stand is computed for the rows of this page alone.
    shown = _registered(session, found[:PAGE_ROWS], context.today)
    lines = tuple(_line(one, row, context.vault) for one, row in zip(found, shown, strict=False))
    next_after = lines[-1].row.number if len(found) > PAGE_ROWS else None

    return RegisterPage(lines, register_totals(session, wanted=wanted), next_after)


def _newest(session: Session, wanted: RegisterFilter, at: Row[Any] | None) -> list[int]:
    """The ids of a page, and one more; the sums tell between which days they were signed, so that
    nothing else is looked at, however rare they are.
    """
    until = beijing_date(at.signed_at) if at else None
    days = days_of(session, wanted=wanted, until=until, rows=PAGE_ROWS + 1)
    if days is None:
        return []
    between = replace(wanted, from_on=days[0], to_on=days[1])
    return list(session.scalars(_after(narrowed(session, wanted=between), at)))


def _near(session: Session, wanted: RegisterFilter, at: Row[Any] | None) -> list[int]:
    """The ids of a page, and one more: first the very number, then what begins with it."""
    whole = is_whole(wanted.number or "")
    found: list[int] = []
    for near, condition in ((0, whole), (1, ~whole)):
        if len(found) > PAGE_ROWS or (at is not None and near < at.nearness):
            continue
        query = narrowed(session, wanted=wanted).where(condition)
        found += session.scalars(
            _after(query, at if at is not None and at.nearness == near else None)
        )
    return found[: PAGE_ROWS + 1]


def _after(query: Select[Any], at: Row[Any] | None) -> Select[Any]:
    """A page in order, from a place on: rows are compared as one, which an index can follow."""
    keys = Agreement.signed_at, Agreement.id
    if at is not None:
        place = (literal(at.signed_at, Agreement.signed_at.type), literal(at.id))
        query = query.where(tuple_(*keys) < tuple_(*place))
    return query.order_by(*(one.desc() for one in keys)).limit(PAGE_ROWS + 1)


def _rows_of(session: Session, ids: Sequence[int]) -> list[Row[Any]]:
    """The rows of agreements, in the order of their ids."""
    names = Borrower.public_id, Borrower.name_enc
    query = _register_rows(RegisterFilter()).add_columns(*names).where(Agreement.id.in_(ids))
    found = {row.id: row for row in session.execute(query)}
    return [found[one] for one in ids]


def register_line(session: Session, context: Context, *, number: str) -> RegisterLine:
    """Return one agreement of the register, with every payment. Raises: NotFound."""
    query = _register_rows(RegisterFilter()).where(Agreement.number == number)
    found = session.execute(query.add_columns(Borrower.public_id, Borrower.name_enc)).one_or_none()
    if found is None:
        raise NotFound
    (row,) = _registered(session, [found], context.today)
    return _line(found, row, context.vault)


def register_batches(
    session: Session, *, wanted: RegisterFilter, as_of: date | None = None
) -> Iterator[tuple[RegisterRow, ...]]:
    """Yield every agreement of a filter, newest first, some at a time, with its money at the end of
    a day where one is given: memory stays flat whatever their number.
    """
    ids = _in_order(session, wanted)
    step = min(BATCH, MONEY_BATCH) if as_of else BATCH
    for start in range(0, len(ids), step):
        yield _registered(session, _rows_of(session, ids[start : start + step]), as_of)


def _registered(
    session: Session, found: Sequence[Row[Any]], as_of: date | None
) -> tuple[RegisterRow, ...]:
    loans = _loans(session, found)
    # An agreement that another took the place of is no plan's book any more.
    books = [one.plan_id for one in found if one.active_version_id == one.version_id]
    money = money_of_plans(session, plan_ids=books, as_of=as_of) if as_of else {}
    return tuple(
        _register_row(one, loans, money.get(one.plan_id) if one.plan_id in books else None)
        for one in found
    )


def _in_order(session: Session, wanted: RegisterFilter) -> "array[int]":
    """The ids of a filter's agreements, eight bytes each: the filter is asked once and not with
    every batch, which would look at all of them again.
    """
    near = [nearness(wanted.number)] if wanted.number else []
    query = joined(wanted, select(Agreement.id))
    query = query.order_by(*near, Agreement.signed_at.desc(), Agreement.id.desc())
    found: array[int] = array("q")
    for ids in session.scalars(query.execution_options(yield_per=IDS)).partitions():
        found.extend(ids)
    return found


def signed_pdfs(
    session: Session, *, gateways: Gateways, rows: tuple[RegisterRow, ...]
) -> Iterator[tuple[RegisterRow, bytes]]:
    """Yield the signed PDFs of agreements, a few at a time; an agreement without one is left
    out.

    Raises: NotStampedYet where one waits for its time stamp; PaperDiffers, GatewayDown.
    """
    by_id = {row.agreement_id: row for row in rows}
    ids = list(by_id)
    for start in range(0, len(ids), PDF_BATCH):
        files = (
            select(
                AgreementFile.agreement_id,
                AgreementFile.pdf,
                AgreementFile.folder,
                Agreement.stamp,
            )
            .join(Agreement, Agreement.id == AgreementFile.agreement_id)
            .where(AgreementFile.agreement_id.in_(ids[start : start + PDF_BATCH]))
            .order_by(AgreementFile.agreement_id.desc())
        )
        for agreement_id, pdf, folder, stamp in session.execute(files):
            check_stamped(stamp)
            row = by_id[agreement_id]
            yield row, read_pdf(gateways, KeptPdf(pdf, folder, row.pdf_sha256))


def _register_rows(wanted: RegisterFilter) -> Select[Any]:
    # The last approval, for an appeal may have approved what someone else refused.
    approver = _last_approval(
        select(Staff.display_name).join(Decision, Decision.staff_id == Staff.id)
    ).label("approver")
    approved_at = _last_approval(select(Decision.at)).label("approved_at")

    return joined(
        wanted,
        select(
            Agreement.signed_at,
            Agreement.id,
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
            PlanVersion.id.label("version_id"),
            Plan.active_version_id,
            Borrower.customer_no,
            approver,
            approved_at,
            # A counter-offer is its author's decision, and that of who released it.
            _named(PlanVersion.author_person, PlanVersion.author_kind == LENDER).label("author"),
            _named(PlanVersion.released_by).label("releaser"),
        ),
    )


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


def _loans(session: Session, found: Sequence[Row[Any]]) -> dict[int, dict[str, Loan]]:
    """The loans of rows, by plan and public id."""
    ids = [one.plan_id for one in found]
    query = select(PlanLoan.plan_id, Loan).join(Loan, Loan.id == PlanLoan.loan_id)
    loans: dict[int, dict[str, Loan]] = {}
    for plan_id, loan in session.execute(query.where(PlanLoan.plan_id.in_(ids))):
        loans.setdefault(plan_id, {})[loan.public_id] = loan
    return loans


def _line(found: Row[Any], row: RegisterRow, vault: Vault) -> RegisterLine:
    name = vault.unseal(found.name_enc, table="borrowers", row=found.public_id, column="name")
    runs = row.money is not None and row.state in KEPT_PLANS
    return RegisterLine(row, masked_name(name), row.money.next_on if runs and row.money else None)


def _register_row(
    found: Row[Any], loans: dict[int, dict[str, Loan]], money: RowMoney | None
) -> RegisterRow:
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
        plan_id=found.plan_id,
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
        money=money,
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
