"""The desk's cases and what each waits for: us, the borrower, documents; with clocks and owners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import Session

from app.domain.authority import authority_of, may_approve
from app.domain.calendar import beijing_date, midnight
from app.domain.errors import NotFound
from app.domain.masks import masked_name, spelled
from app.domain.plan_terms import PlannedTerms, moved_of, read_terms
from app.domain.policy import Policy
from app.domain.states import OPEN_VERSIONS, OURS, is_borrower_asked
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
TABS: tuple[Tab, ...] = (
    "all",
    "mine",
    "free",
    "handed_up",
    "appeals",
    "borrower",
    "materials",
    "figures",
    "documents",
)
NOT_OURS: frozenset[Tab] = frozenset({"borrower", "materials"})
# Offers that something is the matter with; their last day is the clock.
OFFERS: frozenset[Tab] = frozenset({"figures", "documents"})
IS_OPEN = PlanVersion.state.in_(OPEN_VERSIONS)  # at most one version of a plan is
IS_OURS = Case.waits_for.in_(OURS)
IS_FAULTY = and_(PlanVersion.state == "approved", Case.document_fault.is_not(None))
# An offer under which a file changed what is owed, while it waits for its signature.
IS_CHANGED = and_(PlanVersion.state == "approved", Case.figures_changed_at.is_not(None))
# the day that was promised, where no clock runs any more: a key still leads to its place
ANSWER_BY = func.coalesce(Case.answer_by_on, PlanVersion.decide_by_on)


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
    mine = or_(Case.owner_staff_id.is_(None), Case.owner_staff_id == context.staff.staff_id)
    query = (
        select(PlanVersion.public_id)
        .join(Case, Case.plan_id == PlanVersion.plan_id)
        .where(IS_OPEN, _tab(wanted, context), mine, _may_take(context))
        .where(PlanVersion.public_id != after, _may_answer(context))
        .order_by(*order)
        .limit(1)
    )
    later = query.where(_later_than(session, order, after))
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
    columns: tuple[Any, ...] = (PlanVersion, Case, Plan.number, Borrower, Staff.display_name)
    query = (
        select(*columns)
        .join(Case, Case.plan_id == PlanVersion.plan_id)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Borrower, Borrower.id == Plan.borrower_id)
        .outerjoin(Staff, Staff.id == Case.owner_staff_id)
        .where(IS_OPEN, _tab(tab, context))
        .order_by(*order)
        .limit(PAGE_ROWS + 1)
    )
    return query if after is None else query.where(_later_than(session, order, after))


def _tab(tab: Tab, context: Context) -> ColumnElement[bool]:
    stands = ~_is_lapsed(context)
    return {
        "all": IS_OURS,
        "mine": and_(IS_OURS, Case.owner_staff_id == context.staff.staff_id),
        "free": and_(IS_OURS, Case.owner_staff_id.is_(None), _may_take(context)),
        "handed_up": and_(IS_OURS, Case.handed_up_at.is_not(None)),
        "appeals": and_(IS_OURS, PlanVersion.state == "under_appeal"),
        "borrower": and_(Case.waits_for == "borrower", ~IS_FAULTY, stands),
        "materials": Case.waits_for == "documents",
        "figures": and_(IS_CHANGED, stands),
        "documents": IS_FAULTY,
    }[tab]


def _is_lapsed(context: Context) -> ColumnElement[bool]:
    """Whether an offer is past its last day: it waits for nobody, also before the job has come by
    (ADR 0030).
    """
    over = func.coalesce(PlanVersion.valid_until_at < midnight(context.today), literal(False))
    return and_(PlanVersion.state == "approved", over)


def _may_take(context: Context) -> ColumnElement[bool]:
    """Whether this person may take what nobody has: what was handed up waits for a supervisor."""
    if "supervisor" in context.staff.roles:
        return true()
    return Case.handed_up_at.is_(None)


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
    by_age = PlanVersion.submitted_at.expression, PlanVersion.id.expression
    if tab in NOT_OURS:
        return by_age
    return PlanVersion.valid_until_at.expression if tab in OFFERS else ANSWER_BY, *by_age


def _later_than(
    session: Session, order: tuple[ColumnElement[Any], ...], after: str
) -> ColumnElement[bool]:
    key = (
        select(*order)
        .join(Case, Case.plan_id == PlanVersion.plan_id)
        .where(PlanVersion.public_id == after)
    )
    found = session.execute(key).one_or_none()
    if found is None or None in found:
        raise NotFound
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
    every = func.count()
    tabs = [every.filter(_tab(tab, context)) for tab in TABS]
    late = every.filter(IS_OURS, Case.answer_by_on < today)
    signs = every.filter(PlanVersion.state == "approved", ~_is_lapsed(context))
    query = (
        select(*tabs, late, signs)
        .select_from(PlanVersion)
        .join(Case, Case.plan_id == PlanVersion.plan_id)
    )
    found = session.execute(query.where(IS_OPEN)).one()
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
