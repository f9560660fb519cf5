"""The calculator of a signed plan on the command line."""

import json

import pytest

PLAN = {
    "number": "AH-00318",
    "kind": "reamortise",
    "start_on": "2026-01-07",
    "signed_on": "2026-01-07",
    "order": "oldest_instalment_first",
    "grace_days": 3,
    "missed_before_notice": 2,
    "cure_days": 10,
    "holidays": [],
    "workdays": [],
    "loans": [
        {
            "ref": "L1",
            "annual_ppm": 0,
            "day_basis": 360,
            "parts": [
                {"number": 1, "due_on": "2026-01-21", "component": "principal", "fen": 40_000},
                {"number": 2, "due_on": "2026-02-23", "component": "principal", "fen": 40_000},
            ],
            "waivers": [{"component": "penalty", "fen": 500, "condition": "kept"}],
        }
    ],
}
PAID = {
    "number": 7,
    "paid_on": "2026-01-21",
    "arrived_on": "2026-01-22",
    "posted_at": "2026-01-22T09:00:00+08:00",
    "fen": 50_000,
}

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


@pytest.fixture
def written(tmp_path):
    def write(**changes):
        path = tmp_path / "account.json"
        account = {"plan": PLAN, "date_changes": [], "notices": [], "payments": [PAID]} | changes
        path.write_text(json.dumps(account), encoding="utf-8")
        return str(path)

    return write


def test_an_account_file_is_told_whole(answer, written):
    status, told = answer("standing", written(), "--as-of", "2026-01-21")
    assert status == 0
    assert told == {
        "state": "active",
        "due_fen": 0,
        "next": {"due_on": "2026-02-23", "amount_fen": 30_000},
        "left_fen": 30_000,
        "ahead_fen": 10_000,
        "credit_fen": 0,
        "missed": 0,
        "notice_on": None,
        "cure_until": None,
        "payoff_fen": 30_000,
        "waived_fen": 0,
        "released_fen": 0,
        "instalments": [
            {
                "ref": "L1",
                "number": 1,
                "due_on": "2026-01-21",
                "amount_fen": 40_000,
                "paid_fen": 40_000,
                "state": "paid",
            },
            {
                "ref": "L1",
                "number": 2,
                "due_on": "2026-02-23",
                "amount_fen": 40_000,
                "paid_fen": 10_000,
                "state": "part",
            },
        ],
        "payments": [
            {
                "number": 7,
                "covered": [{"ref": "L1", "number": 1, "component": "principal", "fen": 40_000}],
                "credit_fen": 0,
            }
        ],
    }


def test_what_was_posted_later_is_left_out(answer, written):
    known = ("--known-at", "2026-01-22T08:59:59+08:00")
    _status, told = answer("standing", written(), "--as-of", "2026-01-22", *known)
    assert (told["due_fen"], told["payments"]) == (40_000, [])


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"plan": PLAN | {"order": "newest_first"}}, "plan.order"),
        ({"plan": PLAN | {"start_on": "7.1.2026"}}, "plan.start_on"),
        ({"plan": PLAN | {"loans": []}}, "plan.loans"),
        ({"payments": [PAID | {"fen": 0}]}, "payments[0].fen"),
        ({"payments": [PAID | {"fen": 1.5}]}, "payments[0].fen"),
        ({"payments": [PAID | {"posted_at": "2026-01-22T09:00:00"}]}, "payments[0].posted_at"),
        ({"payments": [PAID | {"paid_on": "2026-01-23"}]}, "payments[0].paid_on"),
        ({"payments": [PAID, PAID]}, "payments"),
        ({"payments": [PAID, PAID | {"number": 8, "reverses": 9}]}, "payments"),
        ({"payments": "none"}, "payments"),
        ({"plan": None}, "plan"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(answer, written, changes, place):
    status, told = answer("standing", written(**changes), "--as-of", "2026-01-21")
    assert (status, told["error"]) == (1, "account_unreadable")
    assert f"账目文件的 {place} 不对" in told["message"]


def test_a_file_that_is_no_json_is_refused_in_words(answer, tmp_path):
    path = tmp_path / "broken.json"
    path.write_bytes(b"\xff\xfe{")
    status, told = answer("standing", str(path), "--as-of", "2026-01-21")
    assert (status, told["error"]) == (1, "account_unreadable")
