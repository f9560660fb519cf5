"""Words and lists of a version of the policy: read, compared, and what keeps them from counting."""

import json
from dataclasses import replace

import pytest

from app.domain.evidence import ANY, OF_REASON, TOPICS, checklist
from app.domain.policy_texts import (
    LONGEST,
    MOST_TOPICS,
    AnswerReason,
    PolicyTexts,
    text_differences,
    text_faults,
    texts_in,
)

RELEASED = (
    AnswerReason("within_means", "approve", "做得到"),
    AnswerReason("too_low", "refuse", "数太小"),
    AnswerReason("other", "refuse", "其他原因", is_offered=False),
)
TEXTS = PolicyTexts(RELEASED, dict(OF_REASON))


def with_reason(code, **values):
    return replace(
        TEXTS,
        reasons=tuple(one._replace(**values) if one.code == code else one for one in TEXTS.reasons),
    )


def with_list(reason, *topics):
    return replace(TEXTS, checklists=TEXTS.checklists | {reason: topics})


def test_a_version_without_texts_has_those_of_the_release():
    assert texts_in({"version": "1"}, released=RELEASED) == TEXTS


def test_written_and_read_back_they_are_the_same():
    texts = with_list("income_fell", "income", "debts")
    stored = json.loads(json.dumps({"texts": texts.written()}))
    assert texts_in(stored, released=()) == texts


def test_a_hardship_that_is_new_in_a_release_has_its_list():
    stored = {"texts": TEXTS.written()}
    del stored["texts"]["checklists"]["many_debts"]
    assert texts_in(stored, released=()).checklists["many_debts"] == OF_REASON["many_debts"]


def test_a_reason_no_longer_offered_stays_readable():
    assert [one.code for one in TEXTS.offered] == ["within_means", "too_low"]
    assert TEXTS.words("other") == "其他原因"
    assert TEXTS.words("never") == ""


def test_a_list_is_that_of_the_version_and_of_any_hardship_it_does_not_know():
    lists = with_list(ANY, "situation", "debts").checklists
    assert [one.code for one in checklist("unsaid", lists)] == ["situation", "debts"]
    assert [one.code for one in checklist("income_fell", lists)] == ["income", "income_change"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (TEXTS, []),
        (with_reason("too_low", words="少了"), [("reason", "too_low", ("数太小",), ("少了",))]),
        (with_reason("too_low", is_offered=False), [("offered", "too_low", ("yes",), ("no",))]),
        (
            replace(TEXTS, reasons=(*RELEASED, AnswerReason("own_1", "refuse", "新的"))),
            [("reason", "own_1", (), ("新的",))],
        ),
        (
            with_list("illness", "health", "debts"),
            [("checklist", "illness", ("health", "income"), ("health", "debts"))],
        ),
        # the most telling comes first: an order is a difference
        (
            with_list("illness", "income", "health"),
            [("checklist", "illness", ("health", "income"), ("income", "health"))],
        ),
    ],
)
def test_what_differs(after, expected):
    assert list(text_differences(TEXTS, after)) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (TEXTS, []),
        (with_reason("too_low", words=""), [("empty", "too_low")]),
        (with_reason("too_low", words="长" * LONGEST), []),
        (with_reason("too_low", words="长" * (LONGEST + 1)), [("long", "too_low")]),
        (with_reason("other", words="数太小"), [("same", "other")]),
        (with_reason("within_means", is_offered=False), [("no_reason", "approve")]),
        (with_reason("too_low", is_offered=False), [("no_reason", "refuse")]),
        (with_list("illness", "health"), [("few_topics", "illness")]),
        (with_list("illness", "health", "health"), [("few_topics", "illness")]),
        (with_list("illness", "health", "nobody"), [("topic", "illness")]),
        (with_list("illness", *list(TOPICS)[: MOST_TOPICS + 1]), [("few_topics", "illness")]),
        (with_list("illness", *list(TOPICS)[:MOST_TOPICS]), []),
    ],
)
def test_what_keeps_texts_from_counting(texts, expected):
    assert list(text_faults(texts)) == expected
