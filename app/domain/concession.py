"""What a plan costs the lender: what is waived, and the interest a lower rate gives up."""

from dataclasses import dataclass

from app.domain.kinds.spreading import Bearing, spread_principal
from app.domain.plan_terms import PlannedTerms
from app.domain.schedule import ScheduleImpossible, equal_instalment_fen


@dataclass(frozen=True)
class Concession:
    """What the lender gives up where a plan is kept to its end.

    `by_policy_fen` is the part of the waiver that policy grants by itself: it is in the sum and
    uses nobody's authority.
    Units: fen.
    """

    waived_fen: int
    by_policy_fen: int
    interest_fen: int

    @property
    def total_fen(self) -> int:
        """Return the one sum, in fen."""
        return self.waived_fen + self.interest_fen

    @property
    def by_person_fen(self) -> int:
        """Return what somebody has to have the authority for, in fen."""
        return self.total_fen - self.by_policy_fen


def concession_of(
    terms: PlannedTerms, *, contract_ppm: int, day_basis: int, ceiling_ppm: int
) -> Concession:
    """Return what a plan gives up: its waiver, and its interest below what the contract's rate
    would bring over the same instalments on the same dates.

    Units:  fen; `terms` as they were submitted, their dates not moved; ppm a year, a contract above
            the ceiling counts at the ceiling.
    Source: rules part 1, what is waived and the interest below the contract's rate.
    """
    # Only policy waives today: a person's own waiver has no place in the terms yet.
    given_up = 0
    rate = min(contract_ppm, ceiling_ppm)
    if terms.kind != "settlement" and terms.annual_ppm < rate:
        principal = sum(one.principal_fen for one in terms.instalments)
        first_days = (terms.first_on - terms.start_on).days
        bearing = Bearing(rate, first_days, day_basis, rate == ceiling_ppm)
        full = _interest_fen(principal, terms.periods, bearing)
        # Where rounding makes a rate close to the contract's dearer by a fen nothing is given up.
        given_up = max(0, full - terms.plan_interest_fen)

    return Concession(terms.waived_fen, terms.waived_fen, given_up)


def _interest_fen(principal_fen: int, periods: int, bearing: Bearing) -> int:
    try:
        rows = spread_principal(principal_fen, periods, bearing)
    except ScheduleImpossible:
        # So little principal that no schedule of whole fen exists at this rate, though it does at
        # the lower one: the exact annuity, rounded once, says what it would have brought.
        whole = equal_instalment_fen(principal_fen * periods, bearing.rate, periods)
        return whole - principal_fen
    return sum(interest for _principal, interest in rows)
