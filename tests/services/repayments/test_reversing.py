"""A person lets a reversal count that a rule left to them."""

import pytest
from sqlalchemy import select

from app.domain.repayments.directory import Destination
from app.models import AuditEntry
from app.services.core.transaction import transaction
from app.services.repayments.posting import (
    PaymentReversed,
    ReversalKept,
    Share,
    place,
)
from app.services.repayments.reversing import take_back

BY = "staff:someone"


@pytest.fixture
def paid(session, context, pay, plan, loan):
    """A payment laid on a plan and a loan."""
    payment = pay(fen=100)
    shares = [Share(Destination("plan", plan.number), 60), Share(Destination("loan", loan.ref), 40)]
    with transaction(session):
        place(
            session,
            context,
            payment=payment,
            shares=shares,
            rule="person",
            reasons=(),
            actor=BY,
        )
    return payment


@pytest.fixture
def back(pay):
    def store(payment, fen=100, ref="BACK", **values):
        known = {"reverses_id": payment.id, "reverses_ref": payment.channel_ref}
        return pay(fen=fen, ref=ref, **known | values)

    return store


def let(session, context, reversal):
    with transaction(session):
        take_back(session, context, reversal=reversal, actor=BY)


def test_it_goes_where_its_payment_went(session, context, paid, back, matches, plan, loan):
    reversal = back(paid)
    let(session, context, reversal)
    assert (paid.state, reversal.state, reversal.reason) == ("matched", "matched", "")
    laid = [one for one in matches() if one.payment_id == reversal.id]
    assert [(one.plan_id, one.loan_id, one.fen, one.rule, one.actor) for one in laid] == [
        (plan.id, None, 60, "reversal", BY),
        (None, loan.id, 40, "reversal", BY),
    ]
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.object_id) == ("payment_taken_back", paid.public_id)
    assert entry.after["reversal"] == reversal.public_id


def test_of_money_that_was_nobodys_both_are_closed(session, context, pay, back, matches):
    payment = pay(fen=100)
    reversal = back(payment)
    let(session, context, reversal)
    assert {(one.state, one.reason) for one in (payment, reversal)} == {("returned", "reversed")}
    assert not matches()


def test_a_payment_is_taken_back_once(session, context, paid, back):
    first, second = back(paid), back(paid, ref="AGAIN")
    let(session, context, first)
    for reversal in (first, second):
        with pytest.raises(PaymentReversed):
            let(session, context, reversal)
    assert second.state == "unmatched"


@pytest.mark.parametrize("values", [{"fen": 99}, {"reverses_id": None}])
def test_what_is_not_the_whole_of_a_known_payment_stays(session, context, paid, back, values):
    reversal = back(paid, **values)
    with pytest.raises(ReversalKept):
        let(session, context, reversal)
    assert reversal.state == "unmatched"
