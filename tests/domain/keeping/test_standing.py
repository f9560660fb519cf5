"""Where a signed plan stands: amounts worked out by hand."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.allocation import Components
from app.domain.keeping.account import DateChanged, DuePart, LoanKept, Told
from app.domain.keeping.standing import known_at, standing
from tests.domain.keeping.accounts import (
    FIRST,
    START,
    account,
    back,
    contract,
    loan,
    noon,
    paid,
)

SECOND, THIRD = date(2026, 2, 23), date(2026, 3, 23)  # the 21st are Saturdays


def states(found):
    return [one.state for one in found.instalments]


def test_a_plan_kept_on_time_is_completed_and_its_waiver_earned():
    money = [paid(1, FIRST, 40_000), paid(2, SECOND, 40_000), paid(3, THIRD, 40_000)]
    kept = account(loan(waived=500), money=money)
    before = standing(kept, THIRD - timedelta(days=1))
    assert (before.state, before.left_fen, before.waived_fen) == ("active", 40_000, 0)
    assert before.next == (THIRD, 40_000)
    found = standing(kept, THIRD)
    assert (found.state, found.completed_on, found.left_fen) == ("completed", THIRD, 0)
    assert (found.waived_fen, found.credit_fen, found.next) == (500, 0, None)
    assert states(found) == ["paid"] * 3


def test_a_due_date_on_a_weekend_moves_and_grace_moves_again():
    # The 21st of February is a Saturday: due on Monday the 23rd, in grace up to Thursday the 26th.
    kept = account(money=[paid(1, FIRST, 40_000), paid(2, date(2026, 2, 26), 40_000)])
    assert standing(kept, date(2026, 2, 22)).due_fen == 0
    assert standing(kept, SECOND).due_fen == 40_000
    assert states(standing(kept, date(2026, 2, 25)))[1] == "due"
    assert standing(kept, date(2026, 2, 27)).missed == 0
    late = account(money=[paid(1, FIRST, 40_000), paid(2, date(2026, 2, 27), 40_000)])
    assert states(standing(late, date(2026, 2, 26)))[1] == "due"
    # Made good late it still counts.
    assert standing(late, date(2026, 2, 27)).missed == 1
    assert states(standing(late, date(2026, 2, 27)))[1] == "paid"


def test_holidays_and_worked_weekends_move_dates():
    spring = frozenset(date(2026, 1, 21) + timedelta(days=n) for n in range(5))
    kept = account(holidays=spring, workdays=frozenset({date(2026, 1, 31)}))
    # Off to the 25th, a Sunday: due on Monday the 26th; grace ends on the 29th.
    assert standing(kept, date(2026, 1, 25)).due_fen == 0
    assert standing(kept, date(2026, 1, 26)).due_fen == 40_000
    # Grace of a Wednesday 28th would end on a Saturday that is worked.
    moved = account(loan(first_on=date(2026, 1, 28)), workdays=frozenset({date(2026, 1, 31)}))
    assert states(standing(moved, date(2026, 1, 31)))[0] == "due"
    assert states(standing(moved, date(2026, 2, 1)))[0] == "missed"


def test_part_and_money_ahead_are_told_apart():
    kept = account(money=[paid(1, START, 50_000)])
    found = standing(kept, START)
    assert (found.ahead_fen, found.due_fen, found.left_fen) == (50_000, 0, 70_000)
    assert [(one.paid_fen, one.state) for one in found.instalments] == [
        (40_000, "paid"),
        (10_000, "part"),
        (0, "coming"),
    ]
    # What is asked next is what it does not cover. Nothing is laid before its day.
    assert found.next == (SECOND, 30_000)
    assert found.payments[0].covered == ()
    later = standing(kept, SECOND)
    assert (later.ahead_fen, later.due_fen) == (0, 30_000)
    assert [part.fen for part in later.payments[0].covered] == [40_000, 10_000]


def test_inside_an_instalment_fees_come_first_and_principal_last():
    kept = account(loan(annual=120_000, old=Components(300, 600, 900)), money=[paid(1, FIRST, 950)])
    found = standing(kept, FIRST)
    assert [(part.component, part.fen) for part in found.payments[0].covered] == [
        ("fee", 100),
        ("penalty", 200),
        ("interest", 300),
        ("plan_interest", 350),
    ]


def test_agreements_from_before_pay_component_by_component():
    old = loan(annual=120_000, old=Components(300, 600, 900))
    kept = account(old, money=[paid(1, SECOND, 1_000)], order="components_first")
    covered = standing(kept, SECOND).payments[0].covered
    assert [(part.number, part.component, part.fen) for part in covered] == [
        (1, "fee", 100),
        (2, "fee", 100),
        (1, "penalty", 200),
        (2, "penalty", 200),
        (1, "interest", 300),
        (1, "plan_interest", 100),
    ]


def test_loans_that_are_due_together_share_in_proportion():
    kept = account(
        loan("A", principal=30_000), loan("B", principal=60_001), money=[paid(1, FIRST, 10_000)]
    )
    covered = standing(kept, FIRST).payments[0].covered
    # 10,000 of 10,000 and 20,000 that are due: a third rounded down, the odd fen to the first.
    assert [(part.ref, part.fen) for part in covered] == [("A", 3_334), ("B", 6_666)]


def test_money_ahead_saves_interest_by_the_day():
    # 12 % on 120,000; 30,000 lie ahead from the 11th to the 21st: 30,000 x 12 % x 10 / 360 = 100.
    kept = account(loan(annual=120_000), money=[paid(1, FIRST - timedelta(days=10), 30_000)])
    first = standing(kept, FIRST).instalments[0]
    assert (first.amount_fen, first.paid_fen) == (40_803 - 100, 30_000)
    assert standing(kept, FIRST).released_fen == 100


def test_a_quote_asks_interest_for_the_days_that_ran():
    kept = account(loan(annual=120_000, old=Components(0, 300, 0)))
    # Ten days on 120,000 at 12 %, basis 360: 400; what was owed before and all principal.
    assert standing(kept, START + timedelta(days=10)).payoff_fen == 120_000 + 300 + 400
    # Never above the period's own interest, however far the due date moved.
    assert standing(kept, FIRST).payoff_fen == 120_000 + 300 + 1_200
    day = START + timedelta(days=10)
    paid_off = standing(account(*kept.plan.loans, money=[paid(1, day, 120_900)]), day)
    assert (paid_off.state, paid_off.credit_fen, paid_off.payoff_fen) == ("completed", 200, 0)
    assert (
        paid_off.released_fen
        == sum(part.fen for part in kept.plan.loans[0].parts if part.component == "plan_interest")
        - 400
    )


def test_two_missed_parts_bring_a_notice_a_cure_and_a_break():
    kept = account(loan(contract=contract()))
    # The first: due 21 January, grace to Monday 26th for the 24th is a Saturday.
    assert standing(kept, date(2026, 1, 27)).missed == 1
    found = standing(kept, date(2026, 2, 27))
    assert (found.state, found.missed, found.notice_on) == ("in_cure", 2, date(2026, 2, 27))
    # Ten days later, the 9th of March, a Monday.
    assert found.cure_until == date(2026, 3, 9)
    assert standing(kept, date(2026, 3, 9)).state == "in_cure"
    assert standing(kept, date(2026, 3, 10)).state == "broken"
    mended = account(loan(contract=contract()), money=[paid(1, date(2026, 3, 9), 80_000)])
    cured = standing(mended, date(2026, 3, 9))
    assert (cured.state, cured.missed, cured.notice_on) == ("active", 0, None)
    part = account(loan(contract=contract()), money=[paid(1, date(2026, 3, 9), 79_999)])
    assert standing(part, date(2026, 3, 10)).state == "broken"


def test_the_first_payment_counts_and_one_instalment_needs_one():
    kept = account(loan(upfront=10_000), missed_before_notice=1)
    # Due on Saturday the 10th, so on Monday the 12th; in grace to the 15th.
    assert standing(kept, date(2026, 1, 15)).state == "active"
    assert standing(kept, date(2026, 1, 16)).state == "in_cure"
    single = account(loan(periods=1))
    assert standing(single, date(2026, 1, 26)).state == "active"
    assert standing(single, date(2026, 1, 27)).state == "in_cure"


def test_a_new_agreement_ends_with_a_notice_an_old_one_with_a_person():
    money = [paid(1, FIRST, 40_000), paid(2, SECOND, 40_000)]
    last_over = date(2026, 3, 27)
    assert standing(account(money=money), last_over).state == "in_cure"
    old = account(money=money, order="components_first")
    assert standing(old, last_over).state == "active"
    assert standing(old, last_over + timedelta(days=90)).state == "active"


def test_money_that_was_in_time_by_its_value_date_undoes_what_rested_on_it():
    late = [paid(1, FIRST, 40_000, posted=date(2026, 3, 1))]
    told = (Told("notice", date(2026, 2, 27), date(2026, 2, 27)),)
    kept = account(loan(contract=contract()))
    assert standing(kept, date(2026, 3, 1)).state == "in_cure"
    mended = replace(kept, money=tuple(late), told=told)
    found = standing(mended, date(2026, 3, 1))
    assert (found.state, found.missed, found.notice_on) == ("active", 1, None)
    # As it was known before, the notice stood.
    assert standing(known_at(mended, noon(date(2026, 2, 28))), date(2026, 2, 28)).state == "in_cure"


def test_on_record_the_clock_runs_from_what_was_received():
    kept = account(loan(contract=contract()))
    sent = Told("notice", date(2026, 3, 2))
    undelivered = replace(kept, told=(sent,))
    found = standing(undelivered, date(2026, 3, 30))
    assert (found.state, found.cure_until) == ("in_cure", None)
    received = replace(kept, told=(sent._replace(received_on=date(2026, 3, 4)),))
    assert standing(received, date(2026, 3, 30)).cure_until == date(2026, 3, 16)
    # Nothing breaks by itself once notices are on record.
    assert standing(received, date(2026, 3, 30)).state == "in_cure"
    broken = replace(received, told=(*received.told, Told("break", date(2026, 3, 18))))
    assert standing(broken, date(2026, 3, 17)).state == "in_cure"
    assert standing(broken, date(2026, 3, 18)).broken_on == date(2026, 3, 18)
    undone = Told("break", date(2026, 3, 18), taken_back_on=date(2026, 3, 20))
    assert standing(replace(received, told=(*received.told, undone)), THIRD).state == "in_cure"


def test_a_plan_that_is_really_kept_supposes_no_notice():
    kept = replace(account(loan(contract=contract())), supposes_notices=False)
    found = standing(kept, date(2026, 5, 1))
    assert (found.state, found.missed) == ("active", 3)


def test_what_a_reversal_uncovers_has_three_working_days():
    # Taken back on Monday the 2nd of February: in time up to Thursday the 5th.
    money = [paid(1, FIRST, 40_000), back(2, 1, date(2026, 2, 2), 40_000)]
    kept = account(money=money)
    assert standing(kept, date(2026, 2, 1)).due_fen == 0
    assert states(standing(kept, date(2026, 2, 5)))[0] == "due"
    assert standing(kept, date(2026, 2, 5)).missed == 0
    assert standing(kept, date(2026, 2, 6)).missed == 1
    assert [one.covered for one in standing(kept, date(2026, 2, 6)).payments] == [(), ()]
    # Told late, from its being told: posted on the 20th of February, a Friday.
    told_late = account(
        money=[
            paid(1, FIRST, 40_000),
            back(2, 1, FIRST, 40_000, posted=date(2026, 2, 20)),
        ]
    )
    assert standing(told_late, date(2026, 2, 25)).missed == 0
    assert standing(told_late, date(2026, 2, 26)).missed == 1


def test_a_reversal_opens_a_completed_plan_again():
    money = [paid(1, START, 120_000), back(2, 1, SECOND, 120_000)]
    kept = account(loan(waived=500), money=money)
    assert standing(kept, START).state == "completed"
    found = standing(kept, SECOND)
    assert (found.state, found.due_fen, found.waived_fen) == ("active", 80_000, 0)


def test_a_changed_date_is_the_date():
    change = DateChanged(1, date(2026, 2, 4), noon(date(2026, 1, 20)))
    kept = replace(account(), date_changes=(change,))
    assert standing(kept, date(2026, 1, 19)).next == (FIRST, 40_000)
    assert standing(kept, date(2026, 1, 30)).missed == 0
    assert standing(kept, date(2026, 1, 30)).next == (date(2026, 2, 4), 40_000)


def test_regular_instalments_come_after_the_plans_part_on_one_date():
    each = [
        (number, FIRST if number == 1 else SECOND, fen) for number, fen in ((1, 5_000), (2, 5_000))
    ]
    parts = tuple(DuePart(number, on, "principal", fen) for number, on, fen in each)
    regular = tuple(DuePart(number + 6, on, "principal", 20_000) for number, on, _fen in each)
    kept = account(
        LoanKept("L1", 0, 360, parts, regular=regular),
        money=[paid(1, FIRST, 6_000)],
        kind="catch_up",
    )
    found = standing(kept, FIRST)
    assert [(part.number, part.fen) for part in found.payments[0].covered] == [
        (1, 5_000),
        (7, 1_000),
    ]
    assert (found.due_fen, found.left_fen) == (19_000, 5_000 + 19_000)
    assert standing(kept, date(2026, 1, 27)).missed == 1


def test_broken_the_contract_comes_back_with_all_money_on_it():
    # By hand: 180,000 in twelve parts of 15,000 at 1.5 % a month. Start 7 January: instalments 5
    # and 6 (1 December, 1 January) are overdue with interest of 1,800 and 1,575; penalty 600.
    kept = account(loan(contract=contract()), money=[paid(1, FIRST, 10_000)])
    found = standing(kept, date(2026, 3, 10))
    assert (found.state, found.broken_on) == ("broken", date(2026, 3, 10))
    # Then 1 February and 1 March: interest 1,350 and 1,125. Nothing for the days of the plan.
    asked = 600 + (1_800 + 1_575 + 1_350 + 1_125) + 4 * 15_000
    assert found.due_fen == asked - 10_000
    # Penalty, interest of both, then principal of the oldest.
    assert [(part.number, part.component, part.fen) for part in found.payments[0].covered] == [
        (0, "penalty", 600),
        (5, "interest", 1_800),
        (6, "interest", 1_575),
        (5, "principal", 6_025),
    ]
    assert found.payoff_fen == asked - 10_000 + 4 * 15_000 + round(60_000 * 0.18 * 9 / 360)
    # A day later 24 % runs on overdue principal: of each row 15,000 (8,975) x 24 % / 360.
    after = standing(kept, date(2026, 3, 11))
    assert after.due_fen == asked - 10_000 + 6 + 10 + 10 + 10


def test_without_a_contract_a_broken_plan_has_no_figures():
    found = standing(account(), date(2026, 3, 10))
    assert (found.state, found.due_fen, found.payoff_fen, found.next) == ("broken", *[None] * 3)


@pytest.mark.parametrize("later", [0, 1, 40, 200])
def test_a_settlement_failed_brings_the_whole_waiver_back(later):
    kept = account(loan(periods=1, contract=contract(), waived=600), kind="settlement")
    found = standing(kept, date(2026, 2, 9) + timedelta(days=later))
    assert (found.state, found.waived_fen) == ("broken", 0)
    assert found.due_fen >= 600


def test_a_catch_up_is_completed_while_the_contract_goes_on():
    parts = (DuePart(1, FIRST, "principal", 5_000),)
    regular = tuple(
        DuePart(number, on, "principal", 20_000) for number, on in ((7, FIRST), (8, SECOND))
    )
    kept = account(
        LoanKept("L1", 0, 360, parts, regular=regular),
        money=[paid(1, FIRST, 25_000)],
        kind="catch_up",
    )
    found = standing(kept, FIRST)
    assert (found.state, found.left_fen, found.next) == ("completed", 0, None)


def test_a_clock_that_begins_tomorrow_is_not_told_today():
    sent = Told("notice", date(2026, 3, 2), date(2026, 3, 4))
    kept = replace(account(loan(contract=contract())), told=(sent,))
    assert standing(kept, date(2026, 3, 3)).cure_until is None
    assert standing(kept, date(2026, 3, 4)).cure_until == date(2026, 3, 16)


def test_what_fell_due_while_a_catch_up_was_completed_has_its_working_days_too():
    parts = (DuePart(1, FIRST, "principal", 5_000),)
    regular = tuple(
        DuePart(number, on, "principal", 20_000) for number, on in ((7, FIRST), (8, SECOND))
    )
    told = date(2026, 2, 27)  # Friday; the grace of the regular one ends the day before
    kept = account(
        LoanKept("L1", 0, 360, parts, regular=regular),
        money=[paid(1, FIRST, 25_000), back(2, 1, told, 25_000)],
        kind="catch_up",
        missed_before_notice=1,
    )
    found = {day: standing(kept, day) for day in (date(2026, 3, 4), date(2026, 3, 5))}
    assert [(one.state, one.missed) for one in found.values()] == [("active", 0), ("in_cure", 2)]
