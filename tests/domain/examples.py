"""Loans, policy and checks that the tests of the domain share."""

import json
from datetime import date
from pathlib import Path

from hypothesis import strategies as st

from app.domain.arrears import arrears
from app.domain.loan import LoanTerms, Method
from app.domain.policy import Policy

CEILING = 240_000
DATA = Path(__file__).parents[2] / "migrations" / "data"
POLICY_VALUES = json.loads((DATA / "default_policy.json").read_text(encoding="utf-8")) | json.loads(
    (DATA / "policy_2026_11_01_2.json").read_text(encoding="utf-8")
)
POLICY = Policy.from_values(POLICY_VALUES)


def make_terms(**overrides):
    values = {
        "principal_fen": 1_200_000,
        "annual_ppm": 120_000,
        "uplift_ppm": 500_000,
        "day_basis": 360,
        "method": Method.EQUAL_INSTALMENT,
        "periods": 12,
        "start_on": date(2026, 1, 31),
    }
    return LoanTerms(**(values | overrides))


def bullet(**overrides):
    """One instalment of ¥5,000 due on 1 March 2026."""
    values = {
        "principal_fen": 500_000,
        "annual_ppm": 180_000,
        "periods": 1,
        "start_on": date(2026, 2, 1),
    }
    return make_terms(**(values | overrides))


TERMS = st.builds(
    make_terms,
    principal_fen=st.integers(10_000, 50_000_000),
    annual_ppm=st.one_of(st.just(0), st.integers(1, 360_000)),
    periods=st.integers(1, 60),
    method=st.sampled_from(Method),
    start_on=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
)


def owed_on(terms, as_of, *, paid=0, fee_fen=0, ceiling_ppm=CEILING, pauses=(), **lower):
    return arrears(
        terms,
        paid=paid,
        fee_fen=fee_fen,
        as_of=as_of,
        ceiling_ppm=ceiling_ppm,
        lower=lower,
        pauses=pauses,
    )


def section_sums(lines):
    sums = {}
    for line in lines:
        assert "%(" not in line.what + line.how
        assert (line.fen is None) == (line.kind == "rule")
        if line.kind == "step":
            sums[line.section] = sums.get(line.section, 0) + line.fen
    for line in lines:
        assert line.kind != "sum" or line.fen == sums[line.section], line
    return sums


def section_figures(owed):
    figures = {
        "principal": owed.overdue_principal_fen,
        "interest": owed.interest_fen,
        "penalty": owed.penalty_fen,
        "fee": owed.fee_fen,
        "accrued": owed.accrued_fen,
        "payoff": owed.payoff_fen,
        "today": owed.today_fen,
    }
    return figures | ({"excess": owed.excess_fen} if owed.excess_fen else {})
