"""The journey to a plan as the borrower reads it: options, sliders, check."""

from dataclasses import replace

import pytest

from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import open_version, plan_check, plan_offer
from tests.factories import make_borrower, make_loan, make_plan
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
    journey = plan_check(session, acting(vault=vault), **mine).journey
    assert (journey.asks_income, journey.surplus_fen) == (False, None)
    session.commit()
    save_answers(session, acting(), given=replace(ANSWERS, monthly_fen=40_000), **mine)
    view = plan_check(session, acting(vault=vault), **mine)
    assert (view.journey.asks_income, view.journey.surplus_fen, view.target_fen) == (True, 0, 0)
    assert view.option.is_tight
    assert not view.option.is_at_once


def test_the_page_of_options_opens_at_the_borrowers_choice_else_the_best_fit(
    session, vault, borrower, loan
):
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    save_answers(session, acting(), given=replace(ANSWERS, choice="lowest"), **mine)
    offer = plan_offer(session, acting(vault=vault), **mine)
    assert "lowest" in offer.preselected.choices
    assert offer.preselected == offer.chosen
    session.commit()
    save_answers(session, acting(), given=replace(ANSWERS, monthly_fen=40_000), **mine)
    earn(session, vault, borrower, loan, 100_000, 100_000)
    nothing_left = plan_offer(session, acting(vault=vault), **mine)
    assert nothing_left.has_nothing_left
    assert all(one.is_tight for one in nothing_left.options)


@pytest.mark.parametrize(
    ("state", "is_open"),
    [("submitted", True), ("approved", True), ("under_appeal", True), ("refused", False)],
)
def test_the_version_that_is_open_on_a_loan_leads_on(
    session, vault, borrower, loan, state, is_open
):
    version = make_plan(session, loan, state=state)
    asked = {"loan_public_id": loan.public_id}
    found = open_version(session, borrower_id=borrower.id, **asked)
    assert found == (version.public_id if is_open else None)
    stranger = make_borrower(session, vault, mobile="19003740001")
    assert open_version(session, borrower_id=stranger.id, **asked) is None
