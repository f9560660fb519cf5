"""What staff ask on the phone: which loans, which kinds suit and why others cannot be had, and the
plans that what is said gives, kind by kind.
"""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.budget import Budget
from app.domain.errors import NotFound, RuleBroken
from app.services.assisted.queries import phone_offer, phone_page
from app.services.assisted.spoken import PhoneAnswers
from app.services.chosen_loans.queries import LoanNotChoosable, loans_question
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_offer
from app.services.ways.choosing import pick_way
from app.services.ways.queries import ways_of
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.proposals import submitted
from tests.support.several import three_loans

DAY = date(2026, 12, 10)
SAID = {
    "reamortise": {"upfront_fen": 10_000, "monthly_fen": 60_000, "pay_day": 10},
    "step_up": {
        "upfront_fen": 0,
        "monthly_fen": 80_000,
        "pay_day": 10,
        "low_fen": 20_000,
        "low_months": 3,
    },
    "catch_up": {"upfront_fen": 0, "monthly_fen": 180_000},
    "settlement": {"pay_on": DAY, "sum_fen": 700_000},
    "deferral": {"months": 2, "way": "monthly"},
}


def page_of(session, loan, spoken=None):
    return phone_page(session, acting(), loan_public_id=loan.public_id, spoken=spoken)


def ticked(page):
    return {one.public_id for one in page.question.loans if one.is_planned_for}


@pytest.mark.parametrize("kind", SAID)
def test_every_kind_gives_the_plans_of_the_borrowers_own_pages(session, vault, kind):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, paid=11 if kind == "deferral" else 8)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    spoken = PhoneAnswers(kind=kind, **SAID[kind])
    offer = phone_offer(session, acting(), loan_public_id=loan.public_id, spoken=spoken)
    pick_way(session, acting(vault=vault), **mine, kind=kind)
    save_answers(session, acting(), **mine, given=Answers(**SAID[kind]))
    own = plan_offer(session, acting(vault=vault), **mine)
    assert [one.terms for one in offer.options] == [one.terms for one in own.options]
    assert {one.terms.kind for one in offer.options} == {kind}


def test_an_own_number_of_instalments(session, vault):
    loan = make_loan(session, make_borrower(session, vault))
    spoken = PhoneAnswers(kind="reamortise", periods=14, pay_day=10)
    offer = phone_offer(session, acting(), loan_public_id=loan.public_id, spoken=spoken)
    assert [one.terms.periods for one in offer.options] == [14]


@pytest.mark.parametrize("ease", ["already", "in_months", "unknown", "sum_at_hand"])
def test_the_kinds_are_those_of_the_borrowers_own_page(session, vault, ease):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    own = ways_of(session, acting(vault=vault), **mine, ease=ease)
    kinds = page_of(session, loan, PhoneAnswers(ease=ease, ease_months=3)).kinds
    assert (kinds.ways.first, kinds.ways.others) == (own.ways.first, own.ways.others)
    assert [one.kind for one in kinds.ways.unfit] == ["deferral"]
    assert (kinds.kind, kinds.limits.low_months) == (own.picked, 3)


def test_the_ticks_are_those_of_the_borrowers_own_page(session, vault):
    borrower = make_borrower(session, vault)
    plain, other = make_loan(session, borrower), make_loan(session, borrower)
    differs = make_loan(session, borrower, differences={"penalty": 37})
    make_loan(session, borrower, paid=11)
    make_plan(session, make_loan(session, borrower))
    page = page_of(session, differs)
    own = loans_question(
        session, acting(vault=vault), borrower_id=borrower.id, loan_public_id=differs.public_id
    )
    assert ticked(page) == {plain.public_id, other.public_id}
    told = [(one.public_id, one.refusal and one.refusal.code) for one in page.question.loans]
    assert told == [(one.public_id, one.refusal and one.refusal.code) for one in own.loans]
    assert {one.public_id for one in page.kinds.loans} == {plain.public_id, other.public_id}


def test_where_none_is_ticked_beforehand_the_one_talked_about_is(session, vault):
    borrower = make_borrower(session, vault)
    disputed = make_loan(session, borrower, disputed=True)
    make_loan(session, borrower, disputed=True)
    assert ticked(page_of(session, disputed)) == {disputed.public_id}


def test_a_loan_that_is_not_due_yet_is_put_off_alone(session, vault):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, paid=11)
    make_loan(session, borrower)
    page = page_of(session, loan)
    assert (page.asks_loans, page.kinds.kind) == (False, "deferral")
    assert [one.public_id for one in page.kinds.loans] == [loan.public_id]


def test_three_loans_in_one_plan(session, vault):
    _borrower, loans = three_loans(session, vault)
    ids = tuple(one.public_id for one in loans)
    spoken = PhoneAnswers(loans=ids, kind="reamortise", monthly_fen=200_000, pay_day=10)
    offer = phone_offer(session, acting(), loan_public_id=ids[0], spoken=spoken)
    shares = offer.options[0].terms.loans
    assert {one.public_id for one in shares} == set(ids)
    assert sum(one.total_fen for one in shares) == offer.options[0].terms.total_fen


def test_one_left_out_the_plan_begins_at_another(session, vault):
    _borrower, loans = three_loans(session, vault)
    ids = tuple(one.public_id for one in loans[1:])
    page = page_of(session, loans[0], PhoneAnswers(loans=ids))
    assert {one.public_id for one in page.kinds.loans} == set(ids)


def test_a_kind_these_loans_cannot_have_says_why(session, vault):
    _borrower, loans = three_loans(session, vault)
    ids = tuple(one.public_id for one in loans)
    spoken = PhoneAnswers(loans=ids, kind="catch_up", monthly_fen=200_000)
    assert page_of(session, loans[0], spoken).kinds.kind == "reamortise"
    with pytest.raises(RuleBroken) as refused:
        phone_offer(session, acting(), loan_public_id=ids[0], spoken=spoken)
    assert refused.value.code == "one_loan_only"


def test_more_than_ten_and_none_and_a_strangers_are_told(session, vault):
    borrower = make_borrower(session, vault)
    loans = [make_loan(session, borrower) for _count in range(11)]
    stranger = make_loan(session, make_borrower(session, vault))
    ids = tuple(one.public_id for one in loans)
    assert len(ticked(page_of(session, loans[0]))) == 10
    for wrong, code in (
        (ids, "too_many_loans"),
        ((), "loan_not_choosable"),
        ((ids[0], stranger.public_id), "loan_not_choosable"),
    ):
        page = page_of(session, loans[0], PhoneAnswers(loans=wrong))
        assert page.fault.code == code
        with pytest.raises((LoanNotChoosable, RuleBroken)):
            phone_offer(
                session,
                acting(),
                loan_public_id=ids[0],
                spoken=PhoneAnswers(loans=wrong, monthly_fen=60_000, pay_day=10),
            )


def test_beside_an_open_plan_its_own_loans_are_ticked(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, differences={"interest": 5})
    make_loan(session, borrower)
    submitted(session, vault, site, borrower=borrower, loan=loan)
    page = page_of(session, loan)
    assert (page.is_beside, ticked(page)) == (True, {loan.public_id})


def test_a_loan_that_cannot_be_planned_says_why(session, vault):
    loan = make_loan(session, make_borrower(session, vault), missing_since_on=date(2026, 11, 20))
    page = page_of(session, loan)
    assert (page.kinds, "正在核对" in page.refusal) == (None, True)


def test_an_absent_loan_is_not_found(session):
    with pytest.raises(NotFound):
        phone_page(session, acting(), loan_public_id="x" * 20)
    with pytest.raises(NotFound):
        phone_offer(session, acting(), loan_public_id="x" * 20, spoken=PhoneAnswers())


def test_what_is_left_has_a_target(session, vault):
    loan = make_loan(session, make_borrower(session, vault))
    spoken = PhoneAnswers(kind="reamortise", monthly_fen=60_000, pay_day=10)
    spoken = replace(spoken, budget=Budget.of_sums(500_000, 300_000))
    offer = phone_offer(session, acting(), loan_public_id=loan.public_id, spoken=spoken)
    assert (offer.surplus_fen, offer.target_fen) == (200_000, 100_000)
