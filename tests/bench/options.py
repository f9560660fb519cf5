"""The options of a borrower's answers, beside a bare loop over the same instalment counts."""

from datetime import date

from app.domain.arrears import arrears
from app.domain.calendar import add_months
from app.domain.kinds.options import plan_options
from app.domain.plan import OwedLoan, PlanRequest
from app.domain.policy import PlanFacts
from tests.bench.timing import Pair
from tests.domain.examples import CEILING, POLICY, make_terms

START = date(2026, 11, 23)
PERIODS = range(3, 37)
PPM = 1_000_000


def pair() -> Pair:
    terms = make_terms(principal_fen=3_000_000, annual_ppm=180_000, periods=24)
    owed = arrears(terms, paid=6, fee_fen=2_000, as_of=START, ceiling_ppm=CEILING)
    request = PlanRequest(
        monthly_fen=150_000,
        upfront_fen=50_000,
        surplus_fen=320_000,
        pay_day=10,
        start_on=START,
    )
    facts = PlanFacts()
    return Pair(
        "options with every instalment",
        ours=lambda: plan_options([OwedLoan("JJ1", terms, owed)], request, POLICY, facts).options,
        bare=lambda: [_spread(owed.principal_left_fen, periods) for periods in PERIODS],
    )


def _spread(principal: int, periods: int) -> list[tuple[date, int, int]]:
    """Equal instalments with whole numbers, dates and interest: the least that the options consist
    of.
    """
    monthly = 180_000
    over = (12 * PPM + monthly) ** periods
    under = (12 * PPM) ** periods
    instalment = principal * monthly * over // (12 * PPM * (over - under))
    rows, left = [], principal
    for number in range(1, periods + 1):
        interest = left * monthly // (12 * PPM)
        part = left if number == periods else instalment - interest
        rows.append((add_months(START, number), part, interest))
        left -= part
    return rows
