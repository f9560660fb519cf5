"""The questions of the worked examples: contracts, arrears, deferral, catch-up, settlement."""

from typing import Any

Terms = dict[str, Any]


def terms(ref: str = "A1", **other: Any) -> Terms:
    """¥1,000.00 at 12 % in three equal principals from 2026-01-15, with changes."""
    usual: Terms = {
        "ref": ref,
        "principal_fen": 100_000,
        "annual_ppm": 120_000,
        "uplift_ppm": 500_000,
        "day_basis": 360,
        "method": "equal_principal",
        "periods": 3,
        "paid": 0,
        "start_on": "2026-01-15",
    }
    return usual | other


def year(ref: str = "B1", **other: Any) -> Terms:
    """¥12,000.00 at 12 % in twelve equal instalments from 2026-01-15, with changes."""
    usual = {"principal_fen": 1_200_000, "method": "equal_instalment", "periods": 12}
    return terms(ref, **(usual | other))


def case(name: str, kind: str, loans: list[Terms] | Terms, **inputs: Any) -> Terms:
    """One question by name."""
    listed = loans if isinstance(loans, list) else [loans]
    return {"name": name, "kind": kind, "loans": listed, **inputs}


CONTRACTS = [
    case("schedule-equal-instalment", "schedule", year()),
    case("schedule-equal-instalment-24", "schedule", year(annual_ppm=180_000, periods=24)),
    case("schedule-rate-zero", "schedule", year(annual_ppm=0, periods=36)),
    case("schedule-equal-principal", "schedule", terms()),
    case("schedule-interest-first", "schedule", terms(method="interest_first")),
    case("schedule-interest-first-zero", "schedule", terms(method="interest_first", annual_ppm=0)),
    case("schedule-interest-only", "schedule", year(), interest_only=3),
    case("schedule-month-end", "schedule", terms(start_on="2026-01-31")),
    case("schedule-tie-half-up", "schedule", terms(principal_fen=50, periods=1)),
    case("schedule-too-small", "schedule", terms(principal_fen=3, periods=5)),
    case("arrears-plain", "arrears", terms(), as_of="2026-04-01"),
    case("arrears-due-today", "arrears", terms(), as_of="2026-03-15"),
    case("arrears-before-first", "arrears", terms(), as_of="2026-02-15"),
    case("arrears-all-past", "arrears", terms(), as_of="2026-07-20"),
    case("arrears-capped", "arrears", terms(annual_ppm=180_000, day_basis=365), as_of="2026-04-01"),
    case("arrears-over-ceiling", "arrears", terms(annual_ppm=300_000), as_of="2026-04-01"),
    case("arrears-fee-over", "arrears", terms(fee_fen=5_000), as_of="2026-04-01"),
    case(
        "arrears-excess-beyond-what-is-left",
        "arrears",
        terms(annual_ppm=480_000, paid=2, fee_fen=100),
        as_of="2026-03-20",
    ),
    case(
        "arrears-part-paid",
        "arrears",
        terms(part_paid_principal_fen=10_000, part_paid_interest_fen=1_000),
        as_of="2026-04-01",
    ),
    case("arrears-paid-ahead", "arrears", year(paid=5), as_of="2026-05-01"),
]

LATE = year(annual_ppm=180_000, paid=2)  # overdue since 2026-04-15
DEFERRALS = [
    case("deferral-later", "deferral", terms(paid=1), as_of="2026-03-01", months=2, way="later"),
    case(
        "deferral-monthly", "deferral", terms(paid=1), as_of="2026-03-01", months=2, way="monthly"
    ),
    case(
        "deferral-interest-first",
        "deferral",
        terms(method="interest_first", paid=1),
        as_of="2026-03-01",
        months=3,
        way="later",
    ),
    case("deferral-year", "deferral", year(paid=3), as_of="2026-05-04", months=6, way="later"),
    case(
        "deferral-year-monthly",
        "deferral",
        year(paid=3),
        as_of="2026-05-15",
        months=1,
        way="monthly",
    ),
    case(
        "deferral-part-paid",
        "deferral",
        terms(paid=1, part_paid_principal_fen=10_000, part_paid_interest_fen=667),
        as_of="2026-03-01",
        months=1,
        way="later",
    ),
    case(
        "deferral-at-the-ceiling",
        "deferral",
        terms(annual_ppm=240_000, paid=1, principal_fen=100_033),
        as_of="2026-03-01",
        months=1,
        way="later",
    ),
    case(
        "deferral-fee",
        "deferral",
        terms(paid=1, fee_fen=200),
        as_of="2026-03-01",
        months=1,
        way="monthly",
    ),
    case("deferral-too-long", "deferral", terms(paid=1), as_of="2026-03-01", months=4, way="later"),
    case("deferral-overdue", "deferral", terms(), as_of="2026-03-01", months=1, way="later"),
]

CATCH_UPS = [
    case("catch-up-amount", "catch_up", LATE, as_of="2026-06-01", monthly=200_000),
    case("catch-up-own", "catch_up", LATE, as_of="2026-06-01", periods=4, upfront=30_000),
    case("catch-up-none-fits", "catch_up", LATE, as_of="2026-06-01", monthly=100_000),
    case(
        "catch-up-interest-first",
        "catch_up",
        year(method="interest_first", periods=6, paid=1),
        as_of="2026-04-20",
        monthly=25_000,
    ),
    case(
        "catch-up-small-parts",
        "catch_up",
        year(method="interest_first", principal_fen=1_000_000, periods=24, paid=3),
        as_of="2026-05-20",
        monthly=20_000,
    ),
    case(
        "catch-up-over-ceiling", "catch_up", year(annual_ppm=360_000), as_of="2026-04-20", periods=3
    ),
    case("catch-up-too-late", "catch_up", LATE, as_of="2026-07-15", monthly=200_000),
    case(
        "catch-up-dates-too-near",
        "catch_up",
        year(paid=8, fee_fen=150),
        as_of="2026-11-09",
        periods=3,
    ),
]

SETTLEMENTS = [
    case("settlement-policy", "settlement", terms(), as_of="2026-04-01", pay_on="2026-04-20"),
    case(
        "settlement-own-sum",
        "settlement",
        terms(),
        as_of="2026-04-01",
        pay_on="2026-04-01",
        sum=100_000,
    ),
    case(
        "settlement-own-two",
        "settlement",
        [terms(), terms("A0", fee_fen=300)],
        as_of="2026-04-01",
        pay_on="2026-05-01",
        sum=190_001,
    ),
    case(
        "settlement-too-small",
        "settlement",
        terms(),
        as_of="2026-04-01",
        pay_on="2026-04-01",
        sum=9_999,
    ),
    case(
        "settlement-not-below",
        "settlement",
        terms(),
        as_of="2026-04-01",
        pay_on="2026-04-01",
        sum=101_856,
    ),
    case("settlement-too-late", "settlement", terms(), as_of="2026-04-01", pay_on="2026-05-02"),
]
