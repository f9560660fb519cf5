"""Questions about plans at random, as plain data: loans of every method, kind and age."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from app.domain.calendar import add_months

Question = dict[str, Any]
KINDS = ("reamortise", "step_up", "deferral", "catch_up", "settlement")
RATES = (0, 120_000, 156_000, 182_525, 239_999, 240_000, 300_000)
FIRST_DAY = date(2026, 1, 1)


def question(kind: str, rng: random.Random) -> Question:
    """One question of a kind; many are refused, each for a reason of its own."""
    start = FIRST_DAY + timedelta(days=rng.randint(0, 400))
    count = 1 if kind in {"deferral", "catch_up"} else rng.choice([1, 1, 2, 3, 5])
    loans = [_loan(f"J{rng.randint(0, 999):03}{place}", kind, start, rng) for place in range(count)]
    asked = {"kind": kind, "loans": loans, "as_of": start.isoformat()}
    total = sum(one["principal_fen"] for one in loans)
    return asked | INPUTS[kind](start, total, rng)


def _loan(ref: str, kind: str, start: date, rng: random.Random) -> Question:
    periods = rng.choice([1, 2, 3, 6, 12, 12, 24, 24, 36, 60])
    age = rng.randint(1, periods + 3)
    # Before anything is overdue for a deferral, some instalments behind for the others.
    behind = rng.choice([0, 0, 0, 1]) if kind == "deferral" else rng.choice([0, 1, 1, 2, 2, 3, 5])
    sizes = [(100, 50_000), (20_000, 500_000), (100_000, 10_000_000)]
    return {
        "ref": ref,
        "principal_fen": rng.randint(*rng.choice(sizes)),
        "annual_ppm": rng.choice([*RATES, rng.randint(1, 360_000)]),
        "uplift_ppm": rng.choice([0, 300_000, 500_000]),
        "day_basis": rng.choice([360, 365]),
        "method": rng.choice(["equal_instalment", "equal_principal", "interest_first"]),
        "periods": periods,
        "paid": max(0, min(periods - 1, age - 1 - behind)),
        "start_on": add_months(start, -age, rng.randint(1, 31)).isoformat(),
        "fee_fen": rng.choice([0, 0, 0, 150, 9_900]),
    }


def _spread(start: date, total: int, rng: random.Random) -> Question:
    asked: Question = {"pay_day": rng.choice([1, 10, 15, 28, "last"])}
    return asked | _amounts(total, rng, rng.randint(2, 62)) | _surplus(total, rng)


def _step_up(start: date, total: int, rng: random.Random) -> Question:
    asked = _spread(start, total, rng)
    each = asked.get("monthly") or total // asked["periods"]
    low = max(100, each * rng.choice([2, 4, 5, 7, 9]) // 10)
    return asked | {"low": low, "low_months": rng.choice([1, 2, 3, 6, 12, 13])}


def _deferral(start: date, total: int, rng: random.Random) -> Question:
    return {"months": rng.randint(0, 7), "way": rng.choice(["later", "monthly"])}


def _catch_up(start: date, total: int, rng: random.Random) -> Question:
    return _amounts(total, rng, rng.randint(1, 13))


def _settlement(start: date, total: int, rng: random.Random) -> Question:
    asked: Question = {"pay_on": (start + timedelta(days=rng.randint(-1, 32))).isoformat()}
    sums = [None, 9_999, 10_000, total // 2, total - 1, total + 500]
    chosen = rng.choice(sums)
    return asked if chosen is None else asked | {"sum": chosen}


def _amounts(total: int, rng: random.Random, periods: int) -> Question:
    monthly = max(1, total // rng.choice([2, 3, 5, 8, 12, 20, 30, 45, 60, 80]))
    asked = rng.choice([{"periods": periods}, {"monthly": monthly}, {"monthly": monthly}])
    first = rng.choice([0, 0, 100, 5_000, total // 10, total // 2])
    return asked | ({"upfront": first} if first else {})


def _surplus(total: int, rng: random.Random) -> Question:
    return rng.choice([{}, {}, {"surplus": rng.randint(-1_000, total // 3)}])


INPUTS: dict[str, Callable[[date, int, random.Random], Question]] = {
    "reamortise": _spread,
    "step_up": _step_up,
    "deferral": _deferral,
    "catch_up": _catch_up,
    "settlement": _settlement,
}
