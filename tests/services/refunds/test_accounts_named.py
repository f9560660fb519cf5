"""An account is read as people type it, compared by its holder, and sealed under its own row."""

import pytest

from app.services.refunds.accounts_named import (
    AccountRefused,
    RefundAccount,
    is_own,
    read_account_named,
    sealed_account,
)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (("", "6225880212345678", "招商银行"), "holder"),
        (("李芳", "622588", "招商银行"), "number"),
        (("李芳", "6225x80212345678", "招商银行"), "number"),
        (("李芳", "6" * 31, "招商银行"), "number"),
        (("李芳", "6225880212345678", " "), "bank"),
    ],
)
def test_what_is_no_account_names_its_field(typed, field):
    with pytest.raises(AccountRefused) as refused:
        read_account_named(holder=typed[0], number=typed[1], bank=typed[2])
    assert refused.value.field == field


def test_blanks_and_full_width_digits_are_read():
    found = read_account_named(holder=" 李芳 ", number="６２２５ 8802 1234 5678", bank="招行")
    assert found == ("李芳", "6225880212345678", "招行")


@pytest.mark.parametrize(
    ("holder", "name", "own"),
    [
        ("罗涵敏", "罗涵敏", True),
        ("阿依古丽.买买提", "阿依古丽·买买提", True),
        ("周以宁", "罗涵敏", False),
    ],
)
def test_it_is_ones_own_however_a_bank_writes_dots(holder, name, own):
    assert is_own(RefundAccount(holder, "6225880212345678", "招行"), name) is own


def test_a_sealed_account_opens_in_its_own_row_alone(vault):
    sealed = sealed_account(vault, RefundAccount("罗涵敏", "6225880212345678", "招行"), "row-1")
    with pytest.raises(ValueError, match="sealed"):
        vault.unseal(sealed, table="refunds", row="row-2", column="account")
