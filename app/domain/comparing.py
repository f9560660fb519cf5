"""Two plans beside each other, and what differs. Pure."""

from typing import NamedTuple

from app.domain.plan_terms import PlannedTerms

MONTHS_A_YEAR = 12


class Compared(NamedTuple):
    """How another plan differs from one: each more is a plus, less a minus, zero the same.

    Units: fen; months.
    """

    usual_fen: int
    highest_fen: int
    first_payment_fen: int
    periods: int
    months_longer: int
    plan_interest_fen: int
    waived_fen: int
    total_fen: int

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not any(self)


def compared(one: PlannedTerms, other: PlannedTerms) -> Compared:
    """Return how the other plan differs from the one."""
    return Compared(
        usual_fen=other.usual_fen - one.usual_fen,
        highest_fen=other.highest_fen - one.highest_fen,
        first_payment_fen=_first_fen(other) - _first_fen(one),
        periods=other.periods - one.periods,
        months_longer=_month(other) - _month(one),
        plan_interest_fen=other.plan_interest_fen - one.plan_interest_fen,
        waived_fen=other.waived_fen - one.waived_fen,
        total_fen=other.total_fen - one.total_fen,
    )


def _first_fen(terms: PlannedTerms) -> int:
    return terms.first_payment.amount_fen if terms.first_payment else 0


def _month(terms: PlannedTerms) -> int:
    return terms.ends_on.year * MONTHS_A_YEAR + terms.ends_on.month
