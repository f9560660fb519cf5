"""What a counter-offer stands on: the version it answers, the borrower's loans on its day, what was
told of income; and what a wish comes to. Never commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.affordability import Affordability, affordability_of
from app.domain.authority import AuthorityNeeded, authority_needed
from app.domain.concession import Concession, Contract, concession_of
from app.domain.errors import NotFound, RuleBroken
from app.domain.kinds.options import plan_options
from app.domain.kinds.starting_points import StartingPoint, starting_points
from app.domain.kinds.stating import contract_ppm_of
from app.domain.plan import OwedLoan, PlanOption, PlanRequest
from app.domain.plan_terms import PlannedTerms, loans_named, read_terms
from app.domain.policy import Policy
from app.domain.states import COUNTERABLE, state_on
from app.domain.terms_writing import terms_sha256, write_terms
from app.domain.texts import N_
from app.models import Plan, PlanVersion
from app.services.core.context import Context
from app.services.counters.wishes import CounterWish, request_of
from app.services.hardship.records import Hardship, open_hardship
from app.services.plans.contracts import contracts_in
from app.services.proposals.basis import OptionWithTerms, ProposalBasis, basis_for, basis_of_change

# A counter-offer is none of the choices that a borrower is offered.
CHOICE = "counter"


class NothingToCounter(RuleBroken):
    """Nothing is put in the place of a version that is answered, over, or given way."""

    code = "nothing_to_counter"
    message = N_("这个方案的状态已经变了，请刷新后再看")


@dataclass(frozen=True)
class CounterMade:
    """What a wish comes to: the plan with its terms, what it gives up, whose word it needs, and how
    it fits what was told of income; None where nothing was.
    """

    request: PlanRequest
    made: OptionWithTerms
    terms: PlannedTerms
    concession: Concession
    needed: AuthorityNeeded
    fit: Affordability | None


@dataclass(frozen=True)
class CounterBasis:
    """The version a counter-offer answers with all it stands on; `told` is what its borrower told,
    `terms` are the version's as they were submitted.
    """

    version: PlanVersion
    plan: Plan
    state: str
    terms: PlannedTerms
    proposal: ProposalBasis
    told: Hardship

    @property
    def policy(self) -> Policy:
        """Return the policy that is in force."""
        return self.proposal.policy

    @property
    def debts(self) -> Mapping[str, OwedLoan]:
        """Return the loans as a plan takes them, by public id."""
        return self.proposal.debts

    @property
    def contract_rates(self) -> dict[str, int]:
        """Return the plan rates of the contracts by the loans' public ids, in ppm a year."""
        return {name: contract_ppm_of(one, self.policy) for name, one in self.debts.items()}

    def counter(self, wish: CounterWish, contracts: Mapping[str, Contract]) -> CounterMade:
        """Compute what a wish comes to today.

        Raises: a RuleBroken that says what the rules refuse.
        Source: rules part 1, a version's start; default policy, authority.
        """
        debts = list(self.debts.values())
        request = request_of(
            wish,
            debts,
            policy=self.policy,
            start_on=self.proposal.today,
            surplus_fen=self.told.surplus_fen,
        )
        option = plan_options(debts, request, self.policy, self.proposal.facts).options[0]
        made = self._written(option, request)
        terms = read_terms(made.terms)
        given = concession_of(terms, contracts=contracts, policy=self.policy)
        needed = authority_needed(given, periods=terms.periods, policy=self.policy)
        return CounterMade(request, made, terms, given, needed, self.fit(terms.highest_fen))

    def fit(self, highest_fen: int) -> Affordability | None:
        """Return how a highest instalment fits what was told; None where nothing was."""
        return fit_of(self.policy, self.told, highest_fen)

    def starting_points(self) -> tuple[StartingPoint, ...]:
        """Return the counter-offers computed beforehand."""
        asked = self.terms.asked
        request = PlanRequest(
            monthly_fen=asked.monthly_fen,
            upfront_fen=asked.upfront_fen,
            surplus_fen=self.told.surplus_fen,
            pay_day=self.terms.pay_day,
            start_on=self.proposal.today,
            pay_on=None,
            kind=self.proposal.kind,
            months=asked.months,
            way=asked.way or "later",
            sum_fen=asked.sum_fen,
        )
        return starting_points(
            list(self.debts.values()),
            request,
            self.policy,
            self.proposal.facts,
            highest_fen=self.terms.highest_fen,
        )

    def _written(self, option: PlanOption, request: PlanRequest) -> OptionWithTerms:
        terms = write_terms(
            option,
            request=request,
            debts=dict(self.debts),
            choice=CHOICE,
            first_payment_days=self.policy.plans.first_payment_days,
            policy_version=self.proposal.policy_version,
            replaces=self.proposal.replaces,
        )
        return OptionWithTerms(option, terms, terms_sha256(terms))


def fit_of(policy: Policy, told: Hardship, highest_fen: int) -> Affordability | None:
    """Return how a highest instalment fits what was told of income and essential spending; None
    where nothing was.
    """
    budget = told.budget
    if budget is None or budget.income_fen is None or budget.essential_fen is None:
        return None
    income, essential = budget.income_fen, budget.essential_fen
    return affordability_of(
        policy, income_fen=income, essential_fen=essential, plan_fen=highest_fen
    )


def counter_basis(session: Session, context: Context, *, version_public_id: str) -> CounterBasis:
    """Load what a counter-offer to a version stands on.

    Raises: NotFound; NothingToCounter for a version that nothing is put in the place of.
    """
    query = (
        select(PlanVersion, Plan)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .where(PlanVersion.public_id == version_public_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    version, plan = found
    loan = loans_named(version.terms)[0]
    state = state_on(version.state, valid_until_at=version.valid_until_at, today=context.today)
    if state not in COUNTERABLE:
        raise NothingToCounter
    basis = basis_for(session, context, borrower_id=plan.borrower_id, loan_public_id=loan)
    told = open_hardship(
        version.hardship_enc, vault=context.vault, table="plan_versions", row=version.public_id
    )
    return CounterBasis(
        version,
        plan,
        state,
        read_terms(version.terms),
        basis_of_change(session, basis=basis),
        told or Hardship(),
    )


def counter_of(session: Session, *, basis: CounterBasis, wish: CounterWish) -> CounterMade:
    """Compute what a wish comes to on a basis.

    Raises: as CounterBasis.counter.
    """
    return basis.counter(wish, contracts_in(session, each=[basis.terms]))
