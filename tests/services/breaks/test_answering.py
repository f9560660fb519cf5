"""A person answers what a break brought: once, with words its borrower reads."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry, OutboxItem, PlanMatter
from app.services.agreements.queries import agreement_view
from app.services.breaks.answering import (
    LONGEST,
    MatterAnswered,
    MatterWordsNeeded,
    answer_matter,
)
from app.services.breaks.matter_queries import matter, matter_page
from app.services.breaks.queries import broken_plan
from app.services.core.request_keys import KeyReused
from app.services.queue.counts import desk_counts
from tests.services.breaks.conftest import BREAK_DAYS, BROKEN

WORDS = "先按小一点的方案还，明天打给您。"


@pytest.fixture
def opened(session, broken) -> str:
    return session.scalars(select(PlanMatter.public_id)).one()


@pytest.fixture
def answer(session, later, opened):
    def answering(words=WORDS, key="a", public_id=None):
        session.rollback()
        answer_matter(
            session,
            later(BREAK_DAYS),
            public_id=public_id or opened,
            words=words,
            request_key=key,
        )
        session.expire_all()

    return answering


def test_an_answer_is_read_by_its_borrower_and_told(session, opened, answer, later, borrower):
    answer()
    found = matter(session, later(BREAK_DAYS), public_id=opened)
    assert (found.words, found.answered_at is not None) == (WORDS, True)
    assert desk_counts(session)["matters"] == 0
    assert matter_page(session, later(BREAK_DAYS)).rows == []
    assert len(matter_page(session, later(BREAK_DAYS), is_answered=True).rows) == 1
    sent = select(OutboxItem).where(OutboxItem.idempotency_key == f"matter:{opened}")
    assert session.scalars(sent).one() is not None
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "matter.answered"))
    # What was written is nobody's to read in the trail.
    assert WORDS not in str(entry.after)


def test_the_borrower_reads_it_on_the_page(session, broken, answer, later, borrower):
    answer()
    context = later(BREAK_DAYS)
    view = agreement_view(session, context, borrower_id=borrower.id, number=broken)
    found = broken_plan(session, context, borrower_id=borrower.id, agreement=view)
    assert [one.words for one in found.answers] == [WORDS]
    assert found.answer_by_on is None


def test_the_same_request_is_answered_once(session, answer):
    answer()
    answer()
    with pytest.raises(MatterAnswered):
        answer(key="b")


@pytest.mark.parametrize("words", ["", " \n", "长" * (LONGEST + 1)])
def test_words_are_wanted(answer, words):
    with pytest.raises(MatterWordsNeeded):
        answer(words)


def test_what_is_not_there(answer):
    with pytest.raises(NotFound):
        answer(public_id="x" * 20)


def test_a_key_of_another_answer(session, answer, broken):
    answer()
    first = session.scalars(select(PlanMatter)).one()
    other = PlanMatter(
        plan_id=first.plan_id,
        kind="late_money",
        cause="x",
        opened_at=first.opened_at + timedelta(hours=1),
        answer_by_on=BROKEN,
    )
    session.add(other)
    session.commit()
    with pytest.raises(KeyReused):
        answer(public_id=other.public_id)
