"""An order as its borrower sees it: its state, and what its money covered."""

import pytest

from app.domain.errors import NotFound
from app.domain.repayments.directory import Destination
from app.services.paying.order_queries import handed_order, order_view
from tests.support.money import plan_of, undone
from tests.support.paying import handed, news, opened, payments_of, told


def look(session, context, order):
    session.rollback()
    return order_view(session, context, borrower_id=order.borrower_id, public_id=order.public_id)


def test_while_it_waits_it_says_where_to_go(session, soon, number):
    order = handed(session, soon, number)
    view = look(session, soon, order)
    assert (view.state, view.is_over, view.answer, view.others) == ("waiting", False, None, ())
    assert view.go_url == order.go_url
    assert view.kept.agreement == number
    assert look(session, soon.at(order.expires_at), order).is_over


def test_someone_elses_is_absent(session, soon, number):
    order = handed(session, soon, number)
    with pytest.raises(NotFound):
        order_view(session, soon, borrower_id=order.borrower_id + 1, public_id=order.public_id)


def test_paid_it_says_what_it_covered(session, at, number):
    due = at(days=4)
    order = handed(session, due, number)
    told(session, due, news(order, at=due.now))
    view = look(session, due, order)
    assert view.state == "paid"
    assert sum(one.fen for one in view.answer.laid.covered) == order.fen
    assert view.answer.laid.ahead_fen == 0
    assert view.answer.tail == "200001"


def test_taken_off_by_hand_it_is_on_the_way_again(session, soon, number):
    order = handed(session, soon, number)
    told(session, soon, news(order, at=soon.now))
    (payment,) = payments_of(session)
    undone(session, payment, at=soon.now)
    payment.state = "unmatched"
    session.commit()
    view = look(session, soon, order)
    assert (view.answer.is_matched, view.answer.laid) == (False, None)


def test_what_else_came_is_beside_it(session, soon, number):
    order = handed(session, soon, number)
    for ref in ("1", "2"):
        told(session, soon, news(order, ref=ref, at=soon.now))
    view = look(session, soon, order)
    assert [one.kind for one in view.others] == ["again"]
    assert view.others[0].laid.ahead_fen == order.fen


def test_one_that_waits_is_told_where_another_would_be_opened(session, soon, number):
    plan = Destination("plan", plan_of(session, number).number)
    order = opened(session, soon, number)
    asked = {"borrower_id": order.borrower_id, "destination": plan}
    assert handed_order(session, soon, **asked) is None
    order = handed(session, soon, number, offered="own", own_fen=77)
    assert handed_order(session, soon, **asked) == (order.public_id, 77)
    assert handed_order(session, soon, **(asked | {"borrower_id": 0})) is None
    told(session, soon, news(order, at=soon.now))
    assert handed_order(session, soon, **asked) is None
