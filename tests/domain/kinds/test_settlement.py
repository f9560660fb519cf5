"""One payment that settles: a small debt's, the policy's own, and a sum of the borrower's."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.allocation import Components
from app.domain.kinds.options import plan_options
from app.domain.kinds.settlement import SumOutside
from app.domain.plan import OwedLoan, PayDateOutside, PlanRequest
from app.domain.policy import PlanFacts
from tests.domain.examples import POLICY, bullet, make_terms, owed_on
from tests.support.plans import one_debt, option_for

START = date(2026, 11, 20)
FACTS = PlanFacts()


def request(monthly, **overrides):
    values = {
        "monthly_fen": monthly,
        "upfront_fen": 0,
        "surplus_fen": None,
        "pay_day": 10,
        "start_on": START,
    }
    return PlanRequest(**(values | overrides))


def offer_on(terms, monthly, *, facts=FACTS, **overrides):
    asked = request(monthly, **overrides)
    return plan_options(one_debt(terms, owed_on(terms, asked.start_on)), asked, POLICY, facts)


def settled(debts, **asked):
    wish = request(0, pay_day=None, kind="settlement", **({"pay_on": START} | asked))
    (option,) = plan_options(debts, wish, POLICY, FACTS).options
    return option


@pytest.mark.parametrize(
    ("pay_day", "due"),
    [
        (10, date(2026, 12, 10)),
        (21, date(2026, 11, 21)),
        (20, date(2026, 12, 20)),
        ("last", date(2026, 11, 30)),
    ],
)
def test_a_small_debt_is_settled_with_one_payment_without_its_penalty(pay_day, due):
    terms = bullet(principal_fen=15_000)
    offer = offer_on(terms, 1, pay_day=pay_day, upfront_fen=5_000)
    (option,) = offer.options
    owed = owed_on(terms, START)
    assert (option.kind, option.choices, option.verdict) == ("settlement", (), "at_once")
    # 264 days: 150.00 x 24 % x 264 / 360
    assert option.waived == Components(penalty_fen=2_640)
    assert option.instalments[0].due_on == due
    assert option.total_fen == option.highest_fen == owed.payoff_fen - 2_640
    assert (option.upfront_fen, option.plan_interest_fen, option.annual_rate) == (
        0,
        0,
        Decimal("0.0000"),
    )
    assert not offer.income_asked
    chosen = option_for(
        terms,
        owed_on(terms, START),
        request(1, pay_day=pay_day),
        POLICY,
        FACTS,
        periods=9,
        annual_ppm=0,
    )
    assert chosen.instalments == option.instalments


def test_a_settlement_is_at_most_thirty_days_away():
    terms = bullet(principal_fen=15_000)
    (option,) = offer_on(terms, 1, pay_day=1, start_on=date(2026, 12, 1)).options
    assert option.instalments[0].due_on == date(2026, 12, 31)


@pytest.mark.parametrize("days", [0, 1, 12, 30])
def test_a_small_debt_is_paid_on_the_day_chosen(days):
    chosen = START + timedelta(days=days)
    (option,) = offer_on(bullet(principal_fen=15_000), 1, pay_on=chosen).options
    assert option.instalments[0].due_on == chosen


@pytest.mark.parametrize("days", [-1, 31])
def test_a_day_outside_the_policys_days_is_refused(days):
    with pytest.raises(PayDateOutside):
        offer_on(bullet(principal_fen=15_000), 1, pay_on=START + timedelta(days=days))


def test_a_small_debt_with_a_mark_goes_to_a_person():
    (option,) = offer_on(bullet(principal_fen=15_000), 1, facts=PlanFacts(dispute=True)).options
    assert option.reasons == ("dispute",)


# ¥5,000.00 due on 1 March at 18 %: 264 days past due, penalty 24 % x 264 / 360 = 880.00 (the
# ceiling), interest of one month 75.00.
DEBT = one_debt(bullet(), owed_on(bullet(), START, fee_fen=0))


def test_the_policys_own_waives_the_whole_penalty_at_once():
    option = settled(DEBT)
    assert DEBT[0].owed.net == Components(0, 88_000, 7_500, 500_000)
    assert (option.total_fen, option.waived) == (507_500, Components(penalty_fen=88_000))
    assert (option.verdict, option.reasons, option.annual_rate) == ("at_once", (), Decimal(0))


@pytest.mark.parametrize(
    ("sum_fen", "waived"),
    [
        (507_499, Components(0, 88_000, 1, 0)),
        (500_000, Components(0, 88_000, 7_500, 0)),
        (400_000, Components(0, 88_000, 7_500, 100_000)),
        (10_000, Components(0, 88_000, 7_500, 490_000)),
    ],
)
def test_an_own_sum_waives_penalty_then_interest_then_principal(sum_fen, waived):
    option = settled(DEBT, sum_fen=sum_fen)
    assert (option.total_fen, option.waived) == (sum_fen, waived)
    assert option.reasons == ("own_sum",)


@pytest.mark.parametrize("sum_fen", [0, 9_999, 507_500, 600_000])
def test_an_own_sum_lies_between_the_least_and_the_policys_own(sum_fen):
    with pytest.raises(SumOutside) as refused:
        settled(DEBT, sum_fen=sum_fen)
    assert "¥100.00" in refused.value.words
    assert "¥5,075.00" in refused.value.words


def test_an_own_sum_is_shared_in_proportion_and_its_odd_fen_go_to_the_longest_overdue():
    younger = make_terms(annual_ppm=0, uplift_ppm=0, periods=1, start_on=date(2026, 9, 1))
    older = make_terms(annual_ppm=0, uplift_ppm=0, periods=1, start_on=date(2026, 8, 1))
    debts = [
        OwedLoan("JJ1", younger, owed_on(younger, START)),
        OwedLoan("JJ2", older, owed_on(older, START)),
    ]
    option = settled(debts, sum_fen=100_001)
    assert [(one.ref, one.total_fen) for one in option.loans] == [("JJ2", 50_001), ("JJ1", 50_000)]
    assert option.waived == Components(principal_fen=2_400_000 - 100_001)
