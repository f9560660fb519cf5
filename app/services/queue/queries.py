"""The desk's cases and what each waits for: us, the borrower, documents; with clocks and owners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    cast,
    extract,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from app.domain.authority import authority_of, may_approve
from app.domain.calendar import beijing_date, midnight
from app.domain.errors import NotFound
from app.domain.masks import masked_name, spelled
from app.domain.plan_terms import PlannedTerms, moved_of, read_terms
from app.domain.policy import Policy
from app.domain.states import OURS, is_borrower_asked
from app.models import (
    Appeal,
    Borrower,
    Case,
    Decision,
    Loan,
    LoanSnapshot,
    Plan,
    PlanLoan,
    PlanVersion,
    QueueCount,
    QueuePlace,
    Staff,
)
from app.ports.vault import Vault
from app.services.core.context import Context, StaffMember
from app.services.core.policy import active_policy
from app.services.loans.naming import LoanName, name_of, names_in
from app.services.plans.contracts import contract_ppm_told, contracts_by_loan
from app.services.plans.verdicts import RuleView, open_rules, rules_of

PAGE_ROWS = 25
SOON_DAYS = 1
FIGURE_DAYS = 7
MOST_ANSWERS = 2000
MINUTE_SECONDS = 60
Tab = Literal[
    "all",
    "mine",
    "free",
    "handed_up",
    "appeals",
    "borrower",
    "materials",
    "figures",
    "documents",
]
TABS: tuple[Tab, ...] = get_args(Tab)
NOT_OURS: frozenset[Tab] = frozenset({"borrower", "materials"})
# Offers that something is the matter with; their last day is the clock.
OFFERS: frozenset[Tab] = frozenset({"figures", "documents"})
# Both have what tabs and figures are told by: where a plan stands, and how many of them there are.
Told = type[QueuePlace] | type[QueueCount]


class LoanDiffers(NamedTuple):
    """A loan, by the end of its reference, on which the lender's file and our figures differ.

    Units: fen, file minus ours, by component.
    """

    tail: str
    components: Mapping[str, int]


class _CoveredLoan(NamedTuple):
    loan: Loan
    differences: Mapping[str, int]


@dataclass(frozen=True)
class QueueRow:
    """One case, its borrower masked; its plan's loans stand longest overdue first.

    Units: fen; days_left counts to the day by which it is done, below zero it is late where it is
           `ours` to do; waits_days counts since it waits for whom it does. `owner` is a name or
           empty; `reasons` are the rules for which a person is wanted, `differences` the lender's
           file minus our figures on its date, loan by loan.
    """

    public_id: str
    number: str
    name: str
    loans: tuple[LoanName, ...]
    state: str
    waits_for: str
    waits_days: int
    is_ours: bool
    terms: PlannedTerms
    due_on: date
    days_left: int
    days_past_due: int
    payoff_fen: int
    reasons: tuple[RuleView, ...]
    differences: tuple[LoanDiffers, ...]
    contract_ppm: int
    in_authority: bool
    handed_up_at: datetime | None
    owner: str
    is_mine: bool
    fault: str

    @property
    def is_late(self) -> bool:
        """Whether our day has passed."""
        return self.is_ours and self.days_left < 0

    @property
    def is_soon(self) -> bool:
        """Whether we have until today or tomorrow, or are late."""
        return self.is_ours and self.days_left <= SOON_DAYS

    @property
    def is_asked(self) -> bool:
        """Whether the borrower was asked for a change; our clock stands still."""
        return is_borrower_asked(self.state, self.waits_for)


@dataclass(frozen=True)
class QueueFigures:
    """The desk's figures: people's answers of the last `days`, and what waits for signatures.

    `median_minutes` is None where nobody answered in that time.
    """

    days: int
    median_minutes: int | None
    late: int
    done_today: int
    awaits_borrower: int


@dataclass(frozen=True)
class Queue:
    """One page of a tab, the oldest deadline first, of what is not ours the oldest proposal;
    `next_key` leads on.
    """

    tab: Tab
    rows: tuple[QueueRow, ...]
    counts: Mapping[str, int]
    figures: QueueFigures
    next_key: str | None


def waiting_queue(
    session: Session, context: Context, *, tab: Tab, after: str | None = None
) -> Queue:
    """Return a page of a tab from a version's public id on: eight queries however many rows.

    Source: default policy, clocks.
    """
    found = session.execute(_page(session, context, tab, after)).all()
    judged = rules_of(session, version_ids=[one[0].id for one in found[:PAGE_ROWS]])
    loans = _loans(session, [one[0].plan_id for one in found[:PAGE_ROWS]])
    shown = _RowContext(
        context.vault, context.staff, active_policy(session)[1], context.today, judged, loans
    )
    rows = tuple(shown.row(one, tab) for one in found[:PAGE_ROWS])
    counts, late, awaits = _counts(session, context, beijing_date(context.now))
    median, done = _answers(session, context)
    next_key = rows[-1].public_id if len(found) > PAGE_ROWS else None
    return Queue(tab, rows, counts, QueueFigures(FIGURE_DAYS, median, late, done, awaits), next_key)


def next_case(session: Session, context: Context, *, tab: Tab, after: str) -> str | None:
    """Return the public id of the version to look at after another one in a tab, and from its start
    again; only what this person may work on. None where nothing else waits.

    Raises: NotFound where `after` leads nowhere.
    """
    # What waits for others is looked at from its list; after an answer the next work is wanted.
    wanted = "all" if tab in NOT_OURS | OFFERS else tab
    order = _order(wanted)
    owner = QueuePlace.owner_staff_id
    query = (
        select(PlanVersion.public_id)
        .join_from(QueuePlace, PlanVersion, PlanVersion.id == QueuePlace.version_id)
        .where(_tab(wanted, context, QueuePlace), _may_take(context, QueuePlace))
        .where(or_(owner.is_(None), owner == context.staff.staff_id))
        .where(PlanVersion.public_id != after, _may_answer(context))
        .order_by(*order)
        .limit(1)
    )
    later = query.where(_later_than(session, wanted, after))
    return session.scalar(later) or session.scalar(query)


def _loans(session: Session, plan_ids: Sequence[int]) -> dict[int, tuple[_CoveredLoan, ...]]:
    """The loans of each plan with what differs on them: one query however many plans."""
    # The file's figures of the loan's own date, as everywhere.
    current = and_(LoanSnapshot.loan_id == Loan.id, LoanSnapshot.as_of_on == Loan.as_of_on)
    query = (
        select(PlanLoan.plan_id, Loan, LoanSnapshot.differences)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .outerjoin(LoanSnapshot, current)
        .where(PlanLoan.plan_id.in_(plan_ids))
        .order_by(Loan.id)
    )
    found: dict[int, tuple[_CoveredLoan, ...]] = {}
    for plan_id, loan, differences in session.execute(query):
        one = _CoveredLoan(loan, differences or {})
        found[plan_id] = (*found.get(plan_id, ()), one)
    return found


def _page(session: Session, context: Context, tab: Tab, after: str | None) -> Select[Any]:
    order = _order(tab)
    places = select(QueuePlace.version_id, *order).where(_tab(tab, context, QueuePlace))
    if after is not None:
        places = places.where(_later_than(session, tab, after))
    # Which rows they are is read off an index; terms are read of these alone.
    of_page = places.order_by(*order).limit(PAGE_ROWS + 1).subquery()
    columns: tuple[Any, ...] = (PlanVersion, Case, Plan.number, Borrower, Staff.display_name)
    return (
        select(*columns)
        .join_from(of_page, PlanVersion, PlanVersion.id == of_page.c.version_id)
        .join(Case, Case.plan_id == PlanVersion.plan_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .outerjoin(Staff, Staff.id == Case.owner_staff_id)
        .order_by(*list(of_page.c)[1:])
    )


def is_ours(told: Told) -> ColumnElement[bool]:
    """Return the condition that we are to answer."""
    # As a column of its own it is what the indexes of places are partial by.
    return told.is_ours.expression if told is QueuePlace else told.waits_for.in_(OURS)


def _tab(tab: Tab, context: Context, told: Told) -> ColumnElement[bool]:
    ours = is_ours(told)
    stands = ~_is_lapsed(context, told)
    return {
        "all": ours,
        "mine": and_(ours, told.owner_staff_id == context.staff.staff_id),
        "free": and_(ours, told.owner_staff_id.is_(None), _may_take(context, told)),
        "handed_up": and_(ours, told.is_handed_up),
        "appeals": and_(ours, told.state == "under_appeal"),
        "borrower": and_(told.waits_for == "borrower", ~told.is_faulty, stands),
        "materials": told.waits_for == "documents",
        "figures": and_(told.is_changed, stands),
        "documents": told.is_faulty.expression,
    }[tab]


def _is_lapsed(context: Context, told: Told) -> ColumnElement[bool]:
    """Whether an offer is past its last day: it waits for nobody, also before the job has come by
    (ADR 0030).
    """
    over = func.coalesce(told.valid_on < context.today, literal(False))
    return and_(told.state == "approved", over)


def _may_take(context: Context, told: Told) -> ColumnElement[bool]:
    """Whether this person may take what nobody has: what was handed up waits for a supervisor."""
    return true() if "supervisor" in context.staff.roles else ~told.is_handed_up


def _may_answer(context: Context) -> ColumnElement[bool]:
    """Whether this person is neither who entered the plan nor who refused it."""
    person = context.staff.person_id
    refused = select(Appeal.id).where(
        Appeal.version_id == PlanVersion.id, Appeal.refused_by == person
    )
    return and_(PlanVersion.author_person != person, ~refused.exists())


def _order(tab: Tab) -> tuple[ColumnElement[Any], ...]:
    """Order by deadline, of what is not ours by age; the row's own id last, so that a key leads to
    one place.
    """
    by_age = QueuePlace.submitted_at.expression, QueuePlace.version_id.expression
    if tab in NOT_OURS:
        return by_age
    first = QueuePlace.valid_until_at if tab in OFFERS else QueuePlace.due_on
    return first.expression, *by_age


def _later_than(session: Session, tab: Tab, after: str) -> ColumnElement[bool]:
    """From the place of a version on, also of one that waits no longer and has none."""
    by_age = PlanVersion.submitted_at.expression, PlanVersion.id.expression
    day = func.coalesce(Case.answer_by_on, PlanVersion.decide_by_on)
    first = PlanVersion.valid_until_at.expression if tab in OFFERS else day
    key = (
        select(*(by_age if tab in NOT_OURS else (first, *by_age)))
        .join(Case, Case.plan_id == PlanVersion.plan_id)
        .where(PlanVersion.public_id == after)
    )
    found = session.execute(key).one_or_none()
    if found is None or None in found:
        raise NotFound
    order = _order(tab)
    places = [literal(value, one.type) for value, one in zip(found, order, strict=True)]
    return tuple_(*order) > tuple_(*places)


@dataclass(frozen=True)
class _RowContext:
    """What every row of a page is shaped with."""

    vault: Vault
    reader: StaffMember
    policy: Policy
    today: date
    judged: Mapping[int, tuple[RuleView, ...]]
    loans: Mapping[int, tuple[_CoveredLoan, ...]]

    def row(self, found: Any, tab: Tab) -> QueueRow:
        version, case, number, borrower, owner = found
        covered = self.loans[version.plan_id]
        contracts = contracts_by_loan(one.loan for one in covered)
        terms = read_terms(version.terms, moved=moved_of(version))
        ends = version.valid_until_at
        due_on = beijing_date(ends) if ends else case.answer_by_on or version.decide_by_on
        name = self.vault.unseal(
            borrower.name_enc, table="borrowers", row=borrower.public_id, column="name"
        )
        return QueueRow(
            public_id=version.public_id,
            number=number,
            name=masked_name(name),
            loans=names_in(terms, [one.loan for one in covered]),
            state=version.state,
            waits_for=case.waits_for,
            waits_days=max(0, (self.today - beijing_date(case.waits_since_at)).days),
            is_ours=tab not in NOT_OURS,
            terms=terms,
            due_on=due_on,
            days_left=(due_on - self.today).days,
            # Counted to today, as on the case's own page.
            days_past_due=terms.days_past_due
            and terms.days_past_due + (self.today - terms.start_on).days,
            payoff_fen=terms.payoff_fen,
            reasons=open_rules(self.judged.get(version.id, ())),
            differences=tuple(
                LoanDiffers(name_of(one.loan).tail, one.differences)
                for one in covered
                if one.differences
            ),
            contract_ppm=contract_ppm_told(terms, contracts=contracts, policy=self.policy),
            in_authority=may_approve(
                authority_of(read_terms(version.terms), contracts=contracts, policy=self.policy),
                self.reader.roles,
            ),
            handed_up_at=case.handed_up_at,
            owner=owner or "",
            is_mine=case.owner_staff_id == self.reader.staff_id,
            fault=spelled(case.document_fault),
        )


def _counts(session: Session, context: Context, today: date) -> tuple[dict[str, int], int, int]:
    """Count every tab, what is late, and what waits for a signature: one query."""

    def counted(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(QueueCount.count).filter(*conditions), 0)

    tabs = [counted(_tab(tab, context, QueueCount)) for tab in TABS]
    late = counted(is_ours(QueueCount), QueueCount.answer_by_on < today)
    signs = counted(QueueCount.state == "approved", ~_is_lapsed(context, QueueCount))
    found = [int(one) for one in session.execute(select(*tabs, late, signs)).one()]
    return dict(zip(TABS, found[: len(TABS)], strict=True)), found[-2], found[-1]


def _answers(session: Session, context: Context) -> tuple[int | None, int]:
    """Return how long people took, submission to answer, at the median, and how many this person
    gave today: added up where the rows are, and not row by row.

    Units: minutes, between whole seconds.
    """
    took = _second(Decision.at) - _second(PlanVersion.submitted_at)
    latest = (
        select(Decision.round, took.label("took"))
        .join(PlanVersion, PlanVersion.id == Decision.version_id)
        .where(Decision.at >= context.now - timedelta(days=FIGURE_DAYS))
        .order_by(Decision.at.desc())
        .limit(MOST_ANSWERS)
        .cte("latest")
    )
    place = func.row_number().over(order_by=latest.c.took).label("place")
    ranked = select(latest.c.took, place, func.count().over().label("many"))
    first = ranked.where(latest.c.round == 1).subquery()
    median = select(first.c.took).where(first.c.place == first.c.many // 2 + 1)
    began = midnight(beijing_date(context.now))
    # However many answers all others gave since.
    mine = Decision.staff_id == context.staff.staff_id, Decision.at >= began
    done = select(func.count()).select_from(Decision).where(*mine)
    seconds, count = session.execute(select(median.scalar_subquery(), done.scalar_subquery())).one()
    return (None if seconds is None else int(seconds) // MINUTE_SECONDS), int(count)


def _second(instant: Any) -> ColumnElement[int]:
    return cast(func.floor(extract("epoch", instant)), BigInteger)
