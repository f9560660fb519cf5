"""What is looked up for a batch of lines: by every number and name, all that its borrowers hold."""

from datetime import date

import pytest

from app.domain.repayments.directory import Destination, SeenBefore, Wanted
from app.domain.repayments.row import RepaymentRow
from app.models import Match
from app.services.repayments.asks import StoredAsks
from app.services.repayments.directory import StoredDirectory
from app.services.repayments.sealing import account_hash, name_hash
from tests.factories import make_agreement, make_borrower, make_loan, make_plan
from tests.services.repayments.conftest import TODAY
from tests.support.counting import statements

NOTHING = frozenset()
# Five for what is asked about and who paid before, four for what is held; accounts of plans with
# their policies and calendar, figures of loans with their proposals.
MOST_QUERIES = 18


def a_row(payer="罗涵敏", tail="1234"):
    return RepaymentRow("银行卡", "LS1", TODAY, TODAY, 100, payer=payer, account_tail=tail)


@pytest.fixture
def find(session, context):
    def look(*rows, plans=(), loans=(), names=(), tails=()):
        asks = StoredAsks(session, context)
        found = StoredDirectory(session, context.vault, asks, rows or [a_row()])
        sets = (frozenset(one) for one in (plans, loans, names, tails))
        return found.find(Wanted(*sets))

    return look


@pytest.fixture
def other(session, vault):
    """Another person with a loan on which no plan runs."""
    someone = make_borrower(
        session, vault, name="程思远", mobile="19003740001", id_number="990101198901140981"
    )
    return make_loan(session, someone)


def test_a_plan_is_found_with_its_loan_its_borrower_and_what_they_hold(find, plan, loan, borrower):
    found = find(plans=[plan.number, "AH-99999"])
    one = found.plans[plan.number]
    assert (one.borrower, one.name, one.state) == (str(borrower.id), "罗涵敏", "active")
    assert one.loans == (loan.ref,)
    assert found.loans[loan.ref].plan == plan.number
    assert found.holds == {one.borrower: [Destination("plan", plan.number)]}
    assert set(found.plans) == {plan.number}


def test_a_running_plan_asks_what_its_standing_says_and_its_loan_nothing(find, plan, loan):
    found = find(plans=[plan.number])
    assert dict(found.plans[plan.number].asks) == {"next": 600_000, "payoff": 600_000}
    assert found.loans[loan.ref].asks == {}


def test_a_loan_without_a_plan_asks_what_is_owed_today(find, other):
    found = find(loans=[other.ref, "JJ000000"])
    one = found.loans[other.ref]
    assert (one.state, one.plan, one.name) == ("open", None, "程思远")
    assert set(one.asks) == {"due", "payoff"}
    assert one.asks["due"] < one.asks["payoff"]
    assert found.holds == {one.borrower: [Destination("loan", other.ref)]}


def test_a_loan_is_found_by_the_number_of_its_contract(find, other):
    found = find(loans=[other.contract_no])
    assert found.contracts == {other.contract_no: [other.ref]}
    assert other.ref in found.loans


def test_all_of_a_name_are_found_and_all_they_hold(find, session, vault, plan, loan, other):
    namesake = make_borrower(session, vault, mobile="19003740002", id_number="990101198901141001")
    free = make_loan(session, namesake)
    found = find(names=["罗涵敏", "没有此人"])
    assert found.people == {"罗涵敏": [str(loan.borrower_id), str(namesake.id)]}
    assert found.holds[str(namesake.id)] == [Destination("loan", free.ref)]
    assert other.ref not in found.loans


@pytest.mark.parametrize("stored", ["阿依古丽·买买提", "阿依古丽.买买提", "阿依古丽买买提"])
@pytest.mark.parametrize("payer", ["阿依古丽·买买提", "阿依古丽．买买提", "阿依古丽• 买买提"])
def test_a_name_of_several_parts_is_found_whichever_dot_stands_in_it(
    find, session, vault, stored, payer
):
    someone = make_borrower(session, vault, name=stored)
    found = find(a_row(payer=payer), names=["阿依古丽买买提"])
    assert found.people == {"阿依古丽买买提": [str(someone.id)]}


def test_nothing_asked_about_is_nothing_found(find, plan, other):
    found = find()
    assert (found.plans, found.loans, found.people, found.holds) == ({}, {}, {}, {})


@pytest.mark.parametrize(("kind", "state"), [("reamortise", "settled"), ("catch_up", "open")])
def test_of_a_completed_plan_nothing_is_left_but_after_a_catch_up_the_contract_goes_on(
    find, session, loan, kind, state
):
    version = make_plan(session, loan, state="approved", kind=kind)
    make_agreement(session, version, plan_state="completed")
    found = find(loans=[loan.ref])
    assert (found.loans[loan.ref].state, found.loans[loan.ref].plan) == (state, None)
    assert bool(found.loans[loan.ref].asks) == (state == "open")


def test_a_broken_plan_gives_its_loan_back(find, session, loan):
    version = make_plan(session, loan, state="approved")
    make_agreement(session, version, plan_state="broken")
    found = find(loans=[loan.ref])
    assert (found.loans[loan.ref].state, found.loans[loan.ref].plan) == ("open", None)
    assert [one.asks for one in found.plans.values()] == [{}]


@pytest.mark.parametrize(
    ("overrides", "state"),
    [({"missing_since_on": date(2026, 11, 20)}, "missing"), ({"paid": 24}, "settled")],
)
def test_loans_that_take_no_money(find, session, borrower, overrides, state):
    one = make_loan(session, borrower, **overrides)
    found = find(loans=[one.ref])
    assert found.loans[one.ref].state == state
    assert found.holds == {}


@pytest.fixture
def seen(session, vault, pay, other):
    """Money that came for the other person from an account."""

    def store(payer="罗涵敏", tail="1234", state="matched", **match):
        payment = pay(
            ref=f"OLD{payer}{tail}",
            state=state,
            payer_hmac=name_hash(vault, payer),
            account_hmac=account_hash(vault, payer, tail),
        )
        values = {"number": 1, "rule": "person", "reasons": [], "actor": "x"}
        session.add(
            Match(
                payment_id=payment.id,
                loan_id=other.id,
                fen=payment.fen,
                at=payment.posted_at,
                **values | match,
            )
        )
        session.commit()
        return payment

    return store


def test_an_account_is_known_by_its_end_with_who_pays_from_it(find, seen, other):
    seen()
    someone = SeenBefore("罗涵敏", str(other.borrower_id))
    assert find(a_row()).accounts == {"1234": [someone]}
    assert find(a_row(payer="还款 罗涵敏")).accounts == {"1234": [someone]}
    for unlike in (a_row(tail="1235"), a_row(payer="罗涵"), a_row(payer=""), a_row(tail="")):
        assert find(unlike).accounts == {}
    assert str(other.borrower_id) in find(a_row()).holds


def test_what_was_undone_or_taken_back_tells_nothing(find, seen, pay, session, context):
    seen(undone_at=context.now, undone_by="staff:x")
    assert find(a_row()).accounts == {}
    payment = seen(tail="5678")
    pay(ref="BACK", reverses_id=payment.id, reverses_ref=payment.channel_ref, state="matched")
    assert find(a_row(tail="5678")).accounts == {}


def test_a_batch_is_looked_up_in_a_handful_of_queries(find, session, plan, other, seen):
    seen()
    numbers = [f"AH-{number}" for number in range(10_000, 11_000)]
    with statements(session.get_bind().engine) as seen_ones:
        find(a_row(), plans=[plan.number, *numbers], loans=[other.ref], names=["罗涵敏", "程思远"])
    assert 0 < len(seen_ones) <= MOST_QUERIES
