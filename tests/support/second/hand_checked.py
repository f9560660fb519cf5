"""Figures of the worked examples found by hand, with their arithmetic, apart from the engine."""

from typing import Any

from tests.support.second.examples import written

# ¥1,000.00 at 12 % a year is 1 % a month; equal principals 33333, 33333, 33334 (100000 / 3).
# Interest: 100000 x .01 = 1000; 66667 x .01 = 666.67; 33334 x .01 = 333.34.
SCHEDULE_EQUAL_PRINCIPAL = {
    "instalments": [
        ["2026-02-15", 33_333, 1_000],
        ["2026-03-15", 33_333, 667],
        ["2026-04-15", 33_334, 333],
    ],
    "total_interest_fen": 2_000,
    "annual_rate_irr": "0.1200",
}

# 50 fen x .01 = 0.50 exactly: up to 1. One instalment of 51: 51 / 50 = 1.02, 2 % a month = 24 %.
SCHEDULE_TIE = {
    "instalments": [["2026-02-15", 50, 1]],
    "total_interest_fen": 1,
    "annual_rate_irr": "0.2400",
}

# The same contract on 2026-04-01, nothing paid. Late: no. 1 since 02-15 = 13 + 31 + 1 = 45 days,
# no. 2 since 03-15 = 17 days. Penal rate 12 % x 1.5 = 18 %, below 24 %.
# Penalty 33333 x .18 x 45/360 = 33333 x .0225 = 749.99 -> 750;
#         33333 x .18 x 17/360 = 33333 x .0085 = 283.33 -> 283; together 1033.
# Interest overdue 1000 + 667; running 33334 x .12 x 17/360 = 188.89 -> 189; together 1856.
# Ceiling: charged 1667 + 1033 = 2700; allowed 100000 x .02 + 66667 x .02 alone = 3333: no excess.
# Pay-off 100000 + 1856 + 1033 = 102889. Asked today 66666 + 1667 + 1033 = 69366.
ARREARS_PLAIN = {
    "principal_left_fen": 100_000,
    "overdue_principal_fen": 66_666,
    "interest_fen": 1_667,
    "running_interest_fen": 189,
    "penalty_fen": 1_033,
    "fee_fen": 0,
    "excess_fen": 0,
    "days_past_due": 45,
    "bucket": "M2",
    "payoff_fen": 102_889,
    "asked_today_fen": 69_366,
}

# At 30 %: interest 2500 + 66667 x .025 = 1666.675 -> 1667; together 4167.
# Penal rate 45 % capped to 24 %: 33333 x .03 = 999.99 -> 1000; 33333 x .0113333 = 377.77 -> 378.
# Charged 4167 + 1378 = 5545. Allowed 2000 + 1333 (66667 x .02 = 1333.34) + 1000 + 378 = 4711.
# Excess 834, off penalty: 1378 - 834 = 544.
# Running 33334 x .30 x 17/360 = 472.23 -> 472. Pay-off 100000 + 4639 + 544 = 105183.
ARREARS_OVER_CEILING = {
    "interest_fen": 4_167,
    "running_interest_fen": 472,
    "penalty_fen": 1_378,
    "excess_fen": 834,
    "payoff_fen": 105_183,
    "payoff": {"principal": 100_000, "interest": 4_639, "penalty": 544, "fee": 0},
}

# A fee of 5000: charged 2700 + 5000 = 7700; allowed 4711 (above): excess 2989.
# Off penalty 1033, then fee 1956: fee left 3044. Pay-off 100000 + 1856 + 3044 = 104900.
ARREARS_FEE_OVER = {
    "excess_fen": 2_989,
    "payoff": {"principal": 100_000, "interest": 1_856, "penalty": 0, "fee": 3_044},
    "payoff_fen": 104_900,
}

# From the pay-off above: 45 days past due, so 30 % of 1033 = 309.9 -> 310 is waived, 723 left.
# A = 100000 x .01 x 1.030301 / .030301 = 34002.2 -> 34002. First due 04-15, 14 days.
# No. 1: month 1000, principal 33002; interest 100000 x .12 x 14/360 = 466.67 -> 467.
# No. 2: left 66998, interest 669.98 -> 670, principal 33332. No. 3: left 33666, interest 337.
# Old interest 1856 = 618 + 618 + 620; penalty 723 = 241 x 3.
# 33002 + 467 + 618 + 241 = 34328; 34002 + 859 = 34861; 33666 + 337 + 620 + 241 = 34864.
OWN_THREE = {
    "waived": {"penalty": 310},
    "total_fen": 104_053,
    "amounts_fen": [34_328, 34_861, 34_864],
}

# At rate zero: 33333 + 618 + 241 = 34192 twice, 33334 + 620 + 241 = 34195.
ZERO_RATE = {
    "total_fen": 102_579,
    "amounts_fen": [34_192, 34_192, 34_195],
    "annual_rate_irr": "0.0000",
}

# 2026-06-01, fee 900. Late 106, 78, 47 days at 18 % / 360: 33333 x .053 = 1766.65 -> 1767;
# x .039 = 1299.99 -> 1300; 33334 x .0235 = 783.35 -> 783; penalty 3850, interest 2000.
# Waived 30 % = 1155, left 2695. First payment 3000 = fee 900 + penalty 2100: penalty left 595.
# First due 06-20, 19 days: 100000 x .12 x 19/360 = 633.33 -> 633. Old 666, 666, 668; 198, 198, 199.
# 33002 + 633 + 666 + 198 = 34499; 34002 + 864 = 34866; 33666 + 337 + 668 + 199 = 34870.
FIRST_PAYMENT_FEE = {
    "upfront_fen": 3_000,
    "waived": {"penalty": 1_155},
    "total_fen": 107_235,
    "amounts_fen": [34_499, 34_866, 34_870],
}

# Principals 6633, 6633, 6634; interest 199 + 132.67 -> 133 + 66.34 -> 66 = 398.
# Penalty 6633 x .053 = 351.55 -> 352; x .039 = 258.69 -> 259; 6634 x .0235 = 155.90 -> 156 = 767.
# Waived 230.1 -> 230. Pay-off 21065 is not under 20000; planned 19900 + 398 + 537 = 20835.
# Three would be below 10000. One: interest 19900 x .12 x 19/360 = 126.03 -> 126; 20961.
# Rate: 126 / 20835 = .00604751, x 30/19 x 12 = .114584.
# Two: A = 19900 x .01 x 1.0201 / .0201 = 10099.5 (10099.4975) -> 10099; principals 9900, 10000.
# 9900 + 126 + 199 + 268 = 10493; 10000 + 100 + 199 + 269 = 10568. Lowest: two.
ONE_OR_TWO = [
    {"periods": 1, "amounts_fen": [20_961], "annual_rate_irr": "0.1146"},
    {"periods": 2, "amounts_fen": [10_493, 10_568]},
]

# 2026-04-01, low 20000 once: interest 467, principal 19533, left 80467.
# A over two = 80467 x .01 x 1.0201 / .0201 = 40838.0. Interest 804.67 -> 805, principal 40033;
# left 40434, interest 404.34 -> 404. Old 1856 = 928 x 2; penalty 723 = 361 + 362.
# 40838 + 928 + 361 = 42127; 40434 + 404 + 928 + 362 = 42128.
STEP_BY_HAND = {"total_fen": 104_255, "amounts_fen": [20_000, 42_127, 42_128]}

# No. 2 and 3 are open: 33333 + 667, 33334 + 333. Two months later each bears 2 %:
# 666.66 -> 667; 666.68 -> 667. Due on the dates numbered 4 and 5.
DEFERRAL_LATER = {"amounts_fen": [34_667, 34_334], "total_fen": 69_001}

# Interest on 66667 left: 666.67 -> 667 on 03-15 and 04-15, then 34000 and 33667.
DEFERRAL_MONTHLY = {"amounts_fen": [667, 667, 34_000, 33_667], "total_fen": 69_001}

# 24 % on 100033 in thirds 33344, 33344, 33345: contract interest 66689 x .02 = 1333.78 -> 1334;
# 33345 x .02 = 666.90 -> 667, as scheduled. One month later each bears x .02 rounded down:
# 666.88 -> 666; 666.90 -> 666. 33344 + 1334 + 666 = 35344; 33345 + 667 + 666 = 34678.
DEFERRAL_AT_THE_CEILING = {"amounts_fen": [35_344, 34_678], "total_fen": 70_022}

# Interest-first ¥10,000.00: 10000 a month; no. 4 (05-15) is 5 days late, no principal, no penalty.
# 10000 over 2 = 5000 (with the regular 10000: 15000); over 10 = 1000, over 11 below 1000.
CATCH_UP_SMALL_PARTS = [
    {"choices": ["best_fit"], "amounts_fen": [5_000, 5_000]},
    {"choices": ["lowest"], "amounts_fen": [1_000] * 10},
]

# Pay-off 102889 less the whole penalty 1033.
SETTLEMENT_POLICY = {"total_fen": 101_856, "waived": {"penalty": 1_033}}

# 100000 needs 2889 waived: penalty 1033, then interest 1856.
SETTLEMENT_OWN_SUM = {"total_fen": 100_000, "waived": {"penalty": 1_033, "interest": 1_856}}

# A0 as A1 with a fee of 300 (charged 3000, allowed 4711). Policy sums 102156 + 101856 = 204012.
# 190001 x 101856 / 204012 = 94860.8 -> 94860; x 102156 / 204012 = 95140.2 -> 95140; 1 odd fen to
# the first of equally long overdue: A0, 95141.
# A1: 102889 - 94860 = 8029 = 1033 + 1856 + principal 5140.
# A0: 103189 - 95141 = 8048 = 1033 + 1856 + 300 + principal 4859.
SETTLEMENT_OWN_TWO = {
    "total_fen": 190_001,
    "waived": {"penalty": 2_066, "interest": 3_712, "fee": 300, "principal": 9_999},
}

CHECKED: dict[str, Any] = {
    "schedule-equal-principal": SCHEDULE_EQUAL_PRINCIPAL,
    "schedule-tie-half-up": SCHEDULE_TIE,
    "arrears-plain": ARREARS_PLAIN,
    "arrears-over-ceiling": ARREARS_OVER_CEILING,
    "arrears-fee-over": ARREARS_FEE_OVER,
    "own-three": OWN_THREE,
    "zero-rate": ZERO_RATE,
    "first-payment-fee": FIRST_PAYMENT_FEE,
    "one-or-two": ONE_OR_TWO,
    "step-by-hand": STEP_BY_HAND,
    "deferral-later": DEFERRAL_LATER,
    "deferral-monthly": DEFERRAL_MONTHLY,
    "deferral-at-the-ceiling": DEFERRAL_AT_THE_CEILING,
    "catch-up-small-parts": CATCH_UP_SMALL_PARTS,
    "settlement-policy": SETTLEMENT_POLICY,
    "settlement-own-sum": SETTLEMENT_OWN_SUM,
    "settlement-own-two": SETTLEMENT_OWN_TWO,
}


def differences() -> list[str]:
    """Where a figure found by hand is not the example's: example, key, both figures."""
    answers = {each["name"]: each["expected"] for each in written()}
    found = []
    for name, by_hand in CHECKED.items():
        answer = answers[name]
        made = answer.get("options", [answer])
        wanted = by_hand if isinstance(by_hand, list) else [by_hand]
        for option, figures in zip(made, wanted, strict=True):
            found += [
                f"{name}: {key} {option[key]}, by hand {figure}"
                for key, figure in figures.items()
                if option[key] != figure
            ]
    return found
