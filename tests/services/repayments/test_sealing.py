"""What a bank wrote of a payer is sealed and found by keyed hashes."""

from datetime import date

import pytest

from app.domain.repayments.row import RepaymentRow
from app.models import Payment
from app.services.repayments.sealing import (
    PayerWords,
    account_hash,
    hashes_of,
    name_hash,
    sealed_words,
    words_of,
)

DAY = date(2026, 11, 20)


def a_row(**words):
    return RepaymentRow("银行卡", "LS1", DAY, DAY, 100, **words)


def test_words_are_one_value_bound_to_their_payment(vault):
    row = a_row(payer="罗涵敏", remark="还款", account_tail="1234")
    sealed = sealed_words(vault, row, "abc")
    assert words_of(vault, Payment(public_id="abc", words_enc=sealed)) == PayerWords(
        "罗涵敏", "还款", "1234"
    )
    with pytest.raises(ValueError, match="moved or altered"):
        words_of(vault, Payment(public_id="other", words_enc=sealed))
    assert sealed_words(vault, a_row(), "abc") is None


@pytest.mark.parametrize(
    ("payer", "name"),
    [
        ("罗涵敏", "罗涵敏"),
        ("罗 涵敏", "罗涵敏"),
        ("付款人：罗涵敏", "罗涵敏"),
        ("ANNA LEE", "ANNALEE"),
    ],
)
def test_who_paid_is_found_by_the_name_as_it_is_compared(vault, payer, name):
    found = hashes_of(vault, a_row(payer=payer, account_tail="1234"))
    assert found == (name_hash(vault, name), account_hash(vault, name, "1234"))


@pytest.mark.parametrize("payer", ["", "罗*敏", "罗涵敏、程思远"])
def test_a_masked_payer_or_two_are_nobody(vault, payer):
    assert hashes_of(vault, a_row(payer=payer, account_tail="1234")) == ("", "")


def test_without_an_account_only_the_payer_is_known(vault):
    assert hashes_of(vault, a_row(payer="罗涵敏"))[1] == ""
