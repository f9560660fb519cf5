"""Signed plans as accounts: terms, money and dates from the tables, as facts. Never commits."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.domain.calendar import beijing_date
from app.domain.keeping.account import (
    Account,
    ContractBack,
    DuePart,
    EarnedWaiver,
    KeepingOrder,
    LoanKept,
    MoneyIn,
    PlanKept,
    Successor,
)
from app.domain.keeping.remaining import succeeded
from app.domain.keeping.standing import PlanStanding, standing
from app.domain.loan import LoanTerms, Method
from app.domain.pauses import Pause
from app.domain.plan import PlanInstalment
from app.domain.plan_terms import (
    LoanInPlan,
    PlannedTerms,
    moved_of,
    order_of,
    read_terms,
)
from app.domain.policy import Policy
from app.domain.schedule import schedule
from app.domain.states import BROKEN, REPLACED
from app.models import (
    Agreement,
    Loan,
    LoanSnapshot,
    NightlyFile,
    Plan,
    PlanLoan,
    PlanVersion,
    StatementFile,
)
from app.services.core.policy import policies_of
from app.services.core.working_days import CALENDAR_STATE, days_off_and_on
from app.services.keeping.acts import acts_of
from app.services.keeping.free_days import pauses_of
from app.services.keeping.money import PlanMoney, money_of

_PAID_AT_START = (
    select(LoanSnapshot.paid)
    .where(LoanSnapshot.loan_id == Loan.id, LoanSnapshot.as_of_on <= PlanVersion.start_on)
    .order_by(LoanSnapshot.as_of_on.desc())
    .limit(1)
    .correlate(Loan, PlanVersion)
    .scalar_subquery()
)
BOOK_AT_START = (
    select(func.max(NightlyFile.as_of_on))
    .where(NightlyFile.state == "applied", NightlyFile.as_of_on <= PlanVersion.start_on)
    .correlate(PlanVersion)
    .scalar_subquery()
)
_EARLIER, _LATER = aliased(PlanLoan), aliased(PlanLoan)
_BEFORE, _AFTER, _NEXT = aliased(Plan), aliased(Plan), aliased(PlanVersion)
# Whether the figures of a loan stood on the contract that a broken plan left.
_AFTER_BREAK = (
    select(_BEFORE.id)
    .join(_EARLIER, _EARLIER.plan_id == _BEFORE.id)
    .where(_EARLIER.loan_id == Loan.id, _BEFORE.id < PlanVersion.plan_id)
    .where(_BEFORE.state == BROKEN)
    .correlate(Loan, PlanVersion)
    .exists()
)
# From when on another plan is the book of a loan.
_NEXT_START = (
    select(func.min(_NEXT.start_on))
    .join(_AFTER, _AFTER.active_version_id == _NEXT.id)
    .join(_LATER, _LATER.plan_id == _AFTER.id)
    .where(_LATER.loan_id == Loan.id, _AFTER.id > PlanVersion.plan_id)
    .correlate(Loan, PlanVersion)
    .scalar_subquery()
)
_COVERED = (
    select(StatementFile.covers_until_on)
    # A file that was not read to its end covers nothing.
    .where(StatementFile.covers_until_on.is_not(None), StatementFile.state == "stored")
    .order_by(StatementFile.covers_until_on.desc())
    .limit(1)
    .scalar_subquery()
)


class SignedPlan(NamedTuple):
    """A plan with the version that is its book, and when that was signed."""

    plan: Plan
    version: PlanVersion
    signed_at: datetime


@dataclass(frozen=True)
class KeptAccount:
    """A signed plan's account; `refs` are its loans' 借据号 by public id."""

    account: Account
    refs: Mapping[str, str]


class KeptStanding(NamedTuple):
    """Where a signed plan stands on a day; `refs` are its loans' 借据号 by public id."""

    standing: PlanStanding
    refs: Mapping[str, str]
    account: Account

    @property
    def money(self) -> tuple[MoneyIn, ...]:
        """Return what came for it."""
        return self.account.money


class _LoanRow(NamedTuple):
    loan: Loan
    paid_at_start: int | None
    book_on: date | None
    is_after_break: bool = False
    next_start_on: date | None = None


def terms_of(loan: Loan) -> LoanTerms:
    """Return a stored loan's contract terms."""
    return LoanTerms(
        principal_fen=loan.principal_fen,
        annual_ppm=loan.annual_ppm,
        uplift_ppm=loan.uplift_ppm,
        day_basis=loan.day_basis,
        method=Method(loan.method),
        periods=loan.periods,
        start_on=loan.start_on,
        due_day=loan.due_day,
        interest_only=loan.interest_only,
    )


def covered_until(session: Session) -> date | None:
    """Return the last day whose money is on record by a file of repayments; None before the first.

    Source: rules part 1, how a signed plan is kept.
    """
    return session.scalar(select(_COVERED))


def signed_plans(session: Session, *, plan_ids: Iterable[int]) -> tuple[SignedPlan, ...]:
    """Return those of the plans that were signed, each with the version that is its book."""
    query = (
        select(Plan, PlanVersion, Agreement.signed_at)
        .join(PlanVersion, PlanVersion.id == Plan.active_version_id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(Plan.id.in_(tuple(plan_ids)))
        .order_by(Plan.id)
    )
    return tuple(SignedPlan(*row) for row in session.execute(query))


def accounts_of(session: Session, *, plan_ids: Iterable[int]) -> dict[int, Account]:
    """Return the accounts of those plans that were signed, by plan: a handful of queries."""
    kept = accounts_for(session, signed=signed_plans(session, plan_ids=plan_ids))
    return {plan_id: one.account for plan_id, one in kept.items()}


def standings_of(
    session: Session, *, plan_ids: Iterable[int], as_of: date
) -> dict[int, PlanStanding]:
    """Return where those plans that were signed stand at the end of a day, by plan."""
    found = accounts_of(session, plan_ids=plan_ids)
    return {plan_id: standing(account, as_of) for plan_id, account in found.items()}


def kept_standings(
    session: Session, *, signed: Sequence[SignedPlan], as_of: date
) -> dict[int, KeptStanding]:
    """Return where plans whose rows are known stand at the end of a day, by plan."""
    found = accounts_for(session, signed=signed)
    return {
        plan_id: KeptStanding(standing(one.account, as_of), one.refs, one.account)
        for plan_id, one in found.items()
    }


def accounts_for(session: Session, *, signed: Sequence[SignedPlan]) -> dict[int, KeptAccount]:
    """Return the accounts of plans whose rows are known, by plan: a few queries however many.

    Nothing is supposed: what was not sent, or no file covers, is neither noticed nor missed. One
    that took the place of another knows what was before it.
    Source: rules part 1, how a signed plan is kept.
    """
    if not signed:
        return {}
    before = _before(session, signed)
    after = _after(session, signed)
    ids = [one.plan.id for one in signed]
    loans, covered, calendar = _loans(session, [one.version.id for one in signed])
    acts = acts_of(session, plan_ids=ids)
    money = money_of(session, plans={one.plan.id: _whose(one, loans) for one in signed})
    read = {one.plan.id: _terms(one) for one in signed}
    policies = policies_of(session, versions={one.version.policy_version for one in signed})
    days = days_off_and_on(session, state=calendar)
    free = pauses_of(session, plan_ids=[one.plan.id for one in signed if one.plan.state == BROKEN])
    found = {}
    for one in signed:
        terms, policy = read[one.plan.id], policies[one.version.policy_version]
        rows = {row.loan.public_id: row for row in loans[one.plan.id]}
        whole = before.get(one.plan.replaces_id or 0)
        found[one.plan.id] = KeptAccount(
            Account(
                plan=_contracts_of(
                    whole,
                    _with_free_days(_plan(one, terms, rows, policy, days), one.plan.id, rows, free),
                ),
                money=money[one.plan.id],
                date_changes=acts[one.plan.id].date_changes,
                told=acts[one.plan.id].told,
                stopped=acts[one.plan.id].stopped,
                refunds=acts[one.plan.id].refunds,
                ceiling_ppm=policy.amounts.ceiling_ppm,
                supposes_notices=False,
                covered_until=covered or date.min,
                policy=_numbers(one.version.policy_version, policy),
                earlier=succeeded(whole, terms.start_on) if whole else None,
                replaced=after.get(one.plan.id),
            ),
            {public_id: row.loan.ref for public_id, row in rows.items()},
        )
    return found


def _before(session: Session, signed: Sequence[SignedPlan]) -> dict[int, Account]:
    """Return the accounts that these took the place of, by plan; most took nobody's."""
    ids = {one.plan.replaces_id for one in signed if one.plan.replaces_id}
    return accounts_of(session, plan_ids=ids) if ids else {}


def _after(session: Session, signed: Sequence[SignedPlan]) -> dict[int, Successor]:
    """Return what took the place of those that were replaced, by plan."""
    ids = [one.plan.id for one in signed if one.plan.state == REPLACED]
    if not ids:
        return {}
    query = (
        select(Plan.replaces_id, PlanVersion.start_on, Agreement.signed_at, Plan.number)
        .join(PlanVersion, PlanVersion.id == Plan.active_version_id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(Plan.replaces_id.in_(ids))
    )
    return {
        plan_id: Successor(ground_on, at, number)
        for plan_id, ground_on, at, number in session.execute(query)
        if plan_id is not None
    }


def _contracts_of(before: Account | None, plan: PlanKept) -> PlanKept:
    """After a break the contracts come back as they were when the first of the plans began."""
    if before is None:
        return plan
    known = {one.ref: one.contract for one in before.plan.loans}
    loans = (replace(one, contract=known.get(one.ref, one.contract)) for one in plan.loans)
    return replace(plan, loans=tuple(loans))


def _whose(one: SignedPlan, loans: Mapping[int, Sequence[_LoanRow]]) -> PlanMoney:
    rows = loans[one.plan.id]
    # What came for the loans was the earlier plan's where this one took the place of it.
    ids = set() if one.plan.replaces_id else {row.loan.id for row in rows}
    return PlanMoney(
        ids,
        one.signed_at,
        rows[0].book_on,
        one.version.start_on,
        {row.loan.id for row in rows if row.is_after_break},
        one.plan.state == BROKEN,
        {row.loan.id: row.next_start_on for row in rows if row.next_start_on},
    )


def _numbers(version: str, policy: Policy) -> Mapping[str, object]:
    """Return what of the policy an account is computed with, for who computes it again."""
    kept = policy.kept
    return {
        "version": version,
        "ceiling_ppm": policy.amounts.ceiling_ppm,
        "grace_days": kept.grace_days,
        "missed_before_notice": kept.missed_before_notice,
        "cure_days": kept.cure_days,
        "date_change_days": kept.date_change_days,
    }


def _terms(one: SignedPlan) -> PlannedTerms:
    signed_on = beijing_date(one.signed_at)
    return read_terms(one.version.terms, moved=moved_of(one.version), signed_on=signed_on)


class _Loans(NamedTuple):
    """The loans by plan, up to which day money is on record, the state of the calendar."""

    by_plan: Mapping[int, Sequence[_LoanRow]]
    covered: date | None
    calendar: tuple[int, datetime | None]


def _loans(session: Session, version_ids: Sequence[int]) -> _Loans:
    query = (
        select(PlanVersion.plan_id, Loan, _PAID_AT_START, BOOK_AT_START, _AFTER_BREAK, _NEXT_START)
        .add_columns(_COVERED, *CALENDAR_STATE)
        .join(PlanLoan, PlanLoan.plan_id == PlanVersion.plan_id)
        .join(Loan, Loan.id == PlanLoan.loan_id)
        .where(PlanVersion.id.in_(version_ids))
    )
    found: dict[int, list[_LoanRow]] = defaultdict(list)
    rows = session.execute(query).all()
    for plan_id, *row in rows:
        found[plan_id].append(_LoanRow(*row[:5]))
    covered, days, loaded_at = rows[0][6:]
    return _Loans(found, covered, (days, loaded_at))


def _plan(
    one: SignedPlan,
    terms: PlannedTerms,
    rows: Mapping[str, _LoanRow],
    policy: Policy,
    days: tuple[frozenset[date], frozenset[date]],
) -> PlanKept:
    oldest_first, _components = order_of(one.version.terms)
    order: KeepingOrder = "oldest_instalment_first" if oldest_first else "components_first"
    return PlanKept(
        number=one.plan.number,
        kind=terms.kind,
        start_on=terms.start_on,
        signed_on=beijing_date(one.signed_at),
        order=order,
        grace_days=policy.kept.grace_days,
        missed_before_notice=policy.kept.missed_before_notice,
        cure_days=policy.kept.cure_days,
        loans=tuple(
            _kept(loan, rows[loan.public_id], place, terms)
            for place, loan in enumerate(terms.loans)
        ),
        holidays=days[0],
        workdays=days[1],
    )


def _with_free_days(
    plan: PlanKept,
    plan_id: int,
    rows: Mapping[str, _LoanRow],
    free: Mapping[tuple[int, int], tuple[Pause, ...]],
) -> PlanKept:
    ids = {row.loan.ref: row.loan.id for row in rows.values()}
    loans = tuple(replace(one, pauses=free.get((plan_id, ids[one.ref]), ())) for one in plan.loans)
    return replace(plan, loans=loans)


def _kept(loan: LoanInPlan, row: _LoanRow, place: int, terms: PlannedTerms) -> LoanKept:
    contract = terms_of(row.loan)
    # What goes on beside a catch-up is one loan's, the only one of its plan.
    regular = terms.regular if not place else ()
    return LoanKept(
        ref=row.loan.ref,
        annual_ppm=loan.annual_ppm,
        day_basis=row.loan.day_basis,
        parts=tuple(part for one in loan.payments for part in _parts(one)),
        regular=tuple(
            DuePart(one.number, one.due_on, name, fen)
            for one in regular
            for name, fen in (("interest", one.interest_fen), ("principal", one.principal_fen))
            if fen
        ),
        waivers=tuple(EarnedWaiver(*one) for one in loan.waivers),
        interest_from=_interest_from(contract, terms),
        contract=ContractBack(
            terms=contract,
            paid=row.loan.paid if row.paid_at_start is None else row.paid_at_start,
            gross=loan.gross,
            excess_fen=loan.excess_fen,
            principal_first_after_90d=row.loan.principal_first_after_90d,
        ),
    )


def _parts(one: PlanInstalment) -> Iterator[DuePart]:
    amounts = {
        "fee": one.fee_fen,
        "penalty": one.penalty_fen,
        "interest": one.old_interest_fen,
        "plan_interest": one.interest_fen,
        "principal": one.principal_fen,
    }
    for component, fen in amounts.items():
        if fen:
            yield DuePart(one.number, one.due_on, component, fen)


def _interest_from(contract: LoanTerms, terms: PlannedTerms) -> date | None:
    """In a deferral days run from the contract's last due date on or before the start."""
    if terms.kind != "deferral":
        return None
    past = [one.due_on for one in schedule(contract) if one.due_on <= terms.start_on]
    return past[-1] if past else contract.start_on
