"""What waits at the desk: proposals, appeals and documents that could not be made, with clocks and
owners.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.authority import may_decide
from app.domain.calendar import beijing_date, midnight
from app.domain.errors import NotFound
from app.domain.masks import masked_name, spelled
from app.domain.plan_terms import PlannedTerms, read_terms
from app.domain.policy import Policy
from app.models import Appeal, Borrower, Decision, Loan, Plan, PlanLoan, PlanVersion, Staff, Verdict
from app.ports.vault import Vault
from app.services.core.context import Context, StaffMember
from app.services.core.policy import active_policy

PAGE_ROWS = 25
SOON_DAYS = 1
FIGURE_DAYS = 7
MOST_ANSWERS = 2000
Tab = Literal["all", "mine", "free", "appeals", "documents"]
TABS: tuple[Tab, ...] = ("all", "mine", "free", "appeals", "documents")
WAITING = ("submitted", "under_appeal")
IS_WAITING = PlanVersion.state.in_(WAITING)
IS_FAULTY = and_(PlanVersion.state == "approved", PlanVersion.document_fault.is_not(None))
ANSWER_BY = func.coalesce(Appeal.answer_by_on, PlanVersion.decide_by_on)


@dataclass(frozen=True)
class QueueRow:
    """One case that waits for someone at the desk, its borrower masked.

    Units: fen; days_left counts to the day by which it is done, below zero it is late. `owner` is a
           name or empty.
    """

    public_id: str
    number: str
    name: str
    product: str
    tail: str
    state: str
    terms: PlannedTerms
    due_on: date
    days_left: int
    open_rules: int
    in_authority: bool
    owner: str
    is_mine: bool
    fault: str

    @property
    def is_late(self) -> bool:
        """Whether the day has passed."""
        return self.days_left < 0

    @property
    def is_soon(self) -> bool:
        """Whether it is due today or tomorrow, or late."""
        return self.days_left <= SOON_DAYS


@dataclass(frozen=True)
class QueueFigures:
    """The desk's figures: people's answers of the last `days`, and what waits for borrowers.

    `median_minutes` is None where nobody answered in that time.
    """

    days: int
    median_minutes: int | None
    late: int
    done_today: int
    awaits_borrower: int


@dataclass(frozen=True)
class Queue:
    """One page of a tab, the oldest deadline first; `next_key` leads on."""

    tab: Tab
    rows: tuple[QueueRow, ...]
    counts: Mapping[str, int]
    figures: QueueFigures
    next_key: str | None


def waiting_queue(
    session: Session, context: Context, *, tab: Tab, after: str | None = None
) -> Queue:
    """Return a page of a tab from a version's public id on: five queries however many rows.

    Source: default policy, clocks.
    """
    found = session.execute(_page(session, context, tab, after)).all()
    shown = _RowContext(
        context.vault, context.staff, active_policy(session)[1], beijing_date(context.now)
    )
    rows = tuple(shown.row(one, tab) for one in found[:PAGE_ROWS])
    counts, late, awaits = _counts(session, context, beijing_date(context.now))
    median, done = _answers(session, context)
    next_key = rows[-1].public_id if len(found) > PAGE_ROWS else None
    return Queue(tab, rows, counts, QueueFigures(FIGURE_DAYS, median, late, done, awaits), next_key)


def _page(session: Session, context: Context, tab: Tab, after: str | None) -> Select[Any]:
    open_rules = select(func.count()).where(
        Verdict.version_id == PlanVersion.id, Verdict.held.is_(False)
    )
    order = _order(tab)
    query = (
        select(
            PlanVersion,
            Plan.number,
            Borrower,
            Loan,
            Staff.display_name,
            Appeal.answer_by_on,
            open_rules.scalar_subquery(),
        )
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .join(PlanLoan, PlanLoan.plan_id == Plan.id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .outerjoin(Staff, Staff.id == PlanVersion.owner_staff_id)
        .outerjoin(Appeal, Appeal.version_id == PlanVersion.id)
        .where(_tab(tab, context.staff.staff_id))
        .order_by(*order)
        .limit(PAGE_ROWS + 1)
    )
    return query if after is None else query.where(_later_than(session, order, after))


def _tab(tab: Tab, staff_id: int) -> ColumnElement[bool]:
    return {
        "all": IS_WAITING,
        "mine": and_(IS_WAITING, PlanVersion.owner_staff_id == staff_id),
        "free": and_(IS_WAITING, PlanVersion.owner_staff_id.is_(None)),
        "appeals": PlanVersion.state == "under_appeal",
        "documents": IS_FAULTY,
    }[tab]


def _order(tab: Tab) -> tuple[ColumnElement[Any], ...]:
    """Order by deadline; the row's own id last, so that a key leads to one place."""
    first: ColumnElement[Any] = (
        PlanVersion.valid_until_at.expression if tab == "documents" else ANSWER_BY
    )
    return first, PlanVersion.submitted_at.expression, PlanVersion.id.expression


def _later_than(
    session: Session, order: tuple[ColumnElement[Any], ...], after: str
) -> ColumnElement[bool]:
    key = (
        select(*order)
        .outerjoin(Appeal, Appeal.version_id == PlanVersion.id)
        .where(PlanVersion.public_id == after)
    )
    found = session.execute(key).one_or_none()
    if found is None or None in found:
        raise NotFound
    (by, at, last), (by_was, at_was, last_was) = order, found
    same_day = and_(by == by_was, or_(at > at_was, and_(at == at_was, last > last_was)))
    return or_(by > by_was, same_day)


@dataclass(frozen=True)
class _RowContext:
    """What every row of a page is shaped with."""

    vault: Vault
    reader: StaffMember
    policy: Policy
    today: date

    def row(self, found: Any, tab: Tab) -> QueueRow:
        version, number, borrower, loan, owner, appeal_by, open_rules = found
        terms = read_terms(version.terms, moved_months=version.moved_months)
        ends = version.valid_until_at
        due_on = (
            beijing_date(ends) if tab == "documents" and ends else appeal_by or version.decide_by_on
        )
        name = self.vault.unseal(
            borrower.name_enc, table="borrowers", row=borrower.public_id, column="name"
        )
        return QueueRow(
            public_id=version.public_id,
            number=number,
            name=masked_name(name),
            product=loan.product,
            tail=loan.ref[-4:],
            state=version.state,
            terms=terms,
            due_on=due_on,
            days_left=(due_on - self.today).days,
            open_rules=open_rules,
            in_authority=may_decide(
                terms, contract_ppm=loan.annual_ppm, policy=self.policy, roles=self.reader.roles
            ),
            owner=owner or "",
            is_mine=version.owner_staff_id == self.reader.staff_id,
            fault=spelled(version.document_fault),
        )


def _counts(session: Session, context: Context, today: date) -> tuple[dict[str, int], int, int]:
    """Count every tab, what is late, and what waits for a signature: one query."""
    every = func.count()
    tabs = [every.filter(_tab(tab, context.staff.staff_id)) for tab in TABS]
    late = every.filter(IS_WAITING, ANSWER_BY < today)
    signs = every.filter(PlanVersion.state == "approved")
    query = (
        select(*tabs, late, signs)
        .select_from(PlanVersion)
        .outerjoin(Appeal, Appeal.version_id == PlanVersion.id)
    )
    found = session.execute(query.where(PlanVersion.state.in_((*WAITING, "approved")))).one()
    return dict(zip(TABS, found[: len(TABS)], strict=True)), found[-2], found[-1]


def _answers(session: Session, context: Context) -> tuple[int | None, int]:
    """Return how long people took, submission to answer, at the median, and how many this person
    gave today.

    Units: minutes.
    """
    latest = (
        select(Decision.at, Decision.staff_id, Decision.round, PlanVersion.submitted_at)
        .join(PlanVersion, PlanVersion.id == Decision.version_id)
        .where(Decision.at >= context.now - timedelta(days=FIGURE_DAYS))
        .order_by(Decision.at.desc())
        .limit(MOST_ANSWERS)
    )
    began = midnight(beijing_date(context.now))
    rows = session.execute(latest).all()
    took = sorted(
        (one.at - one.submitted_at) // timedelta(minutes=1) for one in rows if one.round == 1
    )
    done = sum(1 for one in rows if one.staff_id == context.staff.staff_id and one.at >= began)
    return (took[len(took) // 2] if took else None), done
