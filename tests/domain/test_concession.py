"""What a plan costs the lender: the waiver and the interest below the contract's rate, one sum."""

from datetime import date

import pytest

from app.domain.allocation import Components
from app.domain.concession import Concession, Contract, concession_of
from app.domain.kinds.spreading import Bearing, spread_principal
from app.domain.plan import PlanInstalment
from app.domain.plan_terms import Asked, LoanInPlan, PlannedTerms, Waiver
from app.domain.schedule import ScheduleImpossible
from tests.domain.examples import POLICY

CEILING = 240_000
START, FIRST = date(2026, 11, 25), date(2026, 12, 10)


def terms(principal, ppm, periods, *, waived=0, kind="reamortise", first_on=FIRST, basis=360):
    """A plan over one principal at a rate; dates after the first do not matter here."""
    bearing = Bearing(ppm, (first_on - START).days, basis, ppm == CEILING)
    rows = spread_principal(principal, periods, bearing)
    instalments = tuple(
        PlanInstalment(number, first_on, part, bears, 0, 0, 0)
        for number, (part, bears) in enumerate(rows, start=1)
    )
    loan = LoanInPlan(
        public_id="-",
        annual_ppm=ppm,
        # of which policy waives 30 % by itself
        owed=Components(penalty_fen=-(-waived * 10 // 3), principal_fen=principal),
        gross=Components(principal_fen=principal),
        excess_fen=0,
        payoff_fen=principal,
        days_past_due=30,
        waivers=(Waiver("penalty", waived, "kept_to_end"),) if waived else (),
        planned=Components(principal_fen=principal),
        first_payment=None,
        instalments=instalments,
    )
    return PlannedTerms(
        kind=kind,
        choice="",
        pay_day=10,
        start_on=START,
        annual_rate_ppm=0,
        asked=Asked(0, 0),
        loans=(loan,),
        first_payment=None,
        first_payment_days=3,
        instalments=instalments,
    )


def given_up(made, contract_ppm, *, day_basis=360):
    contracts = {"-": Contract(contract_ppm, day_basis)}
    return concession_of(made, contracts=contracts, policy=POLICY)


# principal, contract's rate, plan's rate, periods, waived -> interest given up, total
CASES = [
    # the example the pages were drawn with: two loans at half the rate give up 8,506.00 together
    (2_648_015, 216_000, 108_000, 46, 16_537, 6_588_19, 6_753_56),
    (950_779, 180_000, 90_000, 46, 0, 1_917_81, 1_917_81),
    # at the contract's rate only what policy waives is given up
    (2_648_015, 216_000, 216_000, 46, 16_537, 0, 165_37),
    # without interest all that the contract's rate would bring is given up: the schedules of the
    # rule book's section 10, their first period 15 days long (half of a month's interest)
    # (at the ceiling each month's interest is rounded down: 67 fen less than the rule book's)
    (1_200_000, 240_000, 0, 60, 0, 8_712_12 - 120_00, 8_592_12),
    (1_200_000, 180_000, 0, 24, 1_000, 2_378_14 - 90_00, 2_298_14),
    # one instalment after 15 days: 12,000.00 x 12 % x 15 / 360
    (1_200_000, 120_000, 0, 1, 0, 60_00, 60_00),
    (1, 240_000, 0, 1, 0, 0, 0),
]


@pytest.mark.parametrize(
    ("principal", "contract", "ppm", "periods", "waived", "interest", "total"), CASES
)
def test_waiver_and_interest_below_the_contracts_rate(
    principal, contract, ppm, periods, waived, interest, total
):
    made = terms(principal, ppm, periods, waived=waived)
    found = given_up(made, contract)
    assert (found.interest_fen, found.total_fen) == (interest, total)
    assert (found.waived_fen, found.by_policy_fen) == (waived, waived)
    assert found.by_person_fen == interest


def test_the_sum_holds_what_policy_grants_and_only_the_rest_uses_authority():
    found = Concession(Components(penalty_fen=20_000), Components(penalty_fen=16_537), 5)
    assert (found.total_fen, found.by_person_fen) == (20_005, 3_468)


def test_the_first_period_counts_by_its_days_on_both_sides():
    full_month = terms(1_200_000, 0, 24, first_on=date(2026, 12, 31))
    assert given_up(full_month, 180_000, day_basis=360).interest_fen == 2_378_14
    of_365 = terms(1_200_000, 0, 24, basis=365)
    # 12,000.00 x 18 % x 15 / 365 = 88.77 in place of a month's 180.00
    assert given_up(of_365, 180_000, day_basis=365).interest_fen == 2_378_14 - 180_00 + 88_77


def test_one_payment_that_settles_bears_no_interest_and_gives_none_up():
    made = terms(15_000, 0, 1, kind="settlement")
    assert given_up(made, 240_000, day_basis=360).total_fen == 0


def test_a_principal_too_small_for_a_schedule_at_the_full_rate_counts_by_the_exact_annuity():
    made = terms(50, 0, 50)
    with pytest.raises(ScheduleImpossible):
        spread_principal(50, 50, Bearing(240_000, 15, 360, at_ceiling=True))
    # 50 instalments of 0.50 x r (1+r)^50 / ((1+r)^50 - 1), r = 2 %: 79.56 fen in all
    assert given_up(made, 240_000, day_basis=360).interest_fen == 30
