"""Where a refund goes: an account as it was typed, sealed as one value. Never commits."""

import json
from typing import NamedTuple

from app.domain.characters import plain_number
from app.domain.errors import RuleBroken
from app.domain.repayments.words import payer_name
from app.domain.texts import N_
from app.models import Refund
from app.ports.vault import Vault

TABLE, COLUMN = Refund.__tablename__, "account"
LEAST_DIGITS, MOST_DIGITS = 8, 30
LONGEST_NAME = 60
TAIL = 4


class RefundAccount(NamedTuple):
    """An account that money goes to: who holds it, its number, at which bank."""

    holder: str
    number: str
    bank: str

    @property
    def tail(self) -> str:
        """Return the last four digits, all that lists ever show. Source: I-16."""
        return self.number[-TAIL:]


class RefundSource(NamedTuple):
    """Of what a refund is: a plan by its number, or a payment by its public id."""

    kind: str
    ref: str


class AccountRefused(RuleBroken):
    """What was typed is no account: `field` says which part of it."""

    code = "account_refused"

    def __init__(self, field: str, words: str) -> None:
        self.field = field
        super().__init__(words)


def read_account_named(*, holder: str, number: str, bank: str) -> RefundAccount:
    """Return an account as it was typed, its number in digits alone.

    Raises: AccountRefused, which names the field.
    """
    holder, bank = holder.strip(), bank.strip()
    if not holder or len(holder) > LONGEST_NAME:
        raise AccountRefused("holder", N_("请写收款人的姓名，和银行卡上的一样"))
    digits = plain_number(number)
    if not (digits.isascii() and digits.isdigit() and LEAST_DIGITS <= len(digits) <= MOST_DIGITS):
        raise AccountRefused("number", N_("请写完整的银行卡号或者账号，只有数字"))
    if not bank or len(bank) > LONGEST_NAME:
        raise AccountRefused("bank", N_("请写开户行，例如招商银行"))
    return RefundAccount(holder, digits, bank)


def is_own(account: RefundAccount, name: str) -> bool:
    """Tell whether an account is in a person's own name, however a bank writes dots."""
    return payer_name(account.holder) == payer_name(name)


def sealed_account(vault: Vault, account: RefundAccount, public_id: str) -> bytes:
    """Return an account as one sealed value."""
    text = json.dumps(account._asdict(), ensure_ascii=False)
    return vault.seal(text, table=TABLE, row=public_id, column=COLUMN)


def account_of(vault: Vault, refund: Refund) -> RefundAccount:
    """Return the account of a refund. Raises: ValueError where it was moved or altered."""
    text = vault.unseal(refund.account_enc, table=TABLE, row=refund.public_id, column=COLUMN)
    return RefundAccount(**json.loads(text))
