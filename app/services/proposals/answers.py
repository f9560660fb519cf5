"""What a borrower answered on the way to a plan."""

from dataclasses import dataclass
from datetime import date

from app.domain.calendar import PayDay
from app.domain.plan import DeferralWay, PlanKind


@dataclass(frozen=True)
class Answers:
    """What the borrower said; None where a question is still open.

    Units: fen; surplus_fen comes from what was told in confidence and is never stored with the
           answers. `loans` are public ids; pay_on is the day chosen for a settlement, sum_fen an
           own sum for it; low_fen and low_months are of a step-up, months and way of a deferral;
           is_income_done says that income was told or left out on purpose.
    """

    upfront_fen: int | None = None
    monthly_fen: int | None = None
    pay_day: PayDay | None = None
    choice: str | None = None
    pay_on: date | None = None
    is_income_done: bool | None = None
    surplus_fen: int | None = None
    kind: PlanKind | None = None
    loans: tuple[str, ...] | None = None
    periods: int | None = None
    low_fen: int | None = None
    low_months: int | None = None
    months: int | None = None
    way: DeferralWay | None = None
    sum_fen: int | None = None
