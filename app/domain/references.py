"""The reference of a plan for transfers, AH-00318-6: its number and a check digit, and how it is
found in what people and banks write.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from app.domain.characters import plain_words

LETTERS = "AH"
# Numbers are filled up with zeros to so many digits and grow past them.
LEAST_DIGITS = 5
LONGEST = 12
MOST_DIGITS = LONGEST - len(LETTERS) - 1
_PLAN = re.compile(rf"{LETTERS}-(0[0-9]{{{LEAST_DIGITS - 1}}}|[1-9][0-9]{{{LEAST_DIGITS - 1},}})")
_SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
# How often Luhn's second digits count: twice, the two digits of what comes out added up.
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

# What banks and people put between letters and digits, or lose.
_SIGN = r"[ \-‐-―−~·•.。_/\\:：,，、#()\[\]（）【】]"
_MARKED = re.compile(rf"(?:A{_SIGN}{{0,3}}H|安{_SIGN}{{0,2}}还){_SIGN}{{0,3}}")
_RUN = re.compile(rf"[0-9](?:{_SIGN}{{0,3}}[0-9])*")
_PARTS = re.compile("[0-9]+")
_COUNTS = re.compile("[0-9]+(?:月份?|[年期日号元])?")
_LETTER = re.compile("[A-Z]")
# What is counted behind a reference without a blank between: from, to, with how many digits.
_COUNTED = {"月": (1, 12, 2), "期": (1, 60, 2), "年": (2020, 2099, 4)}
# Of a run of digits no more is looked at: a line of digits is no reference.
LONGEST_RUN = 40

# whole: letters, number and check digit, and nothing else in the run. The others are the reference
# only where something else in the line says so too: stuck to other digits, bare of its letters,
# short of its zeros.
Form = Literal["whole", "stuck", "bare", "short"]


class ReferenceRead(NamedTuple):
    """A reference whose check digit is right: the number of its plan, and how it was written."""

    number: str
    form: Form


class ReferencesRead(NamedTuple):
    """What a text says in references: the right ones, and the digits of what would be one but for
    its check digit.
    """

    right: tuple[ReferenceRead, ...] = ()
    wrong: tuple[str, ...] = ()


def check_digit(digits: str) -> str:
    """Return Luhn's check digit of a row of digits.

    Source: rules part 1, references and words.
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += int(digit) if place % 2 else _DOUBLED[int(digit)]
    return str(-total % 10)


def reference_of(plan_number: str) -> str:
    """Return the reference of a plan by its number: AH-00318-6, without dashes where it would be
    longer than a bank's field.

    Raises: ValueError for what is no number of a plan, or one too long for a reference.
    Source: rules part 1, references and words.
    """
    digits = _digits(plan_number)
    whole = f"{LETTERS}-{digits}-{check_digit(digits)}"
    return whole if len(whole) <= LONGEST else whole.replace("-", "")


def reference_digits(plan_number: str) -> str:
    """Return only the digits of a plan's reference, as it is left where letters and signs are
    dropped.

    Raises: ValueError as reference_of.
    """
    digits = _digits(plan_number)
    return digits + check_digit(digits)


def spoken_reference(plan_number: str) -> str:
    """Return how a reference is read out: A H，零零三一八，六.

    Raises: ValueError as reference_of.
    """
    return said_aloud(reference_of(plan_number))


def said_aloud(reference: str) -> str:
    """Return how a reference that is written, with dashes or without, is read out."""
    digits = "".join(_PARTS.findall(reference)).translate(_SPOKEN)
    return f"{' '.join(LETTERS)}，{digits[:-1]}，{digits[-1]}"


def read_references(text: str) -> ReferencesRead:
    """Return every reference in a text, in any width, case and grouping, stuck to other words or
    not; a wrong check digit is never taken for a plan.

    Source: rules part 1, references and words.
    """
    plain = plain_words(text).upper()
    if not _PARTS.search(plain):
        return ReferencesRead()
    right: list[ReferenceRead] = []
    wrong: list[str] = []
    marks = [found.end() for found in _MARKED.finditer(plain)]
    for found in _RUN.finditer(plain):
        run = _Run.of(found.group(), plain[found.end() : found.end() + 1])
        if run is None:
            continue
        if found.start() in marks:
            read = list(run.marked())
            right += read
            is_read = any(one.form in ("whole", "short") for one in read)
            wrong += [] if is_read else [run.first_word]
        elif not _LETTER.match(plain[found.start() - 1 : found.start()]):
            right += run.bare()
    return ReferencesRead(tuple(dict.fromkeys(right)), tuple(dict.fromkeys(wrong)))


def without_references(text: str) -> str:
    """Return a text in half width without marked references and without digits and what they
    count: of 张洋AH003186 the name.
    """
    plain = plain_words(text).upper()
    return _COUNTS.sub(" ", _MARKED.sub(" ", plain))


# A batch asks for the same ones while it is found and while it is decided.
@lru_cache(maxsize=16_384)
def near_numbers(digits: str) -> tuple[str, ...]:
    """Return the plans whose references are one slip from some digits: one altered, two swapped,
    one too many, one missing.
    """
    if not LEAST_DIGITS <= len(digits) <= MOST_DIGITS + 2:
        return ()
    found = (_plan_of(one) for one in (digits, *_slips(digits)))
    # Five digits are most likely the number itself, its check digit left out.
    bare = [_number_of(digits)] if len(digits) >= LEAST_DIGITS else []
    return tuple(dict.fromkeys(one for one in (*bare, *found) if one))


def rival_numbers(plan_number: str) -> tuple[str, ...]:
    """Return the plans that may be meant where this plan's reference is written: nought and nine
    swapped keep Luhn's check digit, and a longer number may have been written without one.

    Raises: ValueError as reference_of.
    """
    digits = reference_digits(plan_number)
    swapped = (_plan_of(one) for one in _swaps(digits))
    whole = _number_of(digits) if digits[0] != "0" else None
    return tuple(dict.fromkeys(one for one in (*swapped, whole) if one and one != plan_number))


def counted_at_end(digits: str, following: str) -> tuple[str, ...]:
    """Return what at the end of some digits may be the number of a month, an instalment or a year,
    by the character that follows them: 11 and 1 of 11月.
    """
    least, most, longest = _COUNTED.get(following, (1, 0, 0))
    ends = (digits[-count:] for count in range(1, min(longest, len(digits) - 1) + 1))
    return tuple(
        one for one in ends if _PARTS.fullmatch(one) and one[0] != "0" and least <= int(one) <= most
    )


class _Run(NamedTuple):
    """Digits that stand together, and after how many of them something stands between."""

    digits: str
    breaks: tuple[int, ...]
    # After how many a word of digits of its own may begin: a blank and more than one digit, or the
    # number of a month, an instalment, a year.
    words: frozenset[int]

    @classmethod
    def of(cls, text: str, following: str) -> "_Run | None":
        """Read digits and the signs between them, and what follows them; None where they are too
        many.
        """
        parts = list(_PARTS.finditer(text))
        digits = "".join(part.group() for part in parts)
        if len(digits) > LONGEST_RUN:
            return None
        breaks: list[int] = []
        words = {len(digits) - len(one) for one in counted_at_end(digits, following)}
        for part, after in zip(parts, [*parts[1:], None], strict=True):
            breaks.append((breaks[-1] if breaks else 0) + len(part.group()))
            between = text[part.end() : after.start()] if after else ""
            if after and len(after.group()) > 1 and " " in between:
                words.add(breaks[-1])
        return cls(digits, tuple(breaks), frozenset(words))

    @property
    def first_word(self) -> str:
        """Return the digits up to where another word of them may begin."""
        ends = (end for end in self.words if end >= LEAST_DIGITS)
        return self.digits[: min(ends, default=len(self.digits))]

    def marked(self) -> Iterator[ReferenceRead]:
        """Yield what the digits behind the letters may be a reference of."""
        for count in range(LEAST_DIGITS + 1, min(len(self.digits), MOST_DIGITS + 1) + 1):
            number = _plan_of(self.digits[:count])
            ends = count == len(self.digits) or count in self.words
            if number:
                yield ReferenceRead(number, "whole" if ends else "stuck")
        short = self.digits.rjust(LEAST_DIGITS + 1, "0")
        if 1 < len(self.digits) <= LEAST_DIGITS and self.digits[0] != "0":
            number = _plan_of(short)
            if number:
                yield ReferenceRead(number, "short")

    def bare(self) -> list[ReferenceRead]:
        """Return the references that whole groups of the digits make."""
        starts = (0, *self.breaks[:-1])
        pieces = (
            self.digits[start:end]
            for start in starts
            for end in self.breaks
            if LEAST_DIGITS < end - start <= MOST_DIGITS + 1
        )
        found = (_plan_of(piece) for piece in pieces)
        return [ReferenceRead(number, "bare") for number in found if number]


def _digits(plan_number: str) -> str:
    found = _PLAN.fullmatch(plan_number)
    if found is None or len(found.group(1)) > MOST_DIGITS:
        raise ValueError(f"no number of a plan: {plan_number!r}")
    return found.group(1)


def _number_of(digits: str) -> str | None:
    """Return the number of a plan with these digits, None where no plan can have it."""
    number = f"{LETTERS}-{digits}"
    fits = _PLAN.fullmatch(number) and len(digits) <= MOST_DIGITS and digits.strip("0")
    return number if fits else None


@lru_cache(maxsize=16_384)
def _plan_of(digits: str) -> str | None:
    """Return the plan whose reference has these digits, None where the check digit is wrong."""
    if len(digits) <= LEAST_DIGITS or digits[-1] != check_digit(digits[:-1]):
        return None
    return _number_of(digits[:-1])


def _swaps(digits: str) -> Iterable[str]:
    for place in range(len(digits) - 1):
        first, second = digits[place], digits[place + 1]
        if first != second:
            yield digits[:place] + second + first + digits[place + 2 :]


def _slips(digits: str) -> Iterator[str]:
    yield from _swaps(digits)
    for place in range(len(digits) + 1):
        rest = digits[place:]
        for digit in "0123456789":
            if rest and digit != rest[0]:
                yield digits[:place] + digit + rest[1:]
            yield digits[:place] + digit + rest
        if rest:
            yield digits[:place] + rest[1:]
