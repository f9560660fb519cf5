"""A reversal that waits is let to count by a person, once, with a reason."""

import pytest

from app.domain.errors import NotFound
from app.services.claims.acts import PaymentSettled, PaymentWordsNeeded
from app.services.claims.taking_back import let_reversal_count
from app.services.repayments.posting import ReversalKept

WHY = "银行来函，核对过"


@pytest.fixture
def let(session, zheng):
    def count(public_id, *, words=WHY, key="back-1", by=None):
        let_reversal_count(session, by or zheng, public_id=public_id, words=words, request_key=key)

    return count


@pytest.fixture
def claimed(pay, place, called):
    payment = pay(fen=300)
    place(payment, (called, None))
    return payment


@pytest.fixture
def back(pay, stored):
    """A reversal of a payment that no rule let through."""

    def store(original, fen=300):
        row = stored(original)
        known = {"reverses_id": row.id, "reverses_ref": row.channel_ref}
        return pay(fen=fen, reason="old_value_date", **known)

    return store


def test_it_goes_where_its_payment_went_and_is_on_record(
    let, claimed, back, stored, standing, acts_of, zheng, plan
):
    reversal = back(claimed)
    let(reversal)
    assert stored(reversal).state == "matched"
    assert standing(reversal) == [(plan.id, None, 300)]
    assert acts_of(reversal) == [("taken_back", zheng.actor.who, WHY)]


def test_a_double_tap_lets_it_count_once(let, claimed, back, acts_of):
    reversal = back(claimed)
    let(reversal)
    let(reversal)
    assert len(acts_of(reversal)) == 1
    with pytest.raises(PaymentSettled):
        let(reversal, key="back-2")


def test_in_part_it_is_refused(let, claimed, back, stored):
    reversal = back(claimed, fen=100)
    with pytest.raises(ReversalKept):
        let(reversal)
    assert stored(reversal).state == "unmatched"


def test_money_that_came_is_no_reversal(let, pay, stored):
    payment = pay()
    with pytest.raises(ReversalKept):
        let(payment)
    assert stored(payment).state == "unmatched"


def test_a_reason_is_needed_and_a_payment(let, claimed, back):
    with pytest.raises(PaymentWordsNeeded):
        let(back(claimed), words=" ")
    with pytest.raises(NotFound):
        let("nothing")
