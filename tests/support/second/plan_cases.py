"""The questions of the worked examples: reamortise and step-up, one loan and several."""

from tests.support.second.cases import case, terms, year

THREE = terms()
LATE = year(annual_ppm=180_000, paid=2)
SECOND = year("B0", annual_ppm=240_000, paid=1, principal_fen=800_000, day_basis=365)
TINIER = terms("D1", principal_fen=384, periods=1, annual_ppm=150_000)
OVER = year("C1", annual_ppm=300_000, fee_fen=4_000)
TINY = terms("D1", principal_fen=535, periods=1, annual_ppm=150_000)  # too small for 36
ON = {"as_of": "2026-06-01", "pay_day": 20}
TEN = [year(f"T{number}", paid=number % 4, annual_ppm=120_000 + number) for number in range(10)]

REAMORTISE = [
    case("own-three", "reamortise", THREE, as_of="2026-04-01", pay_day=15, periods=3),
    case("zero-rate", "reamortise", THREE, as_of="2026-04-01", pay_day=15, periods=3, rate="zero"),
    case("half-rate", "reamortise", LATE, **ON, periods=12, rate="half"),
    case("choice-one", "reamortise", LATE, **ON, monthly=100_000),
    case("choice-surplus", "reamortise", LATE, **ON, monthly=100_000, surplus=300_001),
    case("choice-surplus-zero", "reamortise", LATE, **ON, monthly=100_000, surplus=0),
    case("choice-two", "reamortise", [LATE, SECOND], **ON, monthly=150_000),
    case("own-two", "reamortise", [LATE, SECOND], **ON, periods=6),
    case("own-ten", "reamortise", TEN, **ON, periods=3, upfront=1_000_003),
    case("own-at-ceiling", "reamortise", SECOND, **ON, periods=5),
    case("own-over-ceiling", "reamortise", OVER, **ON, periods=4),
    case("first-payment-two", "reamortise", [LATE, SECOND], **ON, periods=3, upfront=100_001),
    case("first-payment-fee", "reamortise", terms(fee_fen=900), **ON, periods=3, upfront=3_000),
    case("first-payment-too-much", "reamortise", THREE, **ON, monthly=20_000, upfront=100_000),
    case("first-payment-own", "reamortise", THREE, **ON, periods=4, upfront=70_000),
    case("first-payment-all", "reamortise", THREE, **ON, monthly=20_000, upfront=104_695),
    case("tiny-beside", "reamortise", [LATE, TINY], **ON, periods=36),
    case(
        "fewer-than-three",
        "reamortise",
        terms(principal_fen=25_000),
        as_of="2026-04-01",
        pay_day=15,
        monthly=15_000,
    ),
    case("one-or-two", "reamortise", terms(principal_fen=19_900), **ON, monthly=25_000),
    case("small-payoff", "reamortise", terms(principal_fen=18_000), **ON, monthly=25_000),
    case("least-refused", "reamortise", THREE, **ON, periods=11),
    case("sixty-too-long", "reamortise", LATE, as_of="2026-06-01", pay_day=7, periods=60),
    case("sixty-in-time", "reamortise", LATE, as_of="2026-06-01", pay_day=9, periods=60),
    case("none-fits-longer", "reamortise", LATE, **ON, monthly=36_000),
    case("none-fits-half", "reamortise", LATE, **ON, monthly=25_000),
    case("none-fits-zero", "reamortise", LATE, **ON, monthly=20_000),
    case("none-fits-at-all", "reamortise", LATE, **ON, monthly=17_000),
    case(
        "none-fits-few",
        "reamortise",
        terms(annual_ppm=240_000, principal_fen=95_000),
        **ON,
        monthly=10_300,
    ),
    case("pay-day-last", "reamortise", LATE, as_of="2027-01-24", pay_day="last", periods=3),
    case("first-in-a-week", "reamortise", LATE, as_of="2026-06-08", pay_day=15, periods=3),
    case("first-not-in-six", "reamortise", LATE, as_of="2026-06-09", pay_day=15, periods=3),
    case(
        "waiver-by-own-days",
        "reamortise",
        [year(paid=1, start_on="2026-01-15"), year("B2", paid=1, start_on="2026-01-16")],
        as_of="2026-04-14",
        pay_day=5,
        periods=3,
    ),
]

STEP_UPS = [
    case(
        "step-by-hand",
        "step_up",
        THREE,
        as_of="2026-04-01",
        pay_day=15,
        low=20_000,
        low_months=1,
        periods=3,
    ),
    case("step-own", "step_up", LATE, **ON, low=30_000, low_months=2, periods=6),
    case("step-choice", "step_up", LATE, **ON, low=30_000, low_months=6, monthly=90_000),
    case("step-two", "step_up", [LATE, SECOND], **ON, low=40_000, low_months=3, periods=8),
    case("step-tiny", "step_up", [LATE, TINIER], **ON, low=30_000, low_months=3, periods=36),
    case("step-low-is-interest", "step_up", LATE, **ON, low=10_000, low_months=2, periods=6),
    case("step-low-not-below", "step_up", LATE, **ON, low=100_000, low_months=6, periods=12),
    case("step-pays-off", "step_up", THREE, **ON, low=60_000, low_months=2, periods=4),
    case("step-none-fits", "step_up", LATE, **ON, low=30_000, low_months=12, monthly=35_000),
    case("step-m-not-above", "step_up", LATE, **ON, low=30_000, low_months=3, monthly=30_000),
    case("step-too-many-low", "step_up", LATE, **ON, low=30_000, low_months=4, periods=7),
]
