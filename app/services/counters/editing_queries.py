"""What staff change a version's numbers from, and what the changed numbers mean. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.domain.affordability import Affordability
from app.domain.allocation import Components
from app.domain.authority import AuthorityNeeded, Level, authority_needed
from app.domain.calendar import PayDay, pay_dates
from app.domain.concession import Concession, concession_of
from app.domain.kinds.stating import MOST_PUT_OFF
from app.domain.money import Rate
from app.domain.offer_days import offer_dates
from app.domain.plan import days_to_choose, summed
from app.domain.plan_terms import PlannedTerms, read_terms
from app.domain.policy import Policy
from app.services.borrowers.desk_queries import BorrowerRow, who_is
from app.services.core.context import Context
from app.services.counters.basis import CounterBasis, CounterMade, counter_basis, counter_of
from app.services.counters.wishes import CounterWish, wish_in, wish_of
from app.services.plans.contracts import contracts_in
from app.services.plans.version_queries import next_number


@dataclass(frozen=True)
class PlannedLoanRow:
    """A loan of the plan: its rate by contract and in the version, in ppm a year."""

    tail: str
    contract_ppm: int
    plan_ppm: Rate


@dataclass(frozen=True)
class NearRow:
    """A counter-offer computed beforehand."""

    wish: CounterWish
    highest_fen: int
    periods: int
    ends_on: date
    concession: Concession
    level: Level


@dataclass(frozen=True)
class Meaning:
    """What terms mean: to the borrower and to the lender, whose word they need."""

    terms: PlannedTerms
    concession: Concession
    needed: AuthorityNeeded
    fit: Affordability | None
    valid_until_on: date


@dataclass(frozen=True)
class CounterEdit:
    """The version that is answered, with what its numbers are changed from.

    `owed` is what can be waived at most; `first_days` are the days the first instalment may fall
    on, the nearest first; `pay_on` those of one payment.
    """

    version_public_id: str
    number: str
    version_number: int
    next_number: int
    state: str
    who: BorrowerRow
    theirs: Meaning
    wish: CounterWish
    loans: tuple[PlannedLoanRow, ...]
    owed: Components
    near: tuple[NearRow, ...]
    pay_on: tuple[date, ...]
    policy: Policy

    def first_days(self, pay_day: PayDay | None, today: date) -> tuple[date, ...]:
        """Return the days on which the first instalment may fall."""
        if pay_day is None:
            return ()
        return pay_dates(today, pay_day, MOST_PUT_OFF + 1, self.policy.plans.lead_days)


def counter_edit(session: Session, context: Context, *, version_public_id: str) -> CounterEdit:
    """Return what a counter-offer to a version is written from.

    Raises: NotFound; NothingToCounter for a version that nothing is put in the place of.
    """
    basis = counter_basis(session, context, version_public_id=version_public_id)
    rates, policy = basis.contract_rates, basis.policy
    return CounterEdit(
        version_public_id=version_public_id,
        number=basis.plan.number,
        version_number=basis.version.number,
        next_number=next_number(session, plan_id=basis.plan.id),
        state=basis.state,
        who=who_is(session, context, borrower_id=basis.plan.borrower_id),
        theirs=_theirs(session, basis),
        wish=wish_of(basis.terms, rates, policy=policy),
        loans=tuple(
            PlannedLoanRow(
                basis.debts[one.public_id].ref[-4:], rates[one.public_id], one.annual_ppm
            )
            for one in basis.terms.loans
        ),
        owed=summed(one.owed.net for one in basis.debts.values()),
        near=_near(basis),
        pay_on=days_to_choose(policy, basis.proposal.today),
        policy=policy,
    )


def counter_meaning(
    session: Session, context: Context, *, version_public_id: str, wish: CounterWish
) -> Meaning:
    """Return what the changed numbers mean today.

    Raises: NotFound, NothingToCounter, and what the rules refuse of the terms.
    """
    basis = counter_basis(session, context, version_public_id=version_public_id)
    return meaning_of(counter_of(session, basis=basis, wish=wish), basis)


def meaning_of(counter: CounterMade, basis: CounterBasis) -> Meaning:
    """Return what a computed counter-offer means."""
    dates = offer_dates(counter.terms, policy=basis.policy, today=basis.proposal.today)
    return Meaning(
        counter.terms, counter.concession, counter.needed, counter.fit, dates.valid_until_on
    )


def _theirs(session: Session, basis: CounterBasis) -> Meaning:
    terms = read_terms(basis.version.terms)
    contracts = contracts_in(session, each=[terms])
    given = concession_of(terms, contracts=contracts, policy=basis.policy)
    needed = authority_needed(given, periods=terms.periods, policy=basis.policy)
    dates = offer_dates(terms, policy=basis.policy, today=basis.proposal.today)
    return Meaning(terms, given, needed, basis.fit(terms.highest_fen), dates.valid_until_on)


def _near(basis: CounterBasis) -> tuple[NearRow, ...]:
    by_ref: Mapping[str, int] = {
        one.ref: basis.contract_rates[name] for name, one in basis.debts.items()
    }
    return tuple(
        NearRow(
            wish_in(one.request, by_ref),
            one.option.highest_fen,
            one.option.periods,
            one.option.ends_on,
            one.concession,
            one.level,
        )
        for one in basis.starting_points()
    )
