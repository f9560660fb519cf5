"""What may show a hardship, and in which ways."""

import pytest

from app.domain.evidence import OF_REASON, TOPICS, checklist, kind_in


@pytest.mark.parametrize("reason", [*OF_REASON, "other", "unsaid", "what_nobody_knows"])
def test_every_reason_has_things_to_show_each_in_two_ways_without_a_private_one(reason):
    topics = checklist(reason)
    assert len(topics) >= 2
    for topic in topics:
        assert len(topic.kinds) >= 2
        # who does not consent has a way too
        assert any(not one.is_private for one in topic.kinds)


def test_medical_and_bank_papers_are_private():
    private = {one.code for topic in TOPICS.values() for one in topic.kinds if one.is_private}
    assert private == {"pay_receipts", "medical_record", "medical_bill", "credit_report"}


def test_no_two_kinds_share_a_code():
    codes = [one.code for topic in TOPICS.values() for one in topic.kinds]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("topic", "kind", "found"),
    [
        ("income", "employer_letter", True),
        ("income", "medical_bill", False),
        ("none", "employer_letter", False),
        ("income", "", False),
    ],
)
def test_a_kind_belongs_to_its_topic(topic, kind, found):
    assert (kind_in(topic, kind) is not None) is found
