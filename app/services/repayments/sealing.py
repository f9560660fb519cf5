"""What a bank wrote of a payer: sealed as one value, found again by keyed hashes."""

import json
from typing import NamedTuple

from app.domain.repayments.row import RepaymentRow
from app.domain.repayments.words import payer_name
from app.models import Payment
from app.ports.vault import Vault

TABLE, COLUMN = Payment.__tablename__, "words"


class PayerWords(NamedTuple):
    """What a line says of who paid; empty where it says nothing."""

    payer: str = ""
    remark: str = ""
    account_tail: str = ""


def name_hash(vault: Vault, name: str) -> str:
    """Return the keyed hash of a name as it is compared, the same as of a borrower's."""
    return vault.fingerprint(name, purpose="name")


def account_hash(vault: Vault, payer: str, tail: str) -> str:
    """Return the keyed hash of the end of an account together with who pays from it."""
    return vault.fingerprint(f"{payer}\n{tail}", purpose="account")


def sealed_words(vault: Vault, row: RepaymentRow, public_id: str) -> bytes | None:
    """Return the words of a line as one sealed value; None where it has none."""
    words = PayerWords(row.payer, row.remark, row.account_tail)
    if not any(words):
        return None
    text = json.dumps(words._asdict(), ensure_ascii=False)
    return vault.seal(text, table=TABLE, row=public_id, column=COLUMN)


def words_of(vault: Vault, payment: Payment) -> PayerWords:
    """Return what a bank wrote with a payment. Raises: ValueError where it was moved or altered."""
    if payment.words_enc is None:
        return PayerWords()
    text = vault.unseal(payment.words_enc, table=TABLE, row=payment.public_id, column=COLUMN)
    return PayerWords(**json.loads(text))


def hashes_of(vault: Vault, row: RepaymentRow) -> tuple[str, str]:
    """Return the keyed hashes of who paid and of their account; empty where there are none."""
    payer = payer_name(row.payer)
    if not payer:
        return "", ""
    tail = row.account_tail
    return name_hash(vault, payer), account_hash(vault, payer, tail) if tail else ""
