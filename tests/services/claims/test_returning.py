"""Money that is nobody's is marked to go back, and the mark taken away."""

import pytest

from app.domain.errors import NotFound
from app.services.claims.acts import (
    PaymentOfAnother,
    PaymentSettled,
    PaymentWordsNeeded,
)
from app.services.claims.owning import take_payment
from app.services.claims.returning import keep_payment, return_payment
from app.services.core.request_keys import KeyReused
from app.services.repayments.posting import PaymentReversed, ReversalKept
from tests.support.payments import make_payment

WHY = "货款，付错了公司，退给流水上的付款户名"


@pytest.fixture
def give_back(session, zheng):
    def act(public_id, *, words=WHY, key="back-1", by=None):
        return_payment(session, by or zheng, public_id=public_id, words=words, request_key=key)

    return act


@pytest.fixture
def keep(session, zheng):
    def act(public_id, *, words="本人来电，是他的", key="keep-1", by=None):
        keep_payment(session, by or zheng, public_id=public_id, words=words, request_key=key)

    return act


def test_it_goes_back_and_stays_after_all(pay, give_back, keep, stored, acts_of, trail, zheng):
    payment = pay(fen=12_000_00)
    give_back(payment)
    assert stored(payment).state == "returned"
    keep(payment)
    assert stored(payment).state == "unmatched"
    assert [(act, words) for act, _who, words in acts_of(payment)] == [
        ("returned", WHY),
        ("kept", "本人来电，是他的"),
    ]
    entries = trail()
    assert [one.action for one in entries] == ["payment_returned", "payment_kept"]
    assert entries[0].after == {"state": "returned", "fen": 12_000_00}
    assert WHY not in str([(one.before, one.after, one.reason) for one in entries])


def test_a_double_tap_marks_once_and_other_words_are_another_page(pay, give_back, acts_of):
    payment = pay()
    give_back(payment)
    give_back(payment)
    assert len(acts_of(payment)) == 1
    with pytest.raises(KeyReused):
        give_back(payment, words="别的")


def test_what_has_an_owner_on_a_plan_does_not_go_back(place, pay, called, give_back):
    payment = pay()
    place(payment, (called, None))
    with pytest.raises(PaymentSettled):
        give_back(payment)


def test_who_comes_second_is_told(pay, give_back, keep, place, called, he):
    payment = pay()
    give_back(payment)
    for act in (
        lambda: give_back(payment, by=he, key="back-2"),
        lambda: place(payment, (called, None), by=he),
    ):
        with pytest.raises(PaymentSettled, match="要退回"):
            act()
    keep(payment)
    with pytest.raises(PaymentSettled, match="撤回了"):
        keep(payment, by=he, key="keep-2")


def test_a_colleagues_payment_is_theirs(session, pay, give_back, he):
    payment = pay()
    take_payment(session, he, public_id=payment, owner="")
    with pytest.raises(PaymentOfAnother):
        give_back(payment)
    give_back(payment, by=he, key="back-2")


@pytest.mark.parametrize("words", ["", "\n "])
def test_it_needs_a_reason(pay, give_back, keep, stored, words):
    payment = pay()
    with pytest.raises(PaymentWordsNeeded):
        give_back(payment, words=words)
    give_back(payment)
    with pytest.raises(PaymentWordsNeeded):
        keep(payment, words=words)
    assert stored(payment).state == "returned"


def test_what_the_channel_took_back_already_does_not_go_back(
    session, vault, pay, give_back, keep, stored
):
    payment = pay(state="returned", reason="reversed")
    values = {"reverses_ref": "LS-1", "reverses_id": stored(payment).id, "reason": "reversed"}
    back = make_payment(session, vault, state="returned", **values).public_id
    with pytest.raises(PaymentReversed):
        keep(payment)
    with pytest.raises(ReversalKept):
        keep(back, key="keep-2")
    with pytest.raises(ReversalKept):
        give_back(pay(reverses_ref="LS-0"), key="back-2")


def test_an_unknown_payment_is_not_found(give_back, keep):
    for act in (give_back, keep):
        with pytest.raises(NotFound):
            act("x" * 20)
