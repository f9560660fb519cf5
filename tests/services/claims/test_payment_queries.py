"""One payment as finance reads it: the line, what it is on, who did what, whose it may be."""

import pytest

from app.domain.errors import NotFound
from app.services.claims.payment_queries import payment_view
from app.services.claims.undoing import undo_match
from tests.services.claims.conftest import WORDS
from tests.support.payments import make_statement


def test_one_payment_with_its_story(session, vault, pay, place, plan, called, zheng, he, stored):
    file = make_statement(session)
    payment = pay(payer="李芳", file_id=file.id, line=7, loan_ref="JJ1")
    place(payment, (called, None), by=he)
    undo_match(session, zheng, public_id=payment, words="记错了", request_key="k")
    view = payment_view(session, zheng, public_id=payment)
    assert (view.file, view.line, view.loan_ref) == ((file.public_id, file.name), 7, "JJ1")
    assert [(one.act, one.words) for one in view.acts] == [
        ("matched", WORDS),
        ("undone", "记错了"),
    ]
    (match,) = view.matches
    assert (match.called, match.borrower, match.rule, match.by) == (
        called,
        "*芳",
        "person",
        "客服 2073",
    )
    assert (match.undone_by, match.undone_at) == ("客服 2073", zheng.now)
    assert [one.called for one in view.likely] == [called]
    assert view.row.is_mine


def test_what_was_claimed_has_no_suggestions(session, pay, place, called, zheng):
    payment = pay(payer="李芳")
    place(payment, (called, None))
    view = payment_view(session, zheng, public_id=payment)
    assert view.likely == ()
    assert [(one.fen, one.undone_at) for one in view.matches] == [(100_00, None)]


def test_money_and_what_took_it_back_name_each_other(session, vault, pay, stored, zheng):
    payment = pay(channel_ref="LS-1")
    back = pay(
        channel_ref="LS-2",
        reverses_ref="LS-1",
        reverses_id=stored(payment).id,
        state="matched",
    )
    lost = pay(channel_ref="LS-3", reverses_ref="LS-0")
    came_in = payment_view(session, zheng, public_id=payment)
    assert (came_in.other, came_in.is_taken_back) == ((back, "LS-2"), True)
    took = payment_view(session, zheng, public_id=back)
    assert (took.other, took.is_taken_back) == ((payment, "LS-1"), False)
    assert payment_view(session, zheng, public_id=lost).other is None


def test_an_unknown_payment_is_not_found(session, zheng):
    with pytest.raises(NotFound):
        payment_view(session, zheng, public_id="x" * 20)
