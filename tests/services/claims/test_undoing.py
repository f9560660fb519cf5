"""A match is undone: the payment lies on the list again, and what was stays on record."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import Match
from app.services.claims.acts import PaymentSettled, PaymentWordsNeeded
from app.services.claims.undoing import undo_match
from app.services.core.request_keys import KeyReused
from app.services.repayments.posting import PaymentReversed, ReversalKept
from tests.services.claims.conftest import WORDS
from tests.support.payments import make_payment

WHY = "记错人了，同名"


@pytest.fixture
def undo(session, zheng):
    def undone(public_id, *, words=WHY, key="undo-1", by=None):
        undo_match(session, by or zheng, public_id=public_id, words=words, request_key=key)

    return undone


def test_it_lies_on_the_list_again_with_who_undid_it(
    session, place, undo, pay, called, stored, standing, acts_of, trail, zheng, he
):
    payment = pay()
    place(payment, (called, None), by=he)
    undo(payment)
    row = stored(payment)
    assert (row.state, row.reason, row.owner_id) == ("unmatched", "undone", zheng.staff.staff_id)
    assert standing(payment) == []
    match = session.scalars(select(Match)).one()
    assert (match.actor, match.undone_by) == (he.actor.who, zheng.actor.who)
    assert acts_of(payment) == [
        ("matched", he.actor.who, WORDS),
        ("undone", zheng.actor.who, WHY),
    ]
    assert [one.action for one in trail()] == ["payment_matched", "payment_taken_off"]


def test_what_was_undone_is_matched_anew(place, undo, pay, called, plan, standing):
    payment = pay(fen=300)
    place(payment, (called, None))
    undo(payment)
    place(payment, (plan.number, 300))
    assert standing(payment) == [(plan.id, None, 300)]


def test_a_double_tap_undoes_once(place, undo, pay, called, acts_of):
    payment = pay()
    place(payment, (called, None))
    undo(payment)
    undo(payment)
    assert [act for act, *_rest in acts_of(payment)] == ["matched", "undone"]
    with pytest.raises(KeyReused):
        undo(payment, words="别的原因")


def test_who_comes_second_is_told(place, undo, pay, called, he):
    payment = pay()
    place(payment, (called, None))
    undo(payment)
    with pytest.raises(PaymentSettled) as refused:
        undo(payment, by=he, key="undo-2")
    assert "别的同事刚刚撤回了" in refused.value.words


def test_it_needs_a_reason(place, undo, pay, called, stored):
    payment = pay()
    place(payment, (called, None))
    with pytest.raises(PaymentWordsNeeded):
        undo(payment, words=" ")
    assert stored(payment).state == "matched"


def test_what_the_channel_took_back_stays_as_it_is(
    session, vault, place, undo, pay, called, stored
):
    payment = pay()
    place(payment, (called, None))
    back = make_payment(
        session,
        vault,
        reverses_ref="LS-1",
        reverses_id=stored(payment).id,
        state="matched",
        reason="",
    ).public_id
    with pytest.raises(PaymentReversed):
        undo(payment)
    with pytest.raises(ReversalKept):
        undo(back, key="undo-2")


def test_an_unknown_payment_is_not_found(undo):
    with pytest.raises(NotFound):
        undo("x" * 20)
