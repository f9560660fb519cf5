"""Plans, loans, people and accounts as they are stored, looked up for a batch of lines in a handful
of queries. Never writes.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.domain.characters import plain_words
from app.domain.repayments.directory import (
    Destination,
    Findings,
    LoanFound,
    LoanState,
    PlanFound,
    SeenBefore,
    Wanted,
)
from app.domain.repayments.row import RepaymentRow
from app.domain.repayments.words import name_key, payer_name
from app.models import Borrower, Loan, Match, Payment, Plan
from app.ports.vault import Vault
from app.services.repayments.asks import Asked, AsksOf
from app.services.repayments.held import Held, HeldLoan, HeldPlan, each_of, held_by
from app.services.repayments.sealing import account_hash, name_hash

# Between the parts of a name, as core systems write it.
DOTS = ("·", "•", ".", "．")
_DOT = re.compile(rf" *[{''.join(DOTS)}・‧] *")
People = Mapping[str, Sequence[str]]
Accounts = Mapping[str, Sequence[SeenBefore]]


class StoredDirectory:
    """Looks up what a batch of lines asks about; made anew for each batch."""

    def __init__(
        self, session: Session, vault: Vault, asks: AsksOf, rows: Iterable[RepaymentRow]
    ) -> None:
        self.session = session
        self.vault = vault
        self.asks = asks
        kept = list(rows)
        # An account is known by its end and who pays from it together, never by four digits alone.
        self.accounts = {(payer_name(row.payer), row.account_tail) for row in kept}
        self.written = dict(pair for row in kept for pair in _written(row.payer))

    def find(self, wanted: Wanted) -> Findings:
        """Return what is known of everything asked about, and all that its borrowers hold.

        Of one name all are told. A name that the nightly file writes with dots in it is found where
        the payer has them too.
        """
        people, accounts = self._people(wanted.names), self._accounts()
        who = {one for found in people.values() for one in found}
        who |= {int(one.borrower) for found in accounts.values() for one in found}
        who |= self._owners(Plan.number, Plan.borrower_id, wanted.plans)
        for column in (Loan.ref, Loan.contract_no):
            who |= self._owners(column, Loan.borrower_id, wanted.loans)
        held = held_by(self.session, vault=self.vault, borrower_ids=who)
        named = {
            name: [str(one) for one in found if name_key(held.names[one]) == name]
            for name, found in people.items()
        }
        return self._findings(held, named, accounts, wanted)

    def _owners(self, column: Any, owner: Any, values: Collection[str]) -> set[int]:
        return {row[0] for row in self._each(select(owner).distinct(), column, values)}

    def _each(self, query: Any, column: Any, values: Iterable[Any]) -> Iterator[Any]:
        return each_of(self.session, query=query, column=column, values=values)

    def _people(self, names: Collection[str]) -> dict[str, list[int]]:
        hashes = {name_hash(self.vault, name): name for name in names}
        hashes |= {
            name_hash(self.vault, text): name
            for text, name in self.written.items()
            if name in names
        }
        query = select(Borrower.name_hmac, Borrower.id).order_by(Borrower.id)
        found: dict[str, list[int]] = defaultdict(list)
        for name_hmac, borrower_id in self._each(query, Borrower.name_hmac, hashes):
            found[hashes[name_hmac]].append(borrower_id)
        return found

    def _accounts(self) -> Accounts:
        """Return for whom money came from an account before, as it is matched and still stands."""
        hashes = {
            account_hash(self.vault, payer, tail): (payer, tail)
            for payer, tail in self.accounts
            if payer and tail
        }
        owner = func.coalesce(Plan.borrower_id, Loan.borrower_id)
        back = aliased(Payment)
        is_back = select(back.id).where(back.reverses_id == Payment.id, back.state == "matched")
        query = (
            select(Payment.account_hmac, owner)
            .distinct()
            .join(Match, Match.payment_id == Payment.id)
            .outerjoin(Plan, Plan.id == Match.plan_id)
            .outerjoin(Loan, Loan.id == Match.loan_id)
            .where(Payment.payer_hmac != "", Payment.reverses_id.is_(None))
            .where(Match.undone_at.is_(None), ~is_back.exists())
        )
        found: dict[str, list[SeenBefore]] = defaultdict(list)
        for account_hmac, borrower_id in self._each(query, Payment.account_hmac, hashes):
            payer, tail = hashes[account_hmac]
            found[tail].append(SeenBefore(payer, str(borrower_id)))
        return found

    def _findings(self, held: Held, people: People, accounts: Accounts, wanted: Wanted) -> Findings:
        running = [key for key, plan in held.plans.items() if plan.is_kept]
        asked = self.asks.of_plans(running)
        plans = [_plan_found(held, one, asked.get(one.id, {})) for one in held.plans.values()]
        asked = self.asks.of_loans(held.loans.keys() - held.running.keys() - held.done)
        loans = [_loan_found(held, one, asked.get(one.id, {})) for one in held.loans.values()]
        contracts: dict[str, list[str]] = defaultdict(list)
        for one in held.loans.values():
            if one.contract_no in wanted.loans:
                contracts[one.contract_no].append(one.ref)
        holds: dict[str, list[Destination]] = defaultdict(list)
        for key in running:
            plan = held.plans[key]
            holds[str(plan.borrower_id)].append(Destination("plan", plan.number))
        for loan in loans:
            if loan.plan is None and loan.state == "open":
                holds[loan.borrower].append(Destination("loan", loan.ref))
        by_number, by_ref = {one.number: one for one in plans}, {one.ref: one for one in loans}
        return Findings(by_number, by_ref, contracts, people, accounts, holds)


def _written(payer: str) -> Iterator[tuple[str, str]]:
    """Yield a payer's name as it may stand in a nightly file, with dots, and as it is compared."""
    plain = plain_words(payer)
    name = payer_name(payer)
    if name and name_key(plain) == name != plain:
        yield from ((_DOT.sub(dot, plain), name) for dot in DOTS)


def _plan_found(held: Held, plan: HeldPlan, asks: Asked) -> PlanFound:
    return PlanFound(
        plan.number,
        str(plan.borrower_id),
        held.names[plan.borrower_id],
        plan.state,
        tuple(held.loans[one].ref for one in held.loans_of[plan.id]),
        asks,
    )


def _loan_found(held: Held, loan: HeldLoan, asks: Asked) -> LoanFound:
    running = held.running.get(loan.id)
    return LoanFound(
        loan.ref,
        str(loan.borrower_id),
        held.names[loan.borrower_id],
        _state(held, loan, asks),
        held.plans[running].number if running else None,
        asks,
    )


def _state(held: Held, loan: HeldLoan, asks: Asked) -> LoanState:
    if loan.id in held.running:
        return "open"
    if loan.is_missing:
        return "missing"
    return "open" if asks and loan.id not in held.done else "settled"
