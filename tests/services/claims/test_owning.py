"""One person sees to a payment; what a bank wrote is read on record."""

import pytest

from app.domain.errors import NotFound
from app.services.claims.acts import PaymentOfAnother, PaymentSettled
from app.services.claims.owning import (
    OwnerChanged,
    let_go_payment,
    show_words,
    take_payment,
)
from app.services.repayments.sealing import PayerWords


def test_one_takes_it_and_lets_go(session, pay, stored, acts_of, trail, zheng):
    payment = pay()
    for _tap in range(2):
        take_payment(session, zheng, public_id=payment, owner="")
    assert stored(payment).owner_id == zheng.staff.staff_id
    assert stored(payment).owned_at == zheng.now
    for _tap in range(2):
        let_go_payment(session, zheng, public_id=payment)
    assert (stored(payment).owner_id, stored(payment).owned_at) == (None, None)
    assert [act for act, *_rest in acts_of(payment)] == ["taken", "let_go"]
    assert [one.action for one in trail()] == ["payment_taken", "payment_let_go"]
    assert trail()[0].after == {"owner": zheng.staff.public_id}


def test_a_colleague_takes_over_what_they_saw_and_nothing_else(session, pay, zheng, he, stored):
    payment = pay()
    take_payment(session, he, public_id=payment, owner="")
    with pytest.raises(OwnerChanged, match="刚刚接了"):
        take_payment(session, zheng, public_id=payment, owner="")
    with pytest.raises(PaymentOfAnother):
        let_go_payment(session, zheng, public_id=payment)
    take_payment(session, zheng, public_id=payment, owner=he.staff.public_id)
    assert stored(payment).owner_id == zheng.staff.staff_id
    let_go_payment(session, zheng, public_id=payment)
    with pytest.raises(OwnerChanged, match="刚刚放回了"):
        take_payment(session, he, public_id=payment, owner=zheng.staff.public_id)


def test_what_was_claimed_needs_nobody(session, place, pay, called, zheng):
    payment = pay()
    place(payment, (called, None))
    with pytest.raises(PaymentSettled):
        take_payment(session, zheng, public_id=payment, owner="")


def test_what_a_bank_wrote_is_read_on_record(session, pay, trail, zheng):
    payment = pay(payer="李芳", account_tail="5512", remark="替我爱人还款")
    found = show_words(session, zheng, public_id=payment)
    assert found == PayerWords("李芳", "替我爱人还款", "5512")
    (entry,) = trail()
    assert (entry.action, entry.actor, entry.object_id) == (
        "payment_words_seen",
        zheng.actor.who,
        payment,
    )
    assert "李芳" not in str([entry.before, entry.after, entry.reason])


def test_an_unknown_payment_is_not_found(session, zheng):
    nobody = "x" * 20
    for act in (
        lambda: take_payment(session, zheng, public_id=nobody, owner=""),
        lambda: let_go_payment(session, zheng, public_id=nobody),
        lambda: show_words(session, zheng, public_id=nobody),
    ):
        with pytest.raises(NotFound):
            act()
