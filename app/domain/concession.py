"""What a plan costs the lender: what is waived, and the interest a lower rate gives up."""

from dataclasses import dataclass
from datetime import date

from app.domain.plan_maker import spread_principal
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


def concession_of(terms: PlannedTerms, *, contract_ppm: int, day_basis: int) -> Concession:
    """Return what a plan gives up: its waiver, and its interest below what the contract's rate
    would bring over the same instalments on the same dates.

    Units:  fen; `terms` as they were submitted, their dates not moved; contract_ppm is already
            under the ceiling.
    Source: rules part 1, what is waived and the interest below the contract's rate.
    """
    # Only policy waives today: a person's own waiver has no place in the terms yet.
    given_up = 0
    if terms.kind != "settlement" and terms.annual_ppm < contract_ppm:
        principal = sum(one.principal_fen for one in terms.instalments)
        full = _interest_fen(
            principal,
            contract_ppm,
            periods=terms.periods,
            first=(terms.start_on, terms.first_on),
            day_basis=day_basis,
        )
        # Where rounding makes a rate close to the contract's dearer by a fen nothing is given up.
        given_up = max(0, full - terms.plan_interest_fen)

    return Concession(terms.waived_fen, terms.waived_fen, given_up)


def _interest_fen(
    principal_fen: int, annual_ppm: int, *, periods: int, first: tuple[date, date], day_basis: int
) -> int:
    try:
        rows = spread_principal(
            principal_fen,
            annual_ppm,
            periods,
            first_days=(first[1] - first[0]).days,
            day_basis=day_basis,
        )
    except ScheduleImpossible:
        # So little principal that no schedule of whole fen exists at this rate, though it does at
        # the lower one: the exact annuity, rounded once, says what it would have brought.
        return equal_instalment_fen(principal_fen * periods, annual_ppm, periods) - principal_fen
    return sum(interest for _principal, interest in rows)
