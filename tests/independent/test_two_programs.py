"""The product's calculator and the independent program agree on accounts that nobody made up."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.cli.standing import values_of
from app.domain.calendar import add_months
from app.domain.keeping.reading import read_account
from app.domain.keeping.remaining import NothingRemains
from app.domain.keeping.standing import known_at, standing
from app.domain.keeping.writing import account_file
from app.domain.loan import Method
from app.domain.schedule import amortise
from tests.domain.keeping.accounts import paid
from tests.domain.keeping.successors import changed, with_money
from tests.independent.test_account import ACCOUNTS, CASES, account_of, named

START = date(2027, 1, 13)
# Working days of its own, so that dates move.
OFF = [(date(2027, 2, 5) + timedelta(days=n)).isoformat() for n in range(7)]
ON = ["2027-02-14", "2027-03-20"]


@pytest.fixture(scope="module")
def stranger():
    """The independent program, with its own folder on the path."""
    import sys

    sys.path.insert(0, str(Path(__file__).parent))
    from account import Account

    yield lambda file, as_of, known=None: Account(file, as_of, known).standing()
    sys.path.remove(str(Path(__file__).parent))


@st.composite
def pauses(draw: st.DrawFn) -> list[dict]:
    """Days on which another plan was proposed after a break."""
    begins = START + timedelta(days=draw(st.integers(30, 160)))
    until = begins + timedelta(days=draw(st.integers(0, 40)))
    one = {"from_on": begins.isoformat(), "until_on": until.isoformat()}
    return draw(st.sampled_from([[], [one]]))


@st.composite
def contracts(draw: st.DrawFn) -> dict:
    """A contract with two instalments overdue at the start."""
    periods = draw(st.integers(6, 14))
    principal = draw(st.integers(60_000, 400_000))
    return {
        "principal_fen": principal,
        "annual_ppm": draw(st.sampled_from([0, 120_000, 182_500, 239_999, 320_000])),
        "uplift_ppm": draw(st.sampled_from([0, 500_000])),
        "method": draw(st.sampled_from(["equal_instalment", "equal_principal", "interest_first"])),
        "periods": periods,
        "paid": 3,
        "start_on": draw(st.sampled_from(["2026-08-08", "2026-07-31", "2026-08-30"])),
        "principal_first_after_90d": draw(st.booleans()),
        "gross": {
            "fee": draw(st.integers(0, 900)),
            "penalty": draw(st.integers(0, 900)),
            "interest": draw(st.integers(0, 9_000)),
            "principal": principal,
        },
        "excess_fen": draw(st.sampled_from([0, 0, 300])),
        **draw(st.sampled_from([{}, {}, {"due_day": 31}, {"due_day": 5, "interest_only": 2}])),
    }


@st.composite
def loans(draw: st.DrawFn, place: int, numbers: int, has_first: bool) -> dict:
    """One loan's share of a plan of so many instalments."""
    annual = draw(st.sampled_from([0, 120_000, 180_000, 237_251]))
    principal = draw(st.integers(3_000, 90_000)) * numbers
    rows = amortise(principal, annual, numbers, Method.EQUAL_INSTALMENT)
    parts = []
    if has_first:
        parts.append(_part(0, START + timedelta(days=3), "principal", draw(st.integers(1, 9_000))))
    for number, (fen, interest, _balance) in enumerate(rows, 1):
        due_on = add_months(date(2027, 2, 6), number - 1)
        for name in ("fee", "penalty", "interest"):
            parts.append(_part(number, due_on, name, draw(st.integers(0, 400))))
        parts.append(_part(number, due_on, "plan_interest", interest))
        parts.append(_part(number, due_on, "principal", fen))
    return {
        "ref": f"L{place}",
        "annual_ppm": annual,
        "day_basis": draw(st.sampled_from([360, 365])),
        "parts": [one for one in parts if one["fen"]],
        "waivers": [{"component": "penalty", "fen": 77, "condition": "kept"}],
        "pauses": draw(pauses()),
        "contract": draw(contracts()),
    }


def _part(number: int, due_on: date, component: str, fen: int) -> dict:
    return {"number": number, "due_on": due_on.isoformat(), "component": component, "fen": fen}


DAYS = st.integers(0, 200).map(lambda days: START + timedelta(days=days))


@st.composite
def deferred(draw: st.DrawFn) -> dict:
    """A loan that was put off: its own interest is earned day by day too."""
    numbers, months = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    annual, principal = (
        draw(st.sampled_from([0, 120_000, 182_500])),
        draw(st.integers(9_000, 90_000)),
    )
    monthly = draw(st.booleans())
    parts, left = [], principal * numbers
    for number in range(1, numbers + 1 + (months if monthly else 0)):
        later = number if not monthly else number - months
        due_on = add_months(date(2027, 1, 30), number + (0 if monthly else months))
        interest = left * annual // 12_000_000
        if later < 1:
            parts.append(_part(number, due_on, "plan_interest", interest))
            continue
        parts.append(_part(number, due_on, "interest", interest))
        if not monthly:
            parts.append(
                _part(number, due_on, "plan_interest", principal * annual * months // 12_000_000)
            )
        parts.append(_part(number, due_on, "principal", principal))
        left -= principal
    parts.append(_part(1, date.fromisoformat(parts[0]["due_on"]), "fee", draw(st.integers(0, 300))))
    contract = draw(contracts()) | {"start_on": "2026-08-30", "excess_fen": 0}
    return {
        "ref": "L0",
        "annual_ppm": annual,
        "day_basis": draw(st.sampled_from([360, 365])),
        "interest_from": draw(st.sampled_from(["2026-12-30", "2027-01-13"])),
        "parts": [one for one in parts if one["fen"]],
        "contract": contract,
    }


@st.composite
def caught_up(draw: st.DrawFn) -> dict:
    """A loan whose arrears are spread beside its regular instalments."""
    numbers = draw(st.integers(2, 4))
    parts, regular = [], []
    for number in range(1, numbers + 3):
        due_on = add_months(date(2027, 2, 8), number - 1)
        if number <= numbers:
            for name in ("fee", "penalty", "interest"):
                parts.append(_part(number, due_on, name, draw(st.integers(0, 300))))
            parts.append(_part(number, due_on, "principal", draw(st.integers(1_000, 9_000))))
        regular.append(_part(number + 5, due_on, "interest", draw(st.integers(0, 900))))
        regular.append(_part(number + 5, due_on, "principal", draw(st.integers(1_000, 9_000))))
    return {
        "ref": "L0",
        "annual_ppm": 182_500,
        "day_basis": 360,
        "parts": [one for one in parts if one["fen"]],
        "regular": [one for one in regular if one["fen"]],
        "waivers": [{"component": "penalty", "fen": 77, "condition": "kept"}],
        "pauses": draw(pauses()),
        "contract": draw(contracts()),
    }


@st.composite
def settled(draw: st.DrawFn) -> dict:
    """A loan paid by one sum on a day."""
    day = START + timedelta(days=draw(st.integers(0, 30)))
    parts = [_part(1, day, name, draw(st.integers(0, 900))) for name in ("fee", "interest")]
    parts.append(_part(1, day, "principal", draw(st.integers(10_000, 90_000))))
    return {
        "ref": "L0",
        "annual_ppm": 0,
        "day_basis": 365,
        "parts": [one for one in parts if one["fen"]],
        "waivers": [{"component": "penalty", "fen": 900, "condition": "in_time"}],
        "pauses": draw(pauses()),
        "contract": draw(contracts()),
    }


@st.composite
def plans(draw: st.DrawFn) -> tuple[str, list[dict]]:
    """The kind of a plan and its loans."""
    kind = draw(st.sampled_from(["reamortise", "reamortise", "deferral", "catch_up", "settlement"]))
    if kind != "reamortise":
        one = {"deferral": deferred(), "catch_up": caught_up(), "settlement": settled()}[kind]
        return kind, [draw(one)]
    numbers, has_first = draw(st.integers(1, 4)), draw(st.booleans())
    count = draw(st.integers(1, 3))
    return kind, [draw(loans(place, numbers, has_first)) for place in range(count)]


@st.composite
def files(draw: st.DrawFn) -> dict:
    """An account file of any kind with payments, reversals, a changed date, notices on record."""
    kind, covered = draw(plans())
    old = draw(st.booleans()) and kind == "reamortise"
    plan = {
        "number": "AH-00001",
        "kind": kind,
        "start_on": START.isoformat(),
        "signed_on": START.isoformat(),
        "order": "components_first" if old else "oldest_instalment_first",
        "grace_days": 3,
        "missed_before_notice": 2,
        "cure_days": 10,
        "holidays": OFF,
        "workdays": ON,
        "loans": covered,
    }
    payments = []
    for number, (on, fen) in enumerate(
        draw(st.lists(st.tuples(DAYS, st.integers(1, 90_000)), max_size=7)), 1
    ):
        payments.append(_paid(number, on, fen))
    came = len(payments)
    for place in draw(st.sets(st.integers(0, 6), max_size=2)):
        if place < came:
            on = date.fromisoformat(payments[place]["paid_on"])
            on += timedelta(days=draw(st.integers(0, 25)))
            payments.append(_paid(100 + place, on, payments[place]["fen"], reverses=place + 1))
    return {
        "plan": plan,
        "date_changes": draw(changes(covered)),
        "notices": draw(notices()),
        "payments": payments,
        **draw(kept()),
    }


@st.composite
def kept(draw: st.DrawFn) -> dict:
    """What a plan that is really kept says besides; a file made by hand leaves it out."""
    if draw(st.booleans()):
        return {}
    covered = draw(st.one_of(st.none(), st.just(date.min), DAYS))
    return {
        "supposes_notices": draw(st.booleans()),
        "stopped": draw(st.lists(stops(), max_size=2)),
        "covered_until": covered and covered.isoformat(),
        "policy": {"version": 1, "ceiling_ppm": draw(st.sampled_from([180_000, 240_000]))},
    }


@st.composite
def stops(draw: st.DrawFn) -> dict:
    """Days on which a complaint about the money waited; without an end it still does."""
    begins = draw(DAYS)
    ends = draw(st.one_of(st.none(), st.integers(0, 20)))
    until = None if ends is None else (begins + timedelta(days=ends)).isoformat()
    return {"from_on": begins.isoformat(), "until_on": until}


@st.composite
def changes(draw: st.DrawFn, covered: list[dict]) -> list[dict]:
    """At most one date, moved by at most two weeks and never beyond the next."""
    dates = {one["number"]: one["due_on"] for one in covered[0]["parts"] if one["number"]}
    if draw(st.integers(0, 3)):
        return []
    number = draw(st.sampled_from(sorted(dates)))
    due_on = date.fromisoformat(dates[number]) + timedelta(days=draw(st.integers(1, 14)))
    at = date.fromisoformat(dates[number]) - timedelta(days=draw(st.integers(1, 9)))
    return [
        {"number": number, "due_on": due_on.isoformat(), "at": f"{at.isoformat()}T10:00:00+08:00"}
    ]


@st.composite
def notices(draw: st.DrawFn) -> list[dict]:
    """Nothing on record, or a notice, and a break that may rest on it."""
    if draw(st.booleans()):
        return []
    sent = START + timedelta(days=draw(st.integers(20, 120)))
    received = sent + timedelta(days=draw(st.integers(0, 5)))
    back = sent + timedelta(days=draw(st.integers(0, 30)))
    notice = {
        "kind": "notice",
        "sent_on": sent.isoformat(),
        "received_on": received.isoformat() if draw(st.booleans()) else None,
        "taken_back_on": back.isoformat() if draw(st.integers(0, 4)) == 0 else None,
    }
    if draw(st.booleans()):
        return [notice]
    broken = received + timedelta(days=draw(st.integers(10, 25)))
    return [
        notice,
        {
            "kind": "break",
            "sent_on": broken.isoformat(),
            "received_on": None,
            "taken_back_on": None,
            "stands": draw(st.booleans()),
        },
    ]


def _paid(number: int, on: date, fen: int, reverses: int | None = None) -> dict:
    return {
        "number": number,
        "paid_on": on.isoformat(),
        "arrived_on": on.isoformat(),
        "posted_at": f"{on.isoformat()}T18:00:00+08:00",
        "fen": fen,
        "reverses": reverses,
    }


def told(file: dict, as_of: date, known: str | None = None) -> dict:
    account = read_account(file)
    if known:
        from datetime import datetime

        account = known_at(account, datetime.fromisoformat(known))
    return values_of(standing(account, as_of))


def same(ours: dict, theirs: dict) -> None:
    """Compare what both print; the order in which parts are listed tells nothing."""
    for found in (ours, theirs):
        for one in found["payments"] or []:
            one["covered"] = sorted(one["covered"], key=lambda part: sorted(part.items(), key=str))
        found["payments"] = sorted(
            (one for one in found["payments"] or [] if one["covered"] or one["credit_fen"]),
            key=lambda one: one["number"],
        )
        rows = [one for one in found["instalments"] or [] if one["amount_fen"]]
        found["instalments"] = sorted(rows, key=lambda one: (one["ref"], one["number"]))
    assert ours == theirs


@given(files(), DAYS)
@settings(max_examples=150, deadline=None)
def test_two_programs_tell_the_same(stranger, file, as_of):
    same(told(file, as_of), stranger(json.loads(json.dumps(file)), as_of))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_products_figures_are_those_worked_by_hand(case):
    path, when = case
    expected = json.loads(path.read_text("utf-8"))[when]
    as_of, _, known = when.partition(" known ")
    file = json.loads(account_of(path).read_text("utf-8"))
    got = told(file, date.fromisoformat(as_of), known or None)
    if "payments" in expected:
        wanted = [one for one in expected["payments"] if one["covered"] or one["credit_fen"]]
        got["payments"] = [one for one in got["payments"] if one["covered"] or one["credit_fen"]]
        expected = expected | {"payments": wanted}
    assert {key: got[key] for key in expected} == expected


def test_the_accounts_are_there():
    assert len(list(ACCOUNTS.glob("*.json"))) > 100


@st.composite
def changed_files(draw: st.DrawFn) -> tuple[dict, dict]:
    """The files of a plan that another took the place of, and of that one."""
    kept = read_account(draw(files()))
    start_on = START + timedelta(days=draw(st.integers(3, 120)))
    money = tuple(one for one in kept.money if one.paid_on <= start_on)
    came = {one.number for one in money}
    assume(all(one.reverses in came for one in money if one.reverses))
    try:
        old, new = changed(with_money(kept, *money), start_on, periods=draw(st.integers(1, 5)))
    except NothingRemains:
        assume(False)
    more = draw(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 90_000)), max_size=4))
    paid_since = [
        paid(500 + place, start_on + timedelta(days=days), fen)
        for place, (days, fen) in enumerate(more)
    ]
    return account_file(old), account_file(with_money(new, *paid_since))


@given(changed_files(), st.integers(0, 320))
@settings(max_examples=120, deadline=None)
def test_two_programs_tell_the_same_of_a_plan_that_was_changed(stranger, both, days):
    for file in both:
        since = (file.get("replaced") or file["plan"]).get("at") or file["plan"]["start_on"]
        as_of = date.fromisoformat(since[:10]) + timedelta(days=days)
        same(told(file, as_of), stranger(json.loads(json.dumps(file)), as_of))
