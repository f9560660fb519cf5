"""What every act on a payment shares."""

import pytest

from app.domain.errors import NotFound
from app.models import Payment
from app.services.claims import acts
from app.services.claims.acts import PaymentOfAnother, PaymentSettled, PaymentWordsNeeded
from app.services.core.transaction import transaction


def test_nobody_is_not_found(session, zheng):
    with pytest.raises(NotFound), transaction(session):
        acts.begin(session, zheng, public_id="x" * 20)


@pytest.mark.parametrize(
    ("state", "owner", "refusal", "told"),
    [
        ("unmatched", None, None, ""),
        ("unmatched", "me", None, ""),
        ("unmatched", "another", PaymentOfAnother, "别的同事在办"),
        ("matched", None, PaymentSettled, "刚刚认领了"),
        ("returned", None, PaymentSettled, "要退回"),
    ],
)
def test_a_payment_is_as_it_was_and_nobody_elses(zheng, state, owner, refusal, told):
    me = zheng.staff.staff_id
    payment = Payment(state=state, owner_id={"me": me, "another": me + 1}.get(owner))
    if refusal is None:
        acts.check_still(zheng, payment=payment, state="unmatched")
        return
    with pytest.raises(refusal, match=told):
        acts.check_still(zheng, payment=payment, state="unmatched")


def test_words_are_said_without_blanks_around_them():
    assert acts.said_in_words("  本人来电  ") == "本人来电"
    assert acts.said_in_words("长" * acts.LONGEST_WORDS)
    for words in ("", " ", "长" * (acts.LONGEST_WORDS + 1)):
        with pytest.raises(PaymentWordsNeeded):
            acts.said_in_words(words)


def test_a_request_tells_nothing_of_what_was_said(zheng):
    request = acts.asked(zheng, act="match", key="k", content=("p", "李芳来电"))
    assert (request.who, request.route, request.key) == (zheng.actor.who, "payment.match", "k")
    assert "李芳" not in request.body
    other = acts.asked(zheng, act="match", key="k", content=("p", "李芳来电了"))
    assert request.body != other.body
