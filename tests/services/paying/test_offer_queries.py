"""What may be paid here: the borrower's own plans and loans, and the channels of the place."""

import pytest

from app.domain.errors import NotFound
from app.domain.paying import NothingToPay
from app.services.paying.offer_queries import (
    channels_in,
    loan_offer,
    payables,
    plan_offer,
)
from tests.factories import make_borrower, make_loan
from tests.support.paying import borrower_of, handed, news, told

OTHER = {"name": "周以宁", "mobile": "19003740001", "id_number": "990101198901141789"}


def test_a_plan_is_offered_by_its_agreement(session, soon, number, loan):
    borrower = borrower_of(session, number)
    offer = plan_offer(session, soon, borrower_id=borrower.id, agreement=number)
    assert [one.kind for one in offer.sums.sums] == ["ahead", "all"]
    assert offer.kept.agreement == number
    with pytest.raises(NotFound):
        plan_offer(session, soon, borrower_id=borrower.id + 1, agreement=number)
    with pytest.raises(NothingToPay):
        loan_offer(session, soon, borrower_id=borrower.id, public_id=loan.public_id)


def test_a_completed_plan_offers_nothing(session, soon, number):
    order = handed(session, soon, number, offered="all")
    told(session, soon, news(order, at=soon.now))
    with pytest.raises(NothingToPay):
        plan_offer(session, soon, borrower_id=order.borrower_id, agreement=number)
    assert payables(session, soon, borrower_id=order.borrower_id) == ()


def test_a_loan_without_a_plan_is_offered_with_what_is_due(session, vault, soon):
    borrower = make_borrower(session, vault, **OTHER)
    loan = make_loan(session, borrower)
    session.commit()
    offer = loan_offer(session, soon, borrower_id=borrower.id, public_id=loan.public_id)
    kinds = [one.kind for one in offer.sums.sums]
    assert kinds == ["due", "ahead", "all"]
    assert offer.sums.sums[0].fen == offer.loan.today_fen
    assert offer.sums.most_fen == offer.loan.payoff_fen
    with pytest.raises(NotFound):
        loan_offer(session, soon, borrower_id=borrower.id + 1, public_id=loan.public_id)


def test_what_a_person_looks_at_first_is_not_paid_here(session, vault, soon):
    borrower = make_borrower(session, vault, **OTHER)
    gone = make_loan(session, borrower, missing_since_on=soon.today)
    session.commit()
    with pytest.raises(NothingToPay):
        loan_offer(session, soon, borrower_id=borrower.id, public_id=gone.public_id)
    assert payables(session, soon, borrower_id=borrower.id) == ()


def test_all_that_can_be_paid_is_listed_once(session, soon, number, borrower):
    free = make_loan(session, borrower)
    session.commit()
    found = payables(session, soon, borrower_id=borrower.id)
    assert [one.loan.ref if one.loan else one.kept.agreement for one in found] == [
        free.ref,
        number,
    ]
    assert found[0].asked_fen > 0 == found[1].asked_fen


def test_channels_that_work_here_come_first(soon, monkeypatch):
    assert [one.is_here for one in channels_in(soon, scene="browser")] == [True]
    monkeypatch.setattr(soon.gateways.cashier, "scenes", lambda: frozenset({"alipay"}))
    assert [one.is_here for one in channels_in(soon, scene="wechat")] == [False]
