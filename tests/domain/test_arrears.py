"""What is owed at a date, and the lines that explain it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.allocation import Components
from app.domain.arrears import arrears, bucket, growth_fen, own_figures
from app.domain.arrears_lines import explain
from app.domain.loan import Method
from app.domain.schedule import schedule
from tests.domain.examples import (
    CEILING,
    TERMS,
    bullet,
    make_terms,
    owed_on,
    section_figures,
    section_sums,
)


@pytest.mark.parametrize(
    ("uplift", "basis", "penalty"),
    [
        (300_000, 360, 9_750),
        (300_000, 365, 9_616),
        (500_000, 360, 10_000),
        (500_000, 365, 9_863),
    ],
)
def test_thirty_days_of_penalty_are_capped_at_the_ceiling(uplift, basis, penalty):
    owed = owed_on(bullet(uplift_ppm=uplift, day_basis=basis), date(2026, 3, 31))
    assert (owed.days_past_due, owed.penalty_fen) == (30, penalty)
    assert owed.penalty_ppm == min(180_000 * (1_000_000 + uplift) // 1_000_000, CEILING)


def test_a_higher_ceiling_lets_the_contracts_penalty_stand():
    owed = owed_on(bullet(), date(2026, 3, 31), ceiling_ppm=360_000)
    assert owed.penalty_fen == 11_250


def test_an_instalment_is_overdue_the_day_after_it_is_due():
    on_the_day, after = owed_on(bullet(), date(2026, 3, 1)), owed_on(bullet(), date(2026, 3, 2))
    assert (on_the_day.days_past_due, on_the_day.overdue_principal_fen) == (0, 0)
    assert on_the_day.due_today_fen == on_the_day.today_fen == 507_500
    assert (after.days_past_due, after.overdue_principal_fen, after.due_today_fen) == (
        1,
        500_000,
        0,
    )
    assert after.today_fen == after.payoff_fen == 500_000 + 7_500 + 333


@pytest.mark.parametrize(
    ("days", "name"),
    [(0, "M0"), (1, "M1"), (30, "M1"), (31, "M2"), (60, "M2"), (61, "M3"), (90, "M3"), (91, "M4+")],
)
def test_buckets(days, name):
    assert bucket(days) == name


def test_the_pay_off_takes_interest_by_days_on_what_is_not_due():
    terms = make_terms(
        principal_fen=1_200_000, method=Method.EQUAL_PRINCIPAL, start_on=date(2026, 1, 10)
    )
    owed = owed_on(terms, date(2026, 3, 15), paid=1)
    assert (owed.overdue_principal_fen, owed.interest_fen, owed.days_past_due) == (
        100_000,
        11_000,
        5,
    )
    assert owed.last_due_before == date(2026, 3, 10)
    assert owed.accrued_fen == 1_667  # 10,000.00 x 12 % x 5 / 360
    assert owed.penalty_fen == 250  # 1,000.00 x 18 % x 5 / 360
    assert owed.payoff_fen == 1_100_000 + 11_000 + 250 + 1_667
    assert owed.net == Components(0, 250, 12_667, 1_100_000)


def test_before_the_first_due_date_interest_runs_from_the_loan_date():
    owed = owed_on(make_terms(start_on=date(2026, 1, 10)), date(2026, 1, 25))
    assert (owed.last_due_before, owed.accrued_fen, owed.today_fen) == (date(2026, 1, 10), 6_000, 0)


def test_a_period_paid_ahead_bears_no_interest_twice():
    owed = owed_on(make_terms(start_on=date(2026, 1, 10)), date(2026, 2, 5), paid=1)
    assert (owed.accrued_fen, owed.accrued_days) == (0, 0)
    assert owed.payoff_fen == owed.principal_left_fen


def test_a_loan_paid_to_its_end_owes_nothing():
    owed = owed_on(make_terms(), date(2027, 6, 1), paid=12)
    assert (owed.payoff_fen, owed.today_fen, owed.bucket) == (0, 0, "M0")


@pytest.mark.parametrize(("paid", "fee"), [(13, 0), (-1, 0), (0, -1)])
def test_counts_outside_the_contract_are_refused(paid, fee):
    with pytest.raises(ValueError, match="paid"):
        owed_on(make_terms(), date(2026, 6, 1), paid=paid, fee_fen=fee)


def test_the_excess_over_the_ceiling_is_taken_off_penalty_then_fee_then_interest_and_shown():
    terms = bullet(annual_ppm=240_000, uplift_ppm=0)
    owed = owed_on(terms, date(2026, 3, 31), fee_fen=13_000)
    assert (owed.penalty_fen, owed.fee_fen, owed.interest_fen, owed.excess_fen) == (
        10_000,
        13_000,
        10_000,
        13_000,
    )
    assert owed.net == Components(
        fee_fen=10_000, penalty_fen=0, interest_fen=10_000, principal_fen=500_000
    )
    assert owed.payoff_fen == owed.today_fen == 520_000
    excess = [line for line in explain(terms, owed) if line.section == "excess"]
    assert [line.fen for line in excess if line.kind == "sum"] == [13_000]


def test_the_excess_never_reaches_principal():
    terms = make_terms(annual_ppm=360_000, uplift_ppm=0)
    owed = owed_on(terms, date(2026, 12, 1), paid=10)
    assert owed.excess_fen > owed.penalty_fen + owed.interest_fen + owed.accrued_fen
    assert owed.payoff_fen == owed.principal_left_fen
    assert owed.today_fen == owed.overdue_principal_fen
    assert section_sums(explain(terms, owed)) == section_figures(owed)


def test_an_instalment_due_on_the_day_is_not_yet_part_of_the_ceiling():
    owed = owed_on(bullet(), date(2026, 3, 1), fee_fen=9_900)
    assert (owed.interest_so_far_fen, owed.excess_fen) == (0, 9_900)


def test_where_the_file_is_lower_the_lower_figure_is_shown():
    terms = make_terms(start_on=date(2026, 1, 10))
    as_of = date(2026, 3, 15)
    ours = owed_on(terms, as_of, fee_fen=100)
    shown = owed_on(
        terms,
        as_of,
        fee_fen=100,
        left=1_000,
        overdue_principal=500,
        interest=30,
        penalty=10**6,
        fee=40,
    )
    assert shown.principal_left_fen == ours.principal_left_fen - 1_000
    assert shown.overdue_principal_fen == ours.overdue_principal_fen - 500
    assert (shown.interest_fen, shown.penalty_fen, shown.fee_fen) == (ours.interest_fen - 30, 0, 60)
    assert shown.payoff_fen < ours.payoff_fen
    assert shown.lowered.penalty == ours.penalty_fen
    lines = explain(terms, shown)
    assert section_sums(lines) == section_figures(shown)
    assert any(line.section == "adjustment" and "核对" in line.what for line in lines)
    assert not any(line.section == "adjustment" for line in explain(terms, ours))


def test_overdue_principal_is_never_above_what_is_left():
    owed = owed_on(bullet(), date(2026, 3, 31), left=200_000)
    assert (owed.principal_left_fen, owed.overdue_principal_fen) == (300_000, 300_000)


@pytest.mark.parametrize("lower", [{"left": -1}, {"unknown": 1}])
def test_only_known_parts_are_lowered(lower):
    with pytest.raises(ValueError, match="lower"):
        owed_on(bullet(), date(2026, 3, 31), **lower)


def test_the_lines_read_as_the_page_shows_them():
    terms = make_terms(
        annual_ppm=156_000, periods=24, principal_fen=2_000_000, start_on=date(2025, 9, 18)
    )
    lines = explain(terms, owed_on(terms, date(2026, 11, 23), paid=11))
    by_section = {}
    for line in lines:
        by_section.setdefault(line.section, []).append(line)
    first = by_section["interest"][0]
    assert first.what == "第 12 期 9月18日"
    assert first.how == "11,598.15 × 15.60% ÷ 12"
    assert by_section["penalty"][0].what == "第 12 期 过了 66 天"
    assert "× 23.40% × 66 ÷ 360" in by_section["penalty"][0].how
    rules = [line.what for line in by_section["penalty"] if line.kind == "rule"]
    assert rules[0] == "合同写明罚息为利率的 1.5 倍，即 23.40%。"
    assert "24.00%" in rules[1]
    assert by_section["fee"][0].what == "这笔借款没有收过费用"
    assert by_section["accrued"][0].what == "未到期本金 5 天的利息"


@pytest.mark.parametrize(
    ("annual", "uplift", "told"),
    [
        (180_000, 500_000, "1.5 倍，即 27.00%；超过上限，只按 24.00%"),
        (182_555, 0, "没有上浮罚息，按合同年利率 18.2555%"),
        (100_000, 333_000, "1.333 倍，即 13.33%"),
    ],
)
def test_the_penalty_rule_is_told_as_the_contract_has_it(annual, uplift, told):
    terms = bullet(annual_ppm=annual, uplift_ppm=uplift)
    assert any(told in line.what for line in explain(terms, owed_on(terms, date(2026, 3, 31))))


def test_an_instalment_of_another_year_is_told_with_its_year():
    terms = bullet(start_on=date(2025, 11, 1))
    assert explain(terms, owed_on(terms, date(2026, 3, 31)))[0].what == "第 1 期 2025年12月1日"


@given(
    TERMS,
    st.integers(0, 60),
    st.integers(0, 2_000),
    st.one_of(st.just(0), st.integers(1, 100_000)),
    st.dictionaries(
        st.sampled_from(["left", "overdue_principal", "interest", "penalty", "fee"]),
        st.integers(0, 90_000),
    ),
)
def test_every_section_sums_and_nothing_is_negative(terms, paid, days, fee, lower):
    as_of = terms.start_on + timedelta(days=days)
    owed = owed_on(terms, as_of, paid=min(paid, terms.periods), fee_fen=fee, **lower)
    lines = explain(terms, owed)
    assert section_sums(lines) == section_figures(owed)
    amounts = (
        *owed.net,
        owed.payoff_fen,
        owed.today_fen,
        owed.accrued_fen,
        owed.excess_fen,
        *owed.lowered,
    )
    assert min(amounts) >= 0
    gross = (
        owed.principal_left_fen
        + owed.interest_fen
        + owed.penalty_fen
        + owed.fee_fen
        + owed.accrued_fen
    )
    assert owed.payoff_fen == max(owed.principal_left_fen, gross - owed.excess_fen)


@given(TERMS, st.integers(0, 60), st.integers(0, 2_000), st.integers(0, 50_000))
def test_what_a_file_is_held_against_is_what_a_borrower_is_shown(terms, paid, days, fee_fen):
    told = {
        "paid": min(paid, terms.periods),
        "fee_fen": fee_fen,
        "as_of": terms.start_on + timedelta(days=days),
        "ceiling_ppm": CEILING,
    }
    owed, ours = arrears(terms, **told), own_figures(terms, **told)
    assert ours == (
        owed.principal_left_fen,
        owed.overdue_principal_fen,
        owed.interest_fen,
        owed.penalty_fen,
        owed.overdue[0].due_on if owed.overdue else None,
        owed.excess_fen,
    )


@pytest.mark.parametrize(("paid", "fee_fen"), [(-1, 0), (3, 0), (0, -1)])
def test_figures_of_a_loan_that_cannot_be_are_refused(paid, fee_fen):
    with pytest.raises(ValueError, match="paid with fees"):
        own_figures(
            bullet(), paid=paid, fee_fen=fee_fen, as_of=date(2026, 3, 1), ceiling_ppm=CEILING
        )


@given(TERMS, st.integers(0, 60), st.integers(0, 2_000))
def test_all_that_is_charged_stays_under_the_ceiling_or_is_taken_off(terms, paid, days):
    paid = min(paid, terms.periods)
    as_of = terms.start_on + timedelta(days=days)
    owed = owed_on(terms, as_of, paid=paid, fee_fen=5_000)
    kept = sum(row.interest_fen for row in schedule(terms)[:paid] if row.due_on < as_of)
    asked = owed.net.fee_fen + owed.net.penalty_fen + owed.net.interest_fen - owed.accrued_fen
    assert asked <= 0 or kept + asked <= owed.ceiling_fen


def test_thirty_days_grow_by_their_penalty():
    before, after = owed_on(bullet(), date(2026, 3, 31)), owed_on(bullet(), date(2026, 4, 30))
    assert growth_fen(before, after) == 10_000  # 5,000.00 x 24 % x 30 / 360
    assert growth_fen(before, before) == 0
    with pytest.raises(ValueError, match="before"):
        growth_fen(after, before)


@given(TERMS, st.integers(0, 59), st.integers(0, 900), st.integers(0, 60))
def test_growth_is_interest_and_penalty_and_never_below_zero(terms, paid, since, days):
    paid, day = min(paid, terms.periods), terms.start_on + timedelta(days=since)
    before, after = (
        owed_on(terms, day, paid=paid),
        owed_on(terms, day + timedelta(days=days), paid=paid),
    )
    grown = growth_fen(before, after)
    assert grown >= 0
    if terms.annual_ppm <= CEILING:
        interest = after.net.interest_fen - before.net.interest_fen
        assert grown == max(0, interest + after.net.penalty_fen - before.net.penalty_fen)
    assert before.net.principal_fen == after.net.principal_fen
