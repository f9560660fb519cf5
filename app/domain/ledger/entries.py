"""Accounts of the ledger, journals as the facts ask for them, and what entries come to."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

# What a loan still owes: by its plan, by its contract beside a catch-up, by its contract after a
# break; waived stands against the first once a waiver is earned.
LoanAccount = Literal["receivable", "receivable_regular", "receivable_contract", "waived"]
# What is a plan's: paid in and not laid; and what is the borrower's again.
PlanAccount = Literal["plan_money", "credit"]
# `carried` is what goes over from one plan to the one that takes its place: of both it is nothing.
HouseAccount = Literal[
    "bank", "opening", "excess", "income", "waiver_expense", "break_adjustment", "carried"
]
AccountCode = LoanAccount | PlanAccount | HouseAccount
RECEIVABLES = ("receivable", "receivable_regular", "receivable_contract")
# A debit is positive. These stand on the other side by nature.
CREDIT_SIDE = frozenset({"plan_money", "credit", "opening", "income", "waived"})
# Of the house's own accounts: what is owed to whoever it turns out to be, or was passed on.
HOUSE_CREDIT_SIDE = frozenset({"unmatched", "refund_payable", "bank", "transfer_out"})
NEVER_NEGATIVE = frozenset({*RECEIVABLES, "plan_money", "credit"})

# In the order of a day.
JournalKind = Literal[
    "opening",
    "plan_interest",
    "contract",
    "break",
    "receipt",
    "settlement",
    "allocation",
    "waiver",
    "credit",
    "carried",
    "refund",
]


class EntryDraft(NamedTuple):
    """One line of a journal: what of which account, and of what it is.

    Units: fen, a debit positive. `number` is an instalment's, None for what is in none; `payment`
           is the number of the payment that is laid, as text.
    """

    account: AccountCode
    fen: int
    loan: str | None = None
    component: str | None = None
    number: int | None = None
    payment: str | None = None


class Cause(NamedTuple):
    """What a journal is there for: unique in a plan, the same in whatever order facts are
    posted.
    """

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class JournalDraft:
    """A journal that an account's facts ask for; its entries sum to zero."""

    kind: JournalKind
    value_on: date
    cause: Cause
    entries: tuple[EntryDraft, ...]

    @property
    def loans(self) -> tuple[str, ...]:
        """Return the loans its entries name, each once."""
        return tuple(dict.fromkeys(one.loan for one in self.entries if one.loan is not None))


class BalanceKey(NamedTuple):
    """Of what a balance is: an account, alone or by what its entries name."""

    account: str
    loan: str | None = None
    component: str | None = None
    number: int | None = None


def balances(entries: Iterable[EntryDraft]) -> Mapping[BalanceKey, int]:
    """Return what entries come to, by account, loan, component and instalment; zero is left out.

    Units:  fen, each on the side on which its account stands by nature.
    Source: rules part 1, the ledger.
    """
    found: Counter[BalanceKey] = Counter()
    for one in entries:
        key = BalanceKey(one.account, one.loan, one.component, one.number)
        found[key] += on_its_side(one.account, one.fen)
    return {key: fen for key, fen in found.items() if fen}


def on_its_side(account: str, fen: int) -> int:
    """Return an amount as its account shows it: what is owed to us and what we owe are positive."""
    return -fen if account in CREDIT_SIDE else fen


def negated(entries: Iterable[EntryDraft]) -> tuple[EntryDraft, ...]:
    """Return the entries that take others back, one for one."""
    return tuple(one._replace(fen=-one.fen) for one in entries)


def content_sha256(draft: JournalDraft) -> str:
    """Return the hash of all that a journal says, whatever the order of its entries.

    Units: hex of SHA-256 over canonical JSON.
    """
    entries = sorted(draft.entries, key=_place)
    said = (draft.kind, draft.value_on.isoformat(), *draft.cause, entries)
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _place(one: EntryDraft) -> tuple[str, str, str, int, str, int]:
    number = -1 if one.number is None else one.number
    return one.account, one.loan or "", one.component or "", number, one.payment or "", one.fen
