"""A borrower says when it will be easier, picks a kind of plan, and says what the kind asks for."""

from datetime import date

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.domain.kinds.catch_up import CatchUpTooLate
from app.domain.kinds.deferral import MonthsOutside
from app.domain.kinds.settlement import SumOutside
from app.domain.kinds.step_up import LowMonthsOutside, LowTooLarge, LowTooSmall, MonthlyNotAboveLow
from app.domain.plan import PayDateOutside
from app.domain.proposing import AlreadyOverdue, NotOverdue, UnderLegalReview
from app.domain.ways import EASES, MOST_MONTHS
from app.models import PlanDraft
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_journey
from app.services.ways.choosing import pick_way, save_inputs, tell_ease
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.telling import draft, tell


@pytest.fixture
def mine(borrower, loan):
    return {"borrower_id": borrower.id, "loan_public_id": loan.public_id}


@pytest.fixture
def pick(session, vault, mine):
    return lambda kind, **said: pick_way(session, acting(vault=vault), kind=kind, **mine, **said)


@pytest.fixture
def say(session, vault, mine):
    return lambda **given: save_inputs(session, acting(vault=vault), given=Answers(**given), **mine)


def kept(session) -> dict:
    session.rollback()
    return session.scalars(select(PlanDraft)).one().answers


def test_when_it_will_be_easier_again_is_kept_beside_the_reason(
    session, vault, borrower, loan, mine
):
    tell(session, vault, borrower, loan, "illness", words="做了手术", has_consented=True)
    tell_ease(session, acting(vault=vault), ease="in_months", months=MOST_MONTHS, **mine)
    told = draft(session, vault, borrower, loan).hardship
    assert (told.ease, told.ease_months) == ("in_months", MOST_MONTHS)
    assert (told.reason, told.without_reason.ease) == ("illness", "in_months")
    tell_ease(session, acting(vault=vault), ease="unknown", **mine)
    told = draft(session, vault, borrower, loan).hardship
    assert (told.ease, told.ease_months) == ("unknown", None)
    assert "unknown" not in str(kept(session))


@pytest.mark.parametrize(
    ("ease", "months"),
    [("soon", None), ("in_months", None), ("in_months", 0), ("in_months", MOST_MONTHS + 1)]
    + [(ease, 3) for ease in EASES if ease != "in_months"],
)
def test_an_ease_no_form_lets_through_is_a_callers_fault(session, vault, mine, ease, months):
    with pytest.raises(ValueError, match="form"):
        tell_ease(session, acting(vault=vault), ease=ease, months=months, **mine)


def test_a_kind_is_picked_and_what_was_chosen_of_another_is_open_again(session, pick, say):
    pick("reamortise", ease="in_months", months=3)
    say(monthly_fen=130_000, upfront_fen=0, pay_day=10)
    say(choice="lowest", periods=9)
    pick("reamortise")
    assert (kept(session)["choice"], kept(session)["periods"]) == ("lowest", 9)
    pick("step_up")
    found = kept(session)
    assert (found["kind"], found["monthly_fen"]) == ("step_up", 130_000)
    assert not {"choice", "periods"} & set(found)


@pytest.mark.parametrize(
    ("overrides", "kind", "refusal"),
    [
        ({}, "deferral", AlreadyOverdue),
        ({"paid": 11}, "reamortise", NotOverdue),
        ({"paid": 11}, "settlement", NotOverdue),
        ({"paid": 5}, "catch_up", CatchUpTooLate),
        ({"legal_review": True}, "reamortise", UnderLegalReview),
    ],
)
def test_a_kind_that_these_loans_cannot_have_says_why(
    session, vault, borrower, overrides, kind, refusal
):
    loan = make_loan(session, borrower, **overrides)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    with pytest.raises(refusal):
        pick_way(session, acting(vault=vault), kind=kind, **mine)
    assert session.scalars(select(PlanDraft)).all() == []


def test_a_kind_no_form_lets_through_is_a_callers_fault(pick):
    with pytest.raises(ValueError, match="kind"):
        pick("holiday")


def test_of_someone_elses_loan_nobody_picks(session, vault, loan):
    other = make_borrower(session, vault)
    with pytest.raises(NotFound):
        pick_way(
            session,
            acting(vault=vault),
            kind="reamortise",
            borrower_id=other.id,
            loan_public_id=loan.public_id,
        )


@pytest.mark.parametrize(
    ("kind", "given", "refusal"),
    [
        ("step_up", {"low_fen": 5_000, "low_months": 3}, LowTooSmall),
        ("step_up", {"low_fen": 20_000, "low_months": 13}, LowMonthsOutside),
        ("step_up", {"low_fen": 500_000, "low_months": 3}, LowTooLarge),
        (
            "step_up",
            {"low_fen": 20_000, "low_months": 3, "monthly_fen": 20_000, "upfront_fen": 0},
            MonthlyNotAboveLow,
        ),
        ("settlement", {"pay_on": date(2027, 6, 1)}, PayDateOutside),
        ("settlement", {"pay_on": date(2026, 12, 5), "sum_fen": 1}, SumOutside),
        ("settlement", {"pay_on": date(2026, 12, 5), "sum_fen": 90_000_000}, SumOutside),
    ],
)
def test_what_the_rules_refuse_is_told_at_once_and_not_kept(
    session, pick, say, kind, given, refusal
):
    pick(kind)
    with pytest.raises(refusal):
        say(**given)
    assert not set(given) & set(kept(session))


def test_a_deferral_longer_than_the_contract_bears_is_refused(session, vault, borrower):
    loan = make_loan(session, borrower, paid=11)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    pick_way(session, acting(vault=vault), kind="deferral", ease="not_behind", **mine)
    with pytest.raises(MonthsOutside):
        save_inputs(session, acting(vault=vault), given=Answers(months=7, way="later"), **mine)
    given = Answers(months=3, way="monthly", choice="best_fit")
    save_inputs(session, acting(vault=vault), given=given, **mine)
    answers = draft(session, vault, borrower, loan).answers
    assert (answers.kind, answers.months, answers.way) == ("deferral", 3, "monthly")


def test_an_own_sum_and_an_own_number_are_taken_back_with_zero(
    session, vault, borrower, loan, pick, say
):
    pick("settlement")
    say(pay_on=date(2026, 12, 5), sum_fen=500_000)
    say(sum_fen=0)
    assert kept(session)["sum_fen"] == 0
    pick("reamortise")
    say(monthly_fen=130_000, upfront_fen=0, pay_day=10, periods=9)
    say(periods=0)
    assert draft(session, vault, borrower, loan).answers.periods == 0


def test_a_kind_that_no_longer_can_be_had_is_asked_again(session, vault, borrower, mine, loan):
    save_answers(session, acting(vault=vault), given=Answers(kind="deferral"), **mine)

    journey = plan_journey(session, acting(vault=vault), **mine)
    assert (journey.kind, journey.answers.kind) == ("reamortise", None)
