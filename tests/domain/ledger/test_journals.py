"""Which journals a plan's facts ask for: amounts worked out by hand."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.allocation import Components
from app.domain.keeping.account import DuePart, LoanKept, RefundMade
from app.domain.keeping.missing import walked
from app.domain.keeping.standing import standing
from app.domain.ledger.entries import RECEIVABLES, balances
from app.domain.ledger.journals import journals_of
from app.domain.ledger.recording import RecordedRun
from tests.domain.keeping.accounts import FIRST, START, account, back, contract, loan, paid
from tests.domain.ledger.books import by, of_account

SECOND, THIRD = date(2026, 2, 23), date(2026, 3, 23)  # the 21st are Saturdays
DAY = timedelta(days=1)
# 12 % on 120,000 in three: 40,803 twice and 40,802; interest 1,200, 804 and 404.
BEARING = loan(annual=120_000, waived=500, old=Components(300, 600, 900))


def kinds(kept, as_of):
    return [(one.kind, one.value_on) for one in journals_of(kept, as_of)]


def of_kind(kept, as_of, kind):
    (found,) = (one for one in journals_of(kept, as_of) if one.kind == kind)
    return found


def balances_on(kept, as_of):
    return balances(entry for one in journals_of(kept, as_of) for entry in one.entries)


def test_a_signature_opens_the_books_gross_by_component():
    (opened,) = journals_of(account(BEARING), START)
    assert (opened.kind, opened.value_on, opened.loans) == ("opening", START, ("L1",))
    found = balances(opened.entries)
    # The waiver stands beside the instalments; interest that is still to run is not owed.
    assert by(found, "receivable")["L1", None, "penalty"] == 500
    assert by(found, "receivable")["L1", 1, "principal"] == 39_603
    assert by(found, "opening") == {
        ("L1", None, "fee"): 300,
        ("L1", None, "penalty"): 1_100,
        ("L1", None, "interest"): 900,
        ("L1", None, "principal"): 120_000,
    }


def test_what_is_above_the_ceiling_comes_in_and_off_again_as_lines_of_its_own():
    back_again = contract(gross=Components(200, 600, 3_600, 120_000), excess_fen=700)
    kept = account(loan(old=Components(100, 0, 3_600), contract=back_again))
    (opened,) = journals_of(kept, START)
    # 700 above: the whole penalty of 600, then 100 of the fee.
    found = balances(opened.entries)
    assert by(found, "excess") == {("L1", None, "penalty"): 600, ("L1", None, "fee"): 100}
    assert by(found, "opening")["L1", None, "penalty"] == 600
    assert by(found, "opening")["L1", None, "fee"] == 200
    assert of_account(found, "receivable") == 123_700
    lines = [one.fen for one in opened.entries if one.account == "receivable" and not one.number]
    assert sorted(lines) == [-600, -100, 100, 600]


@pytest.mark.parametrize(
    ("fen", "left_open", "ahead"),
    [(41_403, 0, 0), (20_000, 21_403, 0), (50_000, 0, 8_597)],
    ids=["in time", "a part", "too much"],
)
def test_an_instalment_paid_on_its_day(fen, left_open, ahead):
    kept = account(BEARING, money=[paid(1, FIRST, fen)])
    assert kinds(kept, FIRST) == [
        ("opening", START),
        ("plan_interest", FIRST),
        ("receipt", FIRST),
        ("allocation", FIRST),
    ]
    found = balances_on(kept, FIRST)
    open_ones = by(found, "receivable").items()
    assert sum(fen for (_loan, number, _), fen in open_ones if number == 1) == left_open
    assert of_account(found, "plan_money") == ahead
    assert of_account(found, "bank") == fen
    assert by(found, "income") == {("L1", None, "plan_interest"): 1_200}


def test_an_allocation_names_loan_component_instalment_and_payment():
    kept = account(BEARING, money=[paid(1, FIRST, 1_000), paid(2, FIRST, 700)])
    laid = of_kind(kept, FIRST, "allocation")
    assert [tuple(one) for one in laid.entries] == [
        ("receivable", -100, "L1", "fee", 1, "1"),
        ("receivable", -200, "L1", "penalty", 1, "1"),
        ("receivable", -300, "L1", "interest", 1, "1"),
        ("receivable", -400, "L1", "plan_interest", 1, "1"),
        ("plan_money", 1_000, None, None, None, "1"),
        ("receivable", -700, "L1", "plan_interest", 1, "2"),
        ("plan_money", 700, None, None, None, "2"),
    ]


def test_interest_is_posted_net_of_what_money_ahead_saved():
    # 30,000 lie ahead from the 11th to the 21st: 30,000 x 12 % x 10 / 360 = 100.
    kept = account(BEARING, money=[paid(1, FIRST - 10 * DAY, 30_000)])
    posted = of_kind(kept, FIRST, "plan_interest")
    assert [(one.account, one.fen) for one in posted.entries] == [
        ("receivable", 1_100),
        ("income", -1_100),
    ]


def test_paying_off_early_asks_only_the_days_and_earns_the_waiver():
    day = FIRST + 10 * DAY
    kept = account(BEARING, money=[paid(1, FIRST, 41_403), paid(2, day, 90_000)])
    found = journals_of(kept, THIRD + 10 * DAY)
    assert [(one.kind, one.value_on) for one in found[-5:]] == [
        ("receipt", day),
        ("settlement", day),
        ("allocation", day),
        ("waiver", day),
        ("credit", day),
    ]
    # 80,397 x 12 % x 10 / 360 = 267.99: what is asked is the rest of 120,000, 1,200 of old and 268.
    totals = balances_on(kept, THIRD + 10 * DAY)
    assert by(totals, "income") == {("L1", None, "plan_interest"): 1_468}
    assert of_account(totals, "credit") == 90_000 - 80_397 - 1_200 - 268
    assert by(totals, "waived") == {("L1", None, "penalty"): 500}
    assert by(totals, "waiver_expense") == {("L1", None, "penalty"): 500}
    assert of_account(totals, *RECEIVABLES) == of_account(totals, "waived")
    assert of_account(totals, "plan_money") == 0


def test_a_kept_plan_earns_its_waiver_with_the_last_instalment_and_later_money_is_credit():
    money = [paid(1, FIRST, 40_000), paid(2, SECOND, 40_000), paid(3, THIRD, 40_000)]
    kept = account(loan(waived=500), money=[*money, paid(4, THIRD + DAY, 700)])
    assert kinds(kept, THIRD + DAY)[-5:] == [
        ("receipt", THIRD),
        ("allocation", THIRD),
        ("waiver", THIRD),
        ("receipt", THIRD + DAY),
        ("credit", THIRD + DAY),
    ]
    assert of_account(balances_on(kept, THIRD + DAY), "credit") == 700


def test_money_from_before_the_signature_is_laid_with_it():
    kept = account(loan(), money=[paid(1, START, 130_000)], signed_on=START + 2 * DAY)
    assert kinds(kept, START) == [("receipt", START)]
    assert [day for _kind, day in kinds(kept, THIRD)] == [START, *[START + 2 * DAY] * 3]


@pytest.mark.parametrize(("days", "was_done"), [(-3, False), (4, True)], ids=["before", "after"])
def test_a_payment_taken_back_is_uncovered_on_the_reversals_day(days, was_done):
    money = [paid(1, FIRST, 40_000), paid(2, SECOND, 40_000), paid(3, THIRD, 40_000)]
    on = THIRD + days * DAY
    kept = account(loan(waived=500), money=[*money, back(9, 2, on, 40_000)])
    assert of_account(balances_on(kept, THIRD), "waived") == (500 if was_done else 0)

    found = balances_on(kept, THIRD + 5 * DAY)
    assert of_account(found, "bank") == 80_000
    assert of_account(found, "waived", "waiver_expense", "credit", "plan_money") == 0
    open_ones = by(found, "receivable")
    # What the third paid goes to the second, the older one.
    assert open_ones == {("L1", None, "penalty"): 500, ("L1", 3, "principal"): 40_000}
    taken = [one for one in journals_of(kept, on) if one.value_on == on]
    expected = ["receipt", "allocation", "waiver"] if was_done else ["receipt", "allocation"]
    assert [one.kind for one in taken] == expected


def test_what_is_taken_back_on_its_own_day_never_lay():
    # The reversal bears the lower number: it is taken back all the same.
    kept = account(loan(), money=[paid(5, FIRST, 40_000), back(1, 5, FIRST, 40_000)])
    assert [kind for kind, _day in kinds(kept, FIRST)] == ["opening", "receipt", "receipt"]
    found = balances_on(kept, FIRST)
    assert of_account(found, "bank", "plan_money") == 0
    assert of_account(found, "receivable") == 120_000


def test_taking_back_what_paid_a_plan_off_asks_interest_as_if_it_had_not():
    day = FIRST + 10 * DAY
    money = [paid(1, FIRST, 41_403), paid(2, day, 90_000), back(3, 2, day + DAY, 90_000)]
    kept = account(BEARING, money=money)
    assert kinds(kept, day + DAY)[-5:] == [
        (kind, day + DAY) for kind in ("receipt", "settlement", "allocation", "waiver", "credit")
    ]
    found = balances_on(kept, day + DAY)
    assert by(found, "income") == {("L1", None, "plan_interest"): 1_200}
    assert of_account(found, "credit", "waived", "plan_money") == 0
    # Interest saved on the one day stays saved: 80,397 x 12 % / 360 = 27 of 804.
    assert by(balances_on(kept, SECOND), "income") == {("L1", None, "plan_interest"): 1_977}


def test_a_broken_plans_balances_go_to_the_contract_and_money_is_laid_there():
    kept = account(
        loan(annual=120_000, contract=contract(), waived=500, old=Components(300, 600, 900)),
        money=[paid(1, FIRST, 40_000), paid(2, date(2026, 4, 2), 900)],
    )
    # The second is missed on the 27th of February; its cure ends on the 9th of March.
    broken_on = date(2026, 3, 10)
    before, after = balances_on(kept, broken_on - DAY), balances_on(kept, broken_on)
    assert of_account(before, "receivable_contract") == 0
    assert of_account(after, "receivable") == of_account(after, "plan_money") == 0
    # By the contract: 120,000 of principal, four instalments' interest, penalty of before.
    gone = of_kind(kept, broken_on, "break")
    asked = [one.fen for one in gone.entries if one.account == "receivable_contract"]
    assert sum(asked) == 120_000 + 1_800 + 1_575 + 1_350 + 1_125 + 600
    assert of_account(after, "receivable_contract") == sum(asked) - 40_000
    # What the plan asked: 120,000, old 1,800, waiver 500, interest 1,200 and 804.
    assert by(after, "break_adjustment") == {("L1", None, None): 124_304 - sum(asked)}


def test_penalty_after_a_break_is_posted_where_something_happens_and_at_the_end_of_months():
    kept = account(loan(contract=contract()), money=[paid(1, date(2026, 4, 10), 90_000)])
    found = [one for one in journals_of(kept, date(2026, 5, 31)) if one.kind == "contract"]
    days = [one.value_on for one in found if any(e.component == "penalty" for e in one.entries)]
    assert date(2026, 3, 31) in days
    assert date(2026, 4, 10) in days
    assert of_kind(kept, date(2026, 4, 10), "receipt").value_on == date(2026, 4, 10)


def test_late_money_of_an_earlier_day_undoes_a_break():
    kept = account(loan(contract=contract()))
    assert "break" in [kind for kind, _day in kinds(kept, THIRD)]
    late = [paid(1, FIRST, 80_000, posted=THIRD)]
    assert "break" not in [kind for kind, _day in kinds(replace(kept, money=tuple(late)), THIRD)]


def test_a_plan_whose_contract_nobody_knows_ends_with_all_money_ahead():
    kept = account(money=[paid(1, FIRST, 1_000)])
    found = balances_on(kept, THIRD)
    assert of_account(found, *RECEIVABLES) == 0
    assert of_account(found, "plan_money") == 1_000
    assert of_account(found, "break_adjustment") == 120_000


def test_regular_instalments_beside_a_catch_up_are_the_contracts():
    regular = (DuePart(5, FIRST, "interest", 300), DuePart(5, FIRST, "principal", 9_000))
    kept_loan = LoanKept("L1", 0, 360, (DuePart(1, FIRST, "principal", 5_000),), regular=regular)
    kept = account(kept_loan, money=[paid(1, FIRST, 6_000)], kind="catch_up")
    assert "contract" not in [kind for kind, _day in kinds(kept, FIRST - DAY)]
    found = balances_on(kept, FIRST)
    # The plan's part first, then the regular one.
    assert by(found, "receivable_regular") == {("L1", 5, "principal"): 8_300}
    assert of_account(found, "receivable", "plan_money") == 0
    assert by(found, "opening") == {("L1", None, "principal"): 14_000}
    assert by(found, "income") == {("L1", None, "interest"): 300}


def test_a_deferrals_interest_is_owed_as_it_falls_due():
    parts = (DuePart(1, FIRST, "interest", 900), DuePart(1, FIRST, "principal", 60_000))
    kept = account(LoanKept("L1", 180_000, 360, parts), kind="deferral")
    assert by(balances_on(kept, START), "receivable") == {("L1", 1, "principal"): 60_000}
    assert by(balances_on(kept, FIRST), "income") == {("L1", None, "interest"): 900}


def test_a_walk_that_was_not_recorded_is_refused():
    with pytest.raises(TypeError, match="without recording"):
        RecordedRun.of(walked(account(), START))


def test_a_refund_leaves_the_credit_and_what_bounced_comes_back():
    money = [paid(1, FIRST, 40_000), paid(2, SECOND, 40_000), paid(3, THIRD, 40_000)]
    kept = replace(
        account(loan(waived=500), money=[*money, paid(4, THIRD + DAY, 700)]),
        refunds=(
            RefundMade("1", THIRD + 2 * DAY, 700, THIRD + 3 * DAY),
            RefundMade("2", THIRD + 4 * DAY, 700),
        ),
    )
    for days, fen in ((1, 700), (2, 0), (3, 700), (4, 0)):
        day = THIRD + days * DAY
        assert of_account(balances_on(kept, day), "credit") == fen
        assert standing(kept, day).credit_fen == fen
