"""The words and lists of a version of the policy: why an answer was given, what may be shown of a
hardship. They stand in its record beside the numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from app.domain.evidence import OF_REASON, TOPICS

KEY = "texts"
LONGEST = 200
ANSWERS = ("approve", "refuse")
# Fewer is no choice; more nobody reads on a phone.
LEAST_TOPICS, MOST_TOPICS = 2, 4


class AnswerReason(NamedTuple):
    """Why staff answered as they did, in words a borrower reads; one that is no longer offered can
    still be read.
    """

    code: str
    answer: str
    words: str
    is_offered: bool = True


@dataclass(frozen=True, slots=True)
class PolicyTexts:
    """The reasons for answers in their order, and the topics to show by the reason of a
    hardship.
    """

    reasons: tuple[AnswerReason, ...]
    checklists: Mapping[str, tuple[str, ...]]

    @property
    def offered(self) -> tuple[AnswerReason, ...]:
        """Return the reasons that may be given."""
        return tuple(one for one in self.reasons if one.is_offered)

    def reason(self, code: str) -> AnswerReason | None:
        """Return a reason by its code, whether offered or not."""
        return next((one for one in self.reasons if one.code == code), None)

    def words(self, code: str) -> str:
        """Return the words of a reason; empty for one that the version does not know."""
        found = self.reason(code)
        return found.words if found else ""

    def written(self) -> dict[str, Any]:
        """Return them as plain JSON values."""
        return {
            "reasons": [one._asdict() for one in self.reasons],
            "checklists": {reason: list(topics) for reason, topics in self.checklists.items()},
        }


class TextDifference(NamedTuple):
    """One text that two versions have differently; empty where one of them has none."""

    kind: Literal["reason", "offered", "checklist"]
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class TextFault(NamedTuple):
    """What keeps texts from counting; `name` is the code of a reason, an answer or a hardship."""

    kind: Literal["empty", "long", "same", "no_reason", "few_topics", "topic"]
    name: str


def texts_in(values: Mapping[str, Any], *, released: Sequence[AnswerReason]) -> PolicyTexts:
    """Return the texts of a stored version; one that names none has those of the release.

    Raises: KeyError, TypeError for a record that no version has.
    """
    stored = values.get(KEY)
    if stored is None:
        return PolicyTexts(tuple(released), dict(OF_REASON))
    # A reason for a hardship that is new in a release has its list until a version names it.
    lists = {reason: tuple(topics) for reason, topics in stored["checklists"].items()}
    return PolicyTexts(
        tuple(AnswerReason(**one) for one in stored["reasons"]), dict(OF_REASON) | lists
    )


def text_differences(before: PolicyTexts, after: PolicyTexts) -> tuple[TextDifference, ...]:
    """Return the texts that differ: reasons in their order, then lists."""
    return (*_reason_differences(before, after), *_list_differences(before, after))


def text_faults(texts: PolicyTexts) -> tuple[TextFault, ...]:
    """Return what keeps texts from counting: words missing, too long or twice, an answer without a
    reason, a list of too few things or of unknown ones.

    Source: product, evidence; I-06.
    """
    return (*_reason_faults(texts), *_list_faults(texts))


def _reason_differences(before: PolicyTexts, after: PolicyTexts) -> Iterable[TextDifference]:
    for one in after.reasons:
        old = before.reason(one.code)
        if old is None or old.words != one.words:
            yield TextDifference("reason", one.code, (old.words,) if old else (), (one.words,))
        if old is not None and old.is_offered != one.is_offered:
            yield TextDifference(
                "offered", one.code, (_offered(old.is_offered),), (_offered(one.is_offered),)
            )


def _offered(is_offered: bool) -> str:
    return "yes" if is_offered else "no"


def _list_differences(before: PolicyTexts, after: PolicyTexts) -> Iterable[TextDifference]:
    for reason in OF_REASON:
        old, new = before.checklists[reason], after.checklists[reason]
        if old != new:
            yield TextDifference("checklist", reason, old, new)


def _reason_faults(texts: PolicyTexts) -> Iterable[TextFault]:
    seen: set[tuple[str, str]] = set()
    for one in texts.reasons:
        if not one.words:
            yield TextFault("empty", one.code)
        elif len(one.words) > LONGEST:
            yield TextFault("long", one.code)
        elif (one.answer, one.words) in seen:
            yield TextFault("same", one.code)
        seen.add((one.answer, one.words))
    for answer in ANSWERS:
        if not any(one.answer == answer for one in texts.offered):
            yield TextFault("no_reason", answer)


def _list_faults(texts: PolicyTexts) -> Iterable[TextFault]:
    for reason, topics in texts.checklists.items():
        if any(one not in TOPICS for one in topics):
            yield TextFault("topic", reason)
        elif not LEAST_TOPICS <= len(set(topics)) == len(topics) <= MOST_TOPICS:
            yield TextFault("few_topics", reason)
