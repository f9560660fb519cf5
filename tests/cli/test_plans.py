"""plan-options: every kind, several loans, and how they are wrongly asked for."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.loan import METHODS_BY_NAME
from app.models import Loan
from tests.support.example_book import EXPECTED

DIFFERENT = {one["ref"] for one in EXPECTED["discrepancies"]}
DAY = ("--as-of", EXPECTED["as_of"])
UNMARKED = {
    one["ref"]: one
    for one in EXPECTED["loans"]
    if not one["over_ceiling"] and one["ref"] not in DIFFERENT
}


def several_overdue(database, least=2):
    """The overdue loans of one borrower, none of them marked."""
    overdue = [ref for ref, one in UNMARKED.items() if one["dpd"]]
    with database.sessions() as session:
        owners = session.execute(
            select(Loan.borrower_id, Loan.ref).where(Loan.ref.in_(overdue)).order_by(Loan.id)
        ).all()
    by_owner = {}
    for owner, ref in owners:
        by_owner.setdefault(owner, []).append(ref)
    return next(refs for refs in by_owner.values() if len(refs) >= least)


def _plain_overdue(dpd_from, dpd_to):
    fits = (
        one
        for one in EXPECTED["loans"]
        if dpd_from <= one["dpd"] <= dpd_to
        and not one["over_ceiling"]
        and one["ref"] not in DIFFERENT
        if METHODS_BY_NAME[one["method"]] == "equal_instalment"
        and 300_000 < one["left"] < 1_000_000
    )
    return next(fits)["ref"]


def test_plan_options_are_told_as_the_contract_says(example):
    ref = _plain_overdue(31, 60)
    words = (
        ref,
        "--monthly",
        600,
        "--upfront",
        100,
        "--surplus",
        3000,
        "--pay-day",
        5,
        "--as-of",
        EXPECTED["as_of"],
    )
    status, told = example("plan-options", *words)
    assert status == 0
    assert {choice for one in told["options"] for choice in one["choices"]} == {
        "best_fit",
        "lowest",
        "fastest",
    }
    for one in told["options"]:
        assert set(one) == {
            "kind",
            "choices",
            "periods",
            "upfront_fen",
            "total_fen",
            "waived_fen",
            "waived",
            "annual_rate_irr",
            "verdict",
            "reasons",
            "instalments",
            "loans",
        }
        (loan,) = one["loans"]
        assert (loan["ref"], loan["total_fen"]) == (ref, one["total_fen"])
        assert loan["instalments"] == one["instalments"]
        assert one["waived_fen"] == sum(one["waived"].values())
        assert one["kind"] == "reamortise"
        assert one["total_fen"] == one["upfront_fen"] + sum(
            part["amount_fen"] for part in one["instalments"]
        )
        assert one["upfront_fen"] == 10_000
        assert [part["number"] for part in one["instalments"]] == list(range(1, one["periods"] + 1))
        assert {date.fromisoformat(part["due_on"]).day for part in one["instalments"]} == {5}
    fit = next(one for one in told["options"] if "best_fit" in one["choices"])
    assert max(part["amount_fen"] for part in fit["instalments"]) <= 60_000


def test_plan_options_without_surplus_say_that_income_is_needed(example):
    ref = _plain_overdue(31, 60)
    words = (ref, "--monthly", 200, "--pay-day", "last", "--as-of", EXPECTED["as_of"])
    told = example("plan-options", *words)[1]
    assert {one["verdict"] for one in told["options"]} == {"needs_person"}
    assert all("income_needed" in one["reasons"] for one in told["options"])


@pytest.mark.parametrize("surplus", ["0", "-500", "-1,200.50"])
def test_a_surplus_of_nothing_or_less_has_no_fastest(example, surplus):
    ref = _plain_overdue(31, 60)
    words = (
        ref,
        "--monthly",
        600,
        "--surplus",
        surplus,
        "--pay-day",
        5,
        "--as-of",
        EXPECTED["as_of"],
    )
    status, told = example("plan-options", *words)
    assert status == 0
    assert {choice for one in told["options"] for choice in one["choices"]} == {
        "best_fit",
        "lowest",
    }


def test_nothing_that_fits_is_an_empty_list_with_the_smallest_amount(example):
    ref = _plain_overdue(31, 60)
    words = (ref, "--monthly", 10, "--pay-day", 5, "--as-of", EXPECTED["as_of"])
    status, told = example("plan-options", *words)
    assert (status, told["options"]) == (0, [])
    assert told["smallest_fen"] > 1_000


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"--pay-day": "29"}, 2),
        ({"--monthly": "-3"}, 2),
        ({"--monthly": "0"}, 1),
        ({"--kind": "step_up"}, 2),
        ({"--surplus": "--5"}, 2),
    ],
)
def test_plan_options_wrongly_asked_for(example, run, changed, status):
    words = {"--monthly": 300, "--pay-day": 5, "--as-of": EXPECTED["as_of"]} | changed
    found = run(
        "plan-options", _plain_overdue(31, 60), *(part for pair in words.items() for part in pair)
    )
    assert found[0] == status


def test_a_loan_that_is_not_overdue_has_no_plan(example):
    ref = next(one["ref"] for one in EXPECTED["loans"] if not one["dpd"])
    status, told = example(
        "plan-options", ref, "--monthly", 300, "--pay-day", 5, "--as-of", EXPECTED["as_of"]
    )
    assert (status, told["error"]) == (1, "not_overdue")


def test_before_a_loan_was_paid_out_nothing_is_said_about_it(example, run, database):
    ref = _plain_overdue(31, 60)
    with database.sessions() as session:
        start_on = session.scalars(select(Loan.start_on).where(Loan.ref == ref)).one()
    before, asked = start_on - timedelta(days=1), ("--monthly", 300, "--pay-day", 5)
    for words in (("arrears", ref), ("plan-options", ref, *asked)):
        status, told = example(*words, "--as-of", before)
        assert (status, told["error"]) == (1, "before_loan")
        assert start_on.isoformat() in told["message"]
    assert example("arrears", ref, "--as-of", start_on)[0] == 0


def test_a_catch_up_lists_what_goes_on_beside(example):
    status, told = example(
        "plan-options", _plain_overdue(31, 60), "--kind", "catch_up", "--monthly", 5000, *DAY
    )
    assert status == 0
    for one in told["options"]:
        assert (one["kind"], one["annual_rate_irr"]) == ("catch_up", "0.0000")
        dates = {part["due_on"]: part["amount_fen"] for part in one["regular"]}
        assert all(part["due_on"] in dates for part in one["instalments"])
        assert set(one["choices"]) <= {"best_fit", "lowest"}


def test_a_step_up_begins_with_the_stated_amounts(example):
    words = ("--low", 150, "--low-months", 3, "--periods", 24, "--pay-day", 5)
    status, told = example(
        "plan-options", _plain_overdue(31, 60), "--kind", "step_up", *words, *DAY
    )
    assert status == 0
    (one,) = told["options"]
    assert (one["kind"], one["choices"], one["periods"]) == ("step_up", [], 24)
    assert [part["amount_fen"] for part in one["instalments"]][:3] == [15_000] * 3


@pytest.mark.parametrize(("way", "more"), [("later", 0), ("monthly", 2)])
def test_a_deferral_moves_every_instalment(example, way, more):
    ref, loan = next(
        (ref, one)
        for ref, one in UNMARKED.items()
        if not one["dpd"] and one["periods"] - one["paid"] > 4
    )
    words = ("--kind", "deferral", "--months", 2, "--way", way)
    status, told = example("plan-options", ref, *words, *DAY)
    assert status == 0
    (one,) = told["options"]
    assert one["periods"] == loan["periods"] - loan["paid"] + more
    assert (one["choices"], one["verdict"], one["waived"]) == ([], "at_once", {})


def test_a_settlement_names_what_it_waives(example):
    ref = _plain_overdue(31, 60)
    words = ("plan-options", ref, "--kind", "settlement", "--pay-on", EXPECTED["as_of"])
    (own,) = example(*words, "--sum", 1000, *DAY)[1]["options"]
    (policys,) = example(*words, *DAY)[1]["options"]
    assert (own["total_fen"], own["verdict"], own["reasons"]) == (
        100_000,
        "needs_person",
        ["own_sum"],
    )
    assert own["waived"].keys() == {"penalty", "interest", "principal"}
    assert (policys["verdict"], policys["waived"].keys()) == ("at_once", {"penalty"})
    assert own["total_fen"] + own["waived_fen"] == policys["total_fen"] + policys["waived_fen"]


def test_several_loans_sum_to_what_is_asked(example, database):
    refs = several_overdue(database)
    words = ("--periods", 24, "--pay-day", "last", "--upfront", 101)
    status, told = example("plan-options", *refs, *words, *DAY)
    assert status == 0
    (one,) = told["options"]
    assert {loan["ref"] for loan in one["loans"]} == set(refs)
    assert one["total_fen"] == sum(loan["total_fen"] for loan in one["loans"])
    for place, part in enumerate(one["instalments"]):
        shares = [loan["instalments"][place] for loan in one["loans"]]
        assert part["amount_fen"] == sum(share["amount_fen"] for share in shares)
        assert {share["due_on"] for share in shares} == {part["due_on"]}
    paid_first = sum(loan["total_fen"] for loan in one["loans"]) - sum(
        part["amount_fen"] for part in one["instalments"]
    )
    assert paid_first == one["upfront_fen"] == 10_100


def test_loans_of_two_people_are_in_no_plan_together(example, database):
    first, *_rest = several_overdue(database)
    with database.sessions() as session:
        mine = select(Loan.borrower_id).where(Loan.ref == first).scalar_subquery()
        others = session.scalars(select(Loan.ref).where(Loan.borrower_id != mine)).all()
    stranger = next(ref for ref in others if UNMARKED.get(ref, {}).get("dpd"))
    status, told = example("plan-options", first, stranger, "--periods", 6, "--pay-day", 5, *DAY)
    assert (status, told["error"]) == (1, "other_borrower")


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--kind", "deferral", "--months", 2, "--way", "later"), 1, "already_overdue"),
        (("--kind", "deferral", "--months", 2), 2, "--way"),
        (("--kind", "deferral", "--months", 2, "--way", "later", "--pay-day", 5), 2, "--pay-day"),
        (("--kind", "catch_up", "--monthly", 500, "--pay-day", 5), 2, "--pay-day"),
        (("--kind", "catch_up", "--monthly", 500, "--periods", 3), 2, "--periods"),
        (("--kind", "catch_up"), 2, "--monthly"),
        (("--kind", "step_up", "--low", 200, "--monthly", 500, "--pay-day", 5), 2, "--low-months"),
        (("--kind", "settlement"), 2, "--pay-on"),
        (("--kind", "settlement", "--pay-on", "2026-12-01", "--upfront", 5), 2, "--upfront"),
        (("--kind", "settlement", "--pay-on", "2027-02-01"), 1, "pay_date_outside"),
        (("--periods", 2, "--pay-day", 5), 1, "periods_outside"),
        (("--periods", 6), 2, "--pay-day"),
        (("--kind", "waiver", "--monthly", 3), 2, "--kind"),
    ],
)
def test_each_kind_takes_its_own_inputs(example, run, words, status, told):
    found, out, aside = run("plan-options", _plain_overdue(31, 60), *words, "--json", *DAY)
    assert found == status
    assert told in (out if status == 1 else aside)


def test_a_loan_named_twice_is_wrong_usage(example, run):
    ref = _plain_overdue(31, 60)
    found, _out, aside = run("plan-options", ref, ref, "--periods", 6, "--pay-day", 5, *DAY)
    assert found == 2
    assert "两次" in aside
