"""Whose a line's money is: matched by a rule with reasons, or left to a person with suggestions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.domain.references import near_numbers, reference_digits
from app.domain.repayments.directory import (
    Destination,
    Directory,
    Wanted,
)
from app.domain.repayments.row import RepaymentRow, is_old
from app.domain.repayments.suggesting import Suggestion, suggestion_for, suggestions
from app.domain.repayments.traits import (
    LineFacts,
    MatchReason,
    Rule,
    Trait,
    traits_of,
)
from app.domain.repayments.words import Said, said_in, wanted_by


@dataclass(frozen=True, slots=True)
class Matched:
    """The one plan or loan a line's money is for, by which rule, and all that says so."""

    destination: Destination
    rule: Rule
    reasons: tuple[MatchReason, ...]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Why a person has to say whose a line's money is, with at most three suggestions."""

    reason: str
    suggestions: tuple[Suggestion, ...] = ()


Verdict = Matched | Unmatched
# The surest first: a line matched by several is told by the first of them.
RULES: tuple[Rule, ...] = ("reference", "old_reference", "loan_number", "payer_and_amount")


def match_all(
    rows: Sequence[RepaymentRow], directory: Directory, *, today: date, most_days: int
) -> tuple[Verdict, ...]:
    """Return for each line that is no reversal whose money it is, in their order; everything is
    looked up at once. Money paid more than `most_days` days before today is left to a person.

    Raises: ValueError for a reversal: it goes where its payment went.
    Source: rules part 1, how a signed plan is kept.
    """
    if any(row.reverses for row in rows):
        raise ValueError("a reversal is matched by what it reverses")
    said = [said_in(row) for row in rows]
    found = directory.find(wanted(rows, said))
    return tuple(
        match(LineFacts(row, words, found), today=today, most_days=most_days)
        for row, words in zip(rows, said, strict=True)
    )


def wanted(rows: Iterable[RepaymentRow], said: Iterable[Said]) -> Wanted:
    """Return all that a batch asks about, the accounts of payers with a name among it."""
    tails = frozenset(row.account_tail for row in rows if row.account_tail)
    return replace(wanted_by(said), tails=tails)


def match(facts: LineFacts, *, today: date, most_days: int) -> Verdict:
    """Return whose money a line is, by what is known of all that it says.

    Source: rules part 1, how a signed plan is kept.
    """
    traits = traits_of(facts)
    verdict = _whose(facts, traits)
    if isinstance(verdict, Matched):
        if not is_old(facts.row.paid_on, today=today, most_days=most_days):
            return verdict
        return Unmatched("old_value_date", (suggestion_for(facts, verdict.destination),))
    return Unmatched(verdict.reason, suggestions(facts, traits))


def _whose(facts: LineFacts, traits: Sequence[Trait]) -> Verdict:
    sure = [one for one in traits if one.is_sure]
    if sure:
        return _by_traits(facts, sure, [one for one in traits if not one.is_sure])
    if traits and all(one.closed for one in traits):
        return Unmatched(traits[0].closed)
    references = facts.said.references
    if facts.said.loan_ref and not (traits or references.right or references.wrong):
        return Unmatched("unknown_loan")
    return _by_payer(facts, traits)


def _by_traits(facts: LineFacts, sure: Sequence[Trait], weak: Sequence[Trait]) -> Verdict:
    closed = [one for one in sure if one.closed]
    if closed:
        # Two that disagree on whether anything is open are no better than two that are open.
        return Unmatched(closed[0].closed if len(closed) == len(sure) else "ambiguous")
    ends = set(sure[0].leads_to).intersection(*(one.leads_to for one in sure))
    if len(ends) != 1:
        return Unmatched("several" if ends else "ambiguous")
    end = ends.pop()
    if _points_elsewhere(facts, end, [one for one in weak if one.form != "bare"]):
        return Unmatched("ambiguous")
    best = min(sure, key=lambda one: RULES.index(one.rule))
    if _payer_asks_elsewhere(facts, end, best.rule):
        return Unmatched("ambiguous")
    if _is_for_two(facts, end):
        return Unmatched("two_in_one")
    reasons = [MatchReason(one.rule, one.written) for one in sure]
    reasons += [reason for one in sure for reason in one.reasons]
    return Matched(end, best.rule, tuple(dict.fromkeys(reasons)))


def _points_elsewhere(facts: LineFacts, end: Destination, traits: Sequence[Trait]) -> bool:
    """Tell whether anything in a line is for another plan or loan, or for one that is not known."""
    if any(end not in one.leads_to for one in traits):
        return True
    read = [one.number for one in facts.said.references.right]
    return any(
        not any(facts.is_about(number, end) for number in _meant_by(digits, read))
        for digits in facts.said.references.wrong
    )


def _meant_by(digits: str, read: Sequence[str]) -> Iterator[str]:
    """Yield the plans that digits without a right check digit may mean: one slip away, or a
    reference with more behind it.
    """
    yield from near_numbers(digits)
    yield from (one for one in read if digits.startswith(reference_digits(one)))


def _by_payer(facts: LineFacts, traits: Sequence[Trait]) -> Verdict:
    """Match by payer and amount: one person of that name, of whose plans and loans one asks exactly
    that, and nothing else in the line.
    """
    people = facts.found.people.get(facts.said.payer, ())
    seen = {one.borrower for one in facts.seen}
    # An account tells two of one name apart, and also says that its owner pays for others.
    who = [one for one in people if not seen or one in seen]
    asking = _asking(facts, who)
    is_for_others = (bool(people) and not who) or bool(asking and _asking(facts, seen - {*who}))
    why = "ambiguous" if is_for_others else _why_not(facts, traits, len(who), asking)
    if why:
        return Unmatched(why)
    end = asking[0]
    if _points_elsewhere(facts, end, traits) or _names_another(facts, who[0]):
        return Unmatched("ambiguous")
    reasons = [MatchReason("payer"), MatchReason("amount", facts.ask(end) or "", facts.row.fen)]
    if seen:
        reasons.append(MatchReason("account", facts.row.account_tail))
    return Matched(end, "payer_and_amount", tuple(reasons))


def _asking(facts: LineFacts, borrowers: Iterable[str]) -> list[Destination]:
    """Return what of theirs asks exactly what was paid."""
    held = (end for one in borrowers for end in facts.found.holds.get(one, ()))
    return [end for end in held if facts.ask(end)]


def _why_not(
    facts: LineFacts, traits: Sequence[Trait], people: int, asking: Sequence[Destination]
) -> str:
    """Return why payer and amount do not say whose money it is; empty where they do."""
    said = facts.said
    whole = (one.number for one in said.references.right if one.form == "whole")
    unknown = (number not in facts.found.plans for number in whole)
    is_one = len(asking) == 1
    by_loan = any(one.rule == "loan_number" for one in traits)
    reasons = (
        ("unknown_reference", not traits and any(unknown)),
        ("other_payer", by_loan and bool(said.payer) and not is_one),
        ("unsure", bool(traits) and not is_one),
        ("wrong_reference", bool(said.references.wrong) and not is_one),
        ("unknown_payer", not people),
        ("same_name", people > 1),
        ("other_amount", not asking),
        ("ambiguous", not is_one),
        ("common_amount", not facts.is_telling and not facts.seen),
    )
    return next((code for code, is_so in reasons if is_so), "")


def _names_another(facts: LineFacts, borrower: str) -> bool:
    """Tell whether the remark names somebody else who owes."""
    people = facts.found.people
    named = (one for name in facts.said.named for one in people.get(name, ()))
    return any(one != borrower and facts.found.holds.get(one, ()) for one in named)


def _payer_asks_elsewhere(facts: LineFacts, end: Destination, rule: Rule) -> bool:
    """Tell whether something of the payer's own asks exactly what was paid, and what is named does
    not. Whose own reference it is, that decides between theirs.
    """
    is_payer = facts.is_payer(facts.found.of(end))
    if rule == "loan_number":
        if facts.ask(end) and is_payer:
            return False
    elif is_payer or facts.ask(end) or not facts.is_telling:
        return False
    people = facts.found.people.get(facts.said.payer, ())
    return any(one != end for one in _asking(facts, people))


def _is_for_two(facts: LineFacts, end: Destination) -> bool:
    """Tell whether the sum is what this and another of payer's or borrower's ask together."""
    if facts.ask(end):
        return False
    found = facts.found
    people = {found.of(end).borrower, *found.people.get(facts.said.payer, ())}
    others = {one for person in people for one in found.holds.get(person, ()) if one != end}
    sums = {
        mine + theirs
        for one in others
        for mine in found.of(end).asks.values()
        for theirs in found.of(one).asks.values()
    }
    return facts.row.fen in sums
