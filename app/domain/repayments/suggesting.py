"""At most three plans or loans a line's money may be for, the likeliest first, for a person."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from app.domain.references import near_numbers, reference_digits, reference_of
from app.domain.repayments.directory import Destination, LoanFound, PlanFound
from app.domain.repayments.traits import LineFacts, MatchReason, Trait, leads_to
from app.domain.repayments.words import name_key

MOST_SUGGESTIONS = 3
# In hundredths of likeness. What is less alike says nothing.
LEAST_LIKE_NUMBER = 70
LEAST_LIKE_NAME = 60
EXACT = 100
# How much each thing counts beside the others: a number more than an amount, an amount more than a
# name, which many have.
NUMBER_COUNTS, AMOUNT_COUNTS, ACCOUNT_COUNTS, NAME_COUNTS = 5, 4, 3, 2


class Suggestion(NamedTuple):
    """A plan or loan a person may choose, and what speaks for it."""

    destination: Destination
    reasons: tuple[MatchReason, ...]


def suggestions(facts: LineFacts, traits: Sequence[Trait]) -> tuple[Suggestion, ...]:
    """Return what may be meant, the likeliest first; none where nothing is alike."""
    ends = dict.fromkeys(_possible(facts, traits))
    likely = [(_likeness(facts, end), suggestion_for(facts, end)) for end in ends]
    likely.sort(key=lambda one: (-one[0], one[1].destination))
    return tuple(one for likeness, one in likely[:MOST_SUGGESTIONS] if likeness)


def suggestion_for(facts: LineFacts, end: Destination) -> Suggestion:
    """Return one plan or loan with what speaks for it, and by how much the amount is off."""
    return Suggestion(end, tuple(reason for _, reason in _signs(facts, end)))


def _possible(facts: LineFacts, traits: Sequence[Trait]) -> Iterator[Destination]:
    found, said = facts.found, facts.said
    for trait in traits:
        yield from trait.leads_to
    for digits in said.references.wrong:
        for number in near_numbers(digits):
            if number in found.plans:
                yield from leads_to(found.plans[number], found)
    names = (said.payer, *said.named)
    people = [one for name in names for one in found.people.get(name, ())]
    people += [one.borrower for one in facts.likely_seen]
    people += [trait.borrower for trait in traits]
    for borrower in people:
        yield from found.holds.get(borrower, ())


def _likeness(facts: LineFacts, end: Destination) -> int:
    return sum(likeness for likeness, _ in _signs(facts, end))


def _signs(facts: LineFacts, end: Destination) -> Iterator[tuple[int, MatchReason]]:
    found = facts.found.of(end)
    yield from _number_signs(facts, end)
    yield from _amount_signs(facts, found)
    if any(one.borrower == found.borrower for one in facts.likely_seen):
        yield EXACT * ACCOUNT_COUNTS, MatchReason("account", facts.row.account_tail)
    yield from _name_signs(facts, found)


def _number_signs(facts: LineFacts, end: Destination) -> Iterator[tuple[int, MatchReason]]:
    said = facts.said
    likely = [(_like_reference(facts, one), one) for one in _numbers(facts, end)]
    alike, seen = max(likely, default=(0, ""))
    if alike >= LEAST_LIKE_NUMBER:
        code = "reference" if alike == EXACT else "reference_near"
        yield alike * NUMBER_COUNTS, MatchReason(code, reference_of(seen))
    written = [one for one in (said.loan_ref, *said.typed) if one]
    pairs = [(int(fuzz.ratio(one, ref)), ref) for ref in facts.loans_of(end) for one in written]
    alike, seen = max(pairs, default=(0, ""))
    if alike >= LEAST_LIKE_NUMBER:
        code = "loan_number" if alike == EXACT else "loan_number_near"
        yield alike * NUMBER_COUNTS, MatchReason(code, seen)


def _numbers(facts: LineFacts, end: Destination) -> list[str]:
    """Return the plans on what money would be laid on, whose references a line may mean."""
    references = facts.said.references
    meant = {one.number for one in references.right}
    meant.update(number for digits in references.wrong for number in near_numbers(digits))
    return [one for one in meant if facts.is_about(one, end)]


def _like_reference(facts: LineFacts, number: str) -> int:
    references = facts.said.references
    if any(one.number == number for one in references.right):
        return EXACT
    digits = reference_digits(number)
    return max(int(fuzz.ratio(wrong, digits)) for wrong in references.wrong)


def _amount_signs(
    facts: LineFacts, found: PlanFound | LoanFound
) -> Iterator[tuple[int, MatchReason]]:
    paid = facts.row.fen
    if not found.asks:
        return
    off, name = min((abs(fen - paid), name) for name, fen in found.asks.items())
    asked = found.asks[name]
    if not off:
        yield EXACT * AMOUNT_COUNTS, MatchReason("amount", name, paid)
    else:
        near = EXACT - min(EXACT, off * EXACT // max(asked, paid, 1))
        yield near * AMOUNT_COUNTS // 2, MatchReason("amount_off", name, paid - asked)


def _name_signs(
    facts: LineFacts, found: PlanFound | LoanFound
) -> Iterator[tuple[int, MatchReason]]:
    name = name_key(found.name)
    if name in facts.said.named:
        yield EXACT * NAME_COUNTS, MatchReason("named")
    alike = int(fuzz.ratio(facts.said.payer, name)) if facts.said.payer else 0
    if alike >= LEAST_LIKE_NAME:
        code = "payer" if alike == EXACT else "payer_near"
        yield alike * NAME_COUNTS, MatchReason(code)
