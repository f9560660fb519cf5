"""schedule and arrears."""

import json
import subprocess
import sys

import pytest

from tests.support.example_book import EXPECTED
from tests.support.source_rules import ROOT

LOANS = {one["ref"]: one for one in EXPECTED["loans"]}
DIFFERENT = {one["ref"] for one in EXPECTED["discrepancies"]}
START = ("--start", "2026-01-31")


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    ("principal", "annual", "periods", "level", "last", "total"),
    [
        ("12000", "0.12", 12, 106_619, 106_614, 1_279_423),
        ("12000", "18%", 24, 59_909, 59_907, 1_437_814),
        ("12000", "24", 60, 34_522, 34_481, 2_071_279),
        ("12000", "0", 36, 33_333, 33_345, 1_200_000),
        ("10,000.01", "0", 3, 333_334, 333_333, 1_000_001),
    ],
)
def test_schedules_of_the_rule_book(answer, principal, annual, periods, level, last, total):
    words = (
        "--principal",
        principal,
        "--annual",
        annual,
        "--periods",
        periods,
        "--method",
        "equal_instalment",
    )
    status, told = answer("schedule", *words, *START)
    assert status == 0
    amounts = [one["total_fen"] for one in told["instalments"]]
    assert (len(amounts), amounts[0], amounts[-1], sum(amounts)) == (periods, level, last, total)
    assert told["instalments"][0]["due_on"] == "2026-02-28"
    assert told["total_interest_fen"] == total - sum(
        one["principal_fen"] for one in told["instalments"]
    )
    assert set(told["instalments"][0]) == {
        "number",
        "due_on",
        "principal_fen",
        "interest_fen",
        "total_fen",
    }


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_schedule_with_interest_only_and_its_irr(answer):
    words = (
        "--principal",
        12_000,
        "--annual",
        "18.25%",
        "--periods",
        12,
        "--method",
        "equal_principal",
        *START,
    )
    _, told = answer("schedule", *words, "--interest-only", 3)
    assert [one["principal_fen"] for one in told["instalments"][:4]] == [0, 0, 0, 133_333]
    assert told["annual_rate_irr"] == "0.1825"


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("start", ["9990-01-31", "0202-01-31"])
def test_a_year_far_from_ours_is_wrong_usage(run, start):
    words = (
        "--principal",
        12_000,
        "--annual",
        "18%",
        "--periods",
        600,
        "--method",
        "equal_principal",
    )
    status, told, aside = run("schedule", *words, "--start", start, "--json")
    assert (status, told) == (2, "")
    assert f"{start} 不是日期" in aside


def test_a_reference_in_bytes_that_are_no_text_is_refused(answer):
    status, told = answer("arrears", "JJ\udcff")
    assert (status, told["error"]) == (1, "text")


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_schedule_needs_no_database_tables(answer, app):
    from app.models import Base

    Base.metadata.drop_all(app.extensions["anhuan_engine"])
    words = ("--principal", 100, "--annual", 0, "--periods", 1, "--method", "interest_first")
    assert answer("schedule", *words, *START)[0] == 0
    status, told = answer("arrears", "JJ1")
    assert (status, told["error"]) == (1, "database")


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize(
    "wrong",
    [
        ("--principal", "abc"),
        ("--principal", "0"),
        ("--annual", "x"),
        ("--annual", "-1"),
        ("--annual", "nan"),
        ("--annual", "101"),
        ("--annual", "18.25001%"),
        ("--periods", "601"),
        ("--periods", "0"),
        ("--method", "weekly"),
        ("--start", "2026-02-30"),
        ("--interest-only", "12"),
    ],
)
def test_a_schedule_wrongly_asked_for_ends_with_2(run, wrong):
    words = {
        "--principal": 12_000,
        "--annual": "0.12",
        "--periods": 12,
        "--method": "equal_instalment",
    }
    words |= {"--start": "2026-01-31"} | dict([wrong])
    status, told, aside = run(
        "schedule", *(part for pair in words.items() for part in pair), "--json"
    )
    assert (status, told) == (2, "")
    assert aside


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_schedule_that_cannot_be_ends_with_1(answer):
    words = (
        "--principal",
        "0.13",
        "--annual",
        0,
        "--periods",
        24,
        "--method",
        "equal_principal",
        *START,
    )
    status, told = answer("schedule", *words)
    assert (status, told["error"]) == (1, "schedule_impossible")


def test_arrears_of_the_example_are_the_expected_ones(example):
    for ref in list(LOANS)[::40]:
        status, told = example("arrears", ref, "--as-of", EXPECTED["as_of"])
        loan = LOANS[ref]
        assert status == 0
        assert told["principal_left_fen"] == loan["left"], ref
        assert told["overdue_principal_fen"] == loan["overdue_principal"], ref
        assert told["interest_fen"] == loan["interest"], ref
        assert told["fee_fen"] == loan["fee"], ref
        assert (told["penalty_fen"] == loan["penalty"]) or ref in DIFFERENT, ref
        assert told["excess_fen"] == loan["over_ceiling"], ref
        assert told["days_past_due"] == loan["dpd"], ref
        assert (
            sum(
                one["amount_fen"]
                for one in told["lines"]
                if one["section"] == "payoff" and one["kind"] == "step"
            )
            == (told["payoff_fen"])
        )


def test_arrears_are_for_today_unless_asked_and_in_words_too(example, run):
    ref = next(ref for ref, loan in LOANS.items() if loan["dpd"] == 31)
    assert example("arrears", ref)[1]["days_past_due"] == 34
    status, told, _ = run("arrears", ref)
    assert status == 0
    assert "÷" in told


def test_an_unknown_loan_ends_with_1(answer, run):
    status, told = answer("arrears", "JJ0")
    assert (status, told["error"]) == (1, "not_found")
    status, told, aside = run("plan-options", "JJ0", "--monthly", 300, "--pay-day", 5)
    assert (status, told) == (1, "")
    assert "借据号" in aside


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_installed_command_prints_one_object_and_nothing_else(settings, database_kind):
    words = [
        "schedule",
        "--principal",
        "100",
        "--annual",
        "0",
        "--periods",
        "2",
        "--method",
        "interest_first",
        *START,
    ]
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words, "--json"],
        cwd=ROOT,
        env={"INSTANCE_DIR": str(settings.instance_dir)},
        capture_output=True,
        timeout=600,
        check=True,
    )
    assert json.loads(ended.stdout)["total_interest_fen"] == 0
