"""Words and lists of a draft of the policy: as they are typed, and as differences and faults are
told.
"""

from collections.abc import Iterable, Mapping

from werkzeug.datastructures import MultiDict

from app.domain.evidence import ANY, TOPICS
from app.domain.policy_texts import (
    ANSWERS,
    LEAST_TOPICS,
    LONGEST,
    MOST_TOPICS,
    AnswerReason,
    PolicyTexts,
    TextDifference,
    TextFault,
)
from app.domain.texts import N_
from app.web.catalogues import gettext
from app.web.fields import stripped
from app.web.filters import translated
from app.web.words import HARDSHIP_REASONS

# Tells a form with texts from one without: a box that is not ticked sends nothing.
MARK = "texts"
NEW = "new"
OWN = "own_"
ANSWER_NAMES: Mapping[str, str] = {"approve": N_("同意"), "refuse": N_("不通过")}
FAULTS: Mapping[str, str] = {
    "empty": N_("理由还没有写"),
    "long": N_("「%(name)s」太长，最多 %(longest)s 字"),
    "same": N_("「%(name)s」写了两次"),
    "no_reason": N_("「%(name)s」至少要有一个能选的理由"),
    "few_topics": N_("「%(name)s」要列 %(least)s 到 %(most)s 样，不能重复"),
    "topic": N_("「%(name)s」里有一样不认识"),
}


def typed_texts(typed: MultiDict[str, str], kept: PolicyTexts, base: PolicyTexts) -> PolicyTexts:
    """Return the texts that were typed over those of a draft; a reason of this draft alone goes
    where its words were wiped.
    """
    if MARK not in typed:
        return kept
    reasons = [_reason(typed, one) for one in kept.reasons]
    reasons = [one for one in reasons if one.words or base.reason(one.code)]
    words, answer = stripped(typed.get(f"reason-{NEW}", "")), typed.get(f"answer-{NEW}", "")
    if words and answer in ANSWERS:
        reasons.append(AnswerReason(_free_code(kept), answer, words))
    lists = {reason: _topics(typed, reason) for reason in kept.checklists}
    return PolicyTexts(tuple(reasons), lists)


def _reason(typed: MultiDict[str, str], one: AnswerReason) -> AnswerReason:
    words = stripped(typed.get(f"reason-{one.code}", one.words))
    return one._replace(words=words, is_offered=f"offered-{one.code}" in typed)


def _topics(typed: MultiDict[str, str], reason: str) -> tuple[str, ...]:
    chosen = (typed.get(f"list-{reason}-{place}", "") for place in range(MOST_TOPICS))
    return tuple(one for one in chosen if one in TOPICS)


def _free_code(kept: PolicyTexts) -> str:
    taken = {one.code for one in kept.reasons}
    return next(code for n in range(1, len(taken) + 2) if (code := f"{OWN}{n}") not in taken)


def answer_name(answer: str) -> str:
    """What an answer is called."""
    return translated(ANSWER_NAMES[answer])


def hardship_name(reason: str) -> str:
    """What a hardship is called whose list this is."""
    if reason == ANY:
        return gettext("没有说原因，或者别的原因")
    return translated(HARDSHIP_REASONS[reason])


def topic_name(code: str) -> str:
    """What a thing to show is called."""
    return translated(TOPICS[code].words) if code in TOPICS else code


def topic_names(codes: Iterable[str]) -> str:
    """What a list of things to show is, in its order."""
    return "、".join(map(topic_name, codes))


def difference_name(one: TextDifference, texts: PolicyTexts) -> str:
    """What differs: the list of a hardship, or a reason."""
    if one.kind == "checklist":
        return gettext("材料：%(name)s", name=hardship_name(one.name))
    found = texts.reason(one.name)
    answer = answer_name(found.answer) if found else ""
    if one.kind == "offered" and found:
        return gettext("%(answer)s的理由：%(words)s", answer=answer, words=found.words)
    return gettext("%(answer)s的理由", answer=answer)


def difference_told(one: TextDifference, side: tuple[str, ...]) -> str:
    """One side of a difference."""
    if one.kind == "checklist":
        return topic_names(side)
    if one.kind == "offered":
        return gettext("可以选") if side == ("yes",) else gettext("不再用")
    return translated(side[0]) if side and side[0] else gettext("没有")


def fault_told(fault: TextFault, texts: PolicyTexts) -> str:
    """What keeps a text from counting."""
    name = fault.name
    if fault.kind in ("few_topics", "topic"):
        name = hardship_name(name)
    elif fault.kind == "no_reason":
        name = answer_name(name)
    else:
        name = texts.words(name)
    return translated(
        FAULTS[fault.kind], name=name, longest=LONGEST, least=LEAST_TOPICS, most=MOST_TOPICS
    )
