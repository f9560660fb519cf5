"""The road to a plan as the borrower reads it: options, sliders, check."""

from dataclasses import replace

from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_check
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.proposals import ANSWERS
from tests.support.telling import earn


def test_a_choice_that_is_not_there_any_more_is_not_checked(session, vault):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    save_answers(session, acting(), given=replace(ANSWERS, monthly_fen=100), **mine)
    assert plan_check(session, acting(vault=vault), **mine) is None


def test_a_surplus_counts_only_where_income_is_asked(session, vault, borrower, loan):
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    earn(session, vault, borrower, loan, 100_000, 100_000)
    save_answers(session, acting(), given=ANSWERS, **mine)
    road = plan_check(session, acting(vault=vault), **mine).road
    assert (road.asks_income, road.surplus_fen) == (False, None)
    session.commit()
    save_answers(session, acting(), given=replace(ANSWERS, monthly_fen=40_000), **mine)
    view = plan_check(session, acting(vault=vault), **mine)
    assert (view.road.asks_income, view.road.surplus_fen, view.target_fen) == (True, 0, 0)
    assert view.option.is_tight
    assert not view.option.is_at_once
