"""What borrower and desk see of papers."""

import pytest
from sqlalchemy import update

from app.domain.errors import NotFound
from app.domain.evidence import MOST_FILES, TOPICS
from app.models import Evidence
from app.services.evidence.queries import borrower_papers, case_papers
from app.services.evidence.reading import view_page
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.cases import put
from tests.support.clock import NOW
from tests.support.evidence import WORDS, ask, evidence_context, give


@pytest.fixture
def mine(session, vault, borrower, version):
    def mine(who=borrower):
        return borrower_papers(
            session, acting(vault=vault), borrower_id=who.id, version_public_id=version
        )

    return mine


@pytest.fixture
def desk(session, vault, version):
    return lambda: case_papers(session, acting(vault=vault), version_public_id=version)


def test_before_anything_is_given_there_are_two_things_to_show(mine, desk):
    found = mine()
    assert [one.topic.code for one in found.topics] == ["situation", "income"]
    assert (found.may_add, found.left, found.asked) == (True, MOST_FILES, None)
    assert len(desk().may_ask) == len(TOPICS)


def test_another_borrowers_is_not_there(session, vault, mine):
    with pytest.raises(NotFound):
        mine(make_borrower(session, vault))


def test_what_was_asked_for_stands_first_in_its_words(session, vault, site, version, mei, mine):
    ask(session, vault, site, version, mei, topic="debts")
    found = mine()
    assert found.topics[0].topic.code == "debts"
    assert found.topics[0].is_asked
    assert found.asked.words == WORDS
    assert (found.asked.until_on - found.asked.asked_at.date()).days == 14


def test_given_it_is_enough_unless_nobody_can_make_it_out(
    session, vault, folder, borrower, version, mine, desk, mei
):
    paper = give(session, vault, folder, borrower, version)
    income = next(one for one in mine().topics if one.topic.code == "income")
    assert income.is_enough
    context = evidence_context(vault, folder, staff=mei)
    view_page(session, context, version_public_id=version, paper=paper, page=1)
    assert mine().views == 1
    assert "income" not in {one.code for one in desk().may_ask}
    session.execute(update(Evidence).values(verdict="unclear", judged_at=NOW))
    session.commit()
    assert not next(one for one in mine().topics if one.topic.code == "income").is_enough
    assert "income" in {one.code for one in desk().may_ask}


def test_deleted_the_desk_keeps_what_was_found(
    session, vault, folder, borrower, version, mine, desk
):
    give(session, vault, folder, borrower, version)
    session.execute(
        update(Evidence).values(
            verdict="true", judged_at=NOW, deleted_at=NOW, deleted_why="taken_back"
        )
    )
    session.commit()
    assert mine().papers == ()
    assert [one.verdict for one in desk().papers] == ["true"]


def test_decided_the_day_of_deletion_is_told(session, version, mine):
    assert mine().delete_on is None
    put(session, version, "refused", decided_at=NOW)
    found = mine()
    assert (found.delete_on - NOW.date()).days == 90
    assert not found.may_add
