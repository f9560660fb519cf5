"""The traits of a line: each number in it that is a plan's or a loan's, where it leads, and what
else in the line says the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from app.domain.references import Form, reference_of, rival_numbers
from app.domain.repayments.directory import (
    Ask,
    Destination,
    Findings,
    LoanFound,
    PlanFound,
    SeenBefore,
)
from app.domain.repayments.row import RepaymentRow
from app.domain.repayments.words import Said, name_key
from app.domain.states import KEPT_PLANS

Rule = Literal["reference", "old_reference", "loan_number", "payer_and_amount"]
# Loans that are no longer ours to take money for by a rule.
GONE = frozenset({"sold", "recalled"})
# An amount in whole yuan is paid by many; only one to the fen says whose it is.
COMMON_FEN = 100


class MatchReason(NamedTuple):
    """One thing that speaks for a plan or loan: a code, and what was seen. Units: fen."""

    code: str
    seen: str = ""
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Trait:
    """A number in a line that is somebody's: which, where money for it goes now, or why nowhere.

    A sure one decides; another needs something else in the line that says the same.
    """

    rule: Rule
    written: str
    form: Form
    borrower: str
    leads_to: tuple[Destination, ...]
    closed: str = ""
    is_sure: bool = False
    reasons: tuple[MatchReason, ...] = ()


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line with what it says and what is known of that."""

    row: RepaymentRow
    said: Said
    found: Findings

    def ask(self, destination: Destination) -> Ask | None:
        """Return what of a plan's or loan's asking the line's amount is, exactly."""
        asks = self.found.of(destination).asks
        return next((name for name, fen in asks.items() if fen == self.row.fen), None)

    def is_about(self, number: str, destination: Destination) -> bool:
        """Tell whether a plan, running or not, is known and on what money would be laid on."""
        plan = self.found.plans.get(number)
        return plan is not None and bool(set(plan.loans) & set(self.loans_of(destination)))

    def loans_of(self, destination: Destination) -> tuple[str, ...]:
        """Return the loans a plan or loan is about."""
        found = self.found.of(destination)
        return found.loans if isinstance(found, PlanFound) else (found.ref,)

    @property
    def is_telling(self) -> bool:
        """Tell whether the amount is one that few would pay by chance."""
        return self.row.fen % COMMON_FEN != 0

    @property
    def seen(self) -> Sequence[SeenBefore]:
        """Return for whom the same payer has paid from the same account before."""
        if not self.row.account_tail or not self.said.payer:
            return ()
        known = self.found.accounts.get(self.row.account_tail, ())
        return [one for one in known if one.payer == self.said.payer]

    @property
    def likely_seen(self) -> Sequence[SeenBefore]:
        """Return for whom the account may have paid before, by its end alone where no payer is
        told.
        """
        if self.said.payer or not self.row.account_tail:
            return self.seen
        return self.found.accounts.get(self.row.account_tail, ())

    def is_payer(self, found: PlanFound | LoanFound) -> bool:
        """Tell whether the payer has the borrower's name."""
        return bool(self.said.payer) and self.said.payer == name_key(found.name)

    def support(self, found: PlanFound | LoanFound) -> Iterator[MatchReason]:
        """Yield what beside a number says that the money is for a plan or loan."""
        if self.is_payer(found):
            yield MatchReason("payer")
        if any(one.borrower == found.borrower for one in self.seen):
            yield MatchReason("account", self.row.account_tail)
        asked = next((name for name, fen in found.asks.items() if fen == self.row.fen), None)
        if asked and self.is_telling:
            yield MatchReason("amount", asked, self.row.fen)


def traits_of(facts: LineFacts) -> tuple[Trait, ...]:
    """Return every number in a line that is known, references first."""
    return (*_references(facts), *_loans(facts))


def leads_to(found: PlanFound | LoanFound, known: Findings) -> tuple[Destination, ...]:
    """Return where money for a plan or loan goes now: itself while it runs or is open, else what
    stands in its place on the same loans; nothing where a loan is settled, sold or recalled.

    Source: rules part 1, how a signed plan is kept.
    """
    if isinstance(found, LoanFound):
        return _loan_leads_to(found, known)
    loans = [known.loans[ref] for ref in found.loans if ref in known.loans]
    if found.state in KEPT_PLANS:
        is_gone = any(loan.state in GONE for loan in loans)
        return () if is_gone else (Destination("plan", found.number),)
    if found.state == "completed":
        # Nothing is left of its loans, whatever the last file says; a catch-up's go on.
        loans = [loan for loan in loans if loan.plan or loan.asks]
    ends = (end for loan in loans for end in _loan_leads_to(loan, known))
    return tuple(dict.fromkeys(ends))


def _loan_leads_to(loan: LoanFound, known: Findings) -> tuple[Destination, ...]:
    if loan.state in GONE or loan.state == "settled":
        return ()
    plan = known.plans.get(loan.plan) if loan.plan else None
    if plan is not None and plan.state in KEPT_PLANS:
        return (Destination("plan", plan.number),)
    return (Destination("loan", loan.ref),) if loan.state == "open" else ()


def _closed(found: PlanFound | LoanFound, known: Findings) -> str:
    """Return why money for a plan or loan goes nowhere by a rule."""
    if isinstance(found, LoanFound):
        return f"loan_{found.state}"
    loans = [known.loans[ref] for ref in found.loans if ref in known.loans]
    gone = next((loan.state for loan in loans if loan.state in GONE), None)
    return f"loan_{gone}" if gone else f"plan_{found.state}"


def _references(facts: LineFacts) -> Iterator[Trait]:
    for read in facts.said.references.right:
        plan = facts.found.plans.get(read.number)
        if plan is None:
            continue
        ends = leads_to(plan, facts.found)
        is_old = plan.state not in KEPT_PLANS
        support = _support(facts, plan, ends)
        whole = read.form == "whole"
        yield Trait(
            rule="old_reference" if is_old else "reference",
            written=reference_of(read.number),
            form=read.form,
            borrower=plan.borrower,
            leads_to=ends,
            closed="" if ends else _closed(plan, facts.found),
            is_sure=_beats_rivals(facts, plan, ends, support) and (whole or bool(support)),
            reasons=support,
        )


def _beats_rivals(
    facts: LineFacts,
    plan: PlanFound,
    ends: tuple[Destination, ...],
    support: tuple[MatchReason, ...],
) -> bool:
    """Tell whether no other plan may be meant that exists, or only this one fits the rest."""
    numbers = rival_numbers(plan.number)
    rivals = [facts.found.plans[one] for one in numbers if one in facts.found.plans]
    others = [one for one in rivals if not ends or leads_to(one, facts.found) != ends]
    if not others:
        return True
    return bool(support) and not any(
        _support(facts, one, leads_to(one, facts.found)) for one in others
    )


def _support(
    facts: LineFacts, found: PlanFound | LoanFound, ends: Sequence[Destination]
) -> tuple[MatchReason, ...]:
    """Return what speaks for a plan or loan, or for what stands in its place."""
    all_found = (found, *(facts.found.of(end) for end in ends))
    return tuple(dict.fromkeys(one for each in all_found for one in facts.support(each)))


def _loans(facts: LineFacts) -> Iterator[Trait]:
    said = facts.said
    if said.loan_ref:
        yield from (_loan_trait(facts, loan, True) for loan in _named_by(said.loan_ref, facts))
    for written in said.typed:
        for loan in _named_by(written, facts):
            # Nobody is against it: a machine wrote a number where it had no name to write.
            by_machine = said.alone == written and not facts.row.payer
            yield _loan_trait(facts, loan, by_machine)


def _named_by(written: str, facts: LineFacts) -> list[LoanFound]:
    """Return the loans that have a number, as their own or as their contract's."""
    known = facts.found
    refs = [written, *known.contracts.get(written, ())]
    return [known.loans[ref] for ref in dict.fromkeys(refs) if ref in known.loans]


def _loan_trait(facts: LineFacts, loan: LoanFound, by_machine: bool) -> Trait:
    ends = leads_to(loan, facts.found)
    support = _support(facts, loan, ends)
    return Trait(
        rule="loan_number",
        written=loan.ref,
        form="whole",
        borrower=loan.borrower,
        leads_to=ends,
        closed="" if ends else _closed(loan, facts.found),
        # A number without a check digit is often another's by one slip of a hand.
        is_sure=bool(support) or (by_machine and not _is_anothers(facts, loan)),
        reasons=support,
    )


def _is_anothers(facts: LineFacts, loan: LoanFound) -> bool:
    """Tell whether the payer is somebody else we lent to, who still owes."""
    people = facts.found.people.get(facts.said.payer, ())
    return any(
        one != loan.borrower and facts.found.holds.get(one, ()) for one in people
    ) and not facts.is_payer(loan)
