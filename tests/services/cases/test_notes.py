"""Notes on a case are sealed, never edited, on record; beyond one's authority it is handed up."""

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from app.domain.errors import NotFound
from app.models import AuditEntry, CaseNote, PlanVersion
from app.services.cases.deciding import rehearse_answer
from app.services.cases.notes import (
    LONGEST_NOTE,
    CaseNoteNeeded,
    SupervisorDecides,
    add_note,
    hand_up_case,
)
from app.services.cases.owners import (
    CaseOwnedByAnother,
    HandedUp,
    MakerIsChecker,
    release_case,
    take_case,
)
from app.services.cases.queries import case_of
from app.services.cases.steps import Reply
from app.services.core.request_keys import KeyReused
from app.services.plans.steps import StateChanged
from tests.support.acting import acting
from tests.support.cases import case_of as stored
from tests.support.cases import put
from tests.support.clock import NOW
from tests.support.proposals import decide, make_staff, submitted

SAID = "电话里说孩子 3 月开学，想第一期再低些。"


@pytest.fixture
def mei(session):
    return make_staff(session, display_name="林梅")


@pytest.fixture
def boss(session):
    return make_staff(session, roles=("supervisor",), display_name="何主管")


@pytest.fixture
def version(session, vault, site) -> str:
    return submitted(session, vault, site)


@pytest.fixture
def note(session, vault, mei, version):
    def write(words=SAID, *, key="k1", who=None, on=version):
        context = acting(staff=who or mei, vault=vault)
        add_note(session, context, version_public_id=on, words=words, request_key=key)

    return write


@pytest.fixture
def hand_up(session, vault, mei, version):
    def act(words="46 期，超出我的权限，本人能还", *, key="h1", who=None):
        context = acting(staff=who or mei, vault=vault)
        hand_up_case(session, context, version_public_id=version, words=words, request_key=key)

    return act


@pytest.fixture
def see(session, vault, version):
    def look(who):
        return case_of(session, acting(vault=vault, staff=who), version_public_id=version)

    return look


def entries(session, action):
    session.rollback()
    return session.scalars(select(AuditEntry).where(AuditEntry.action == action)).all()


def test_a_note_is_read_by_colleagues_newest_first_and_sealed_in_the_table(
    session, note, see, mei, boss
):
    note()
    note("收入证明先看两张工资条。", key="k2", who=boss)
    assert [(one.words, one.by, one.kind) for one in see(mei).notes] == [
        ("收入证明先看两张工资条。", "何主管", "note"),
        (SAID, "林梅", "note"),
    ]
    assert all(SAID.encode() not in one.words_enc for one in session.scalars(select(CaseNote)))
    assert see(make_staff(session, roles=("compliance",))).notes == ()


def test_a_note_is_on_record_without_its_words(session, note, mei, version):
    note()
    (entry,) = entries(session, "case.noted")
    assert (entry.actor, entry.object_id, entry.after) == (mei.author, version, None)


def test_the_same_note_sent_twice_is_kept_once(session, vault, site, note, see, mei):
    note()
    note()
    assert len(see(mei).notes) == 1
    assert len(entries(session, "case.noted")) == 1
    other = submitted(session, vault, site)
    with pytest.raises(KeyReused):
        note(on=other)


@pytest.mark.parametrize("words", ["", "  \r\n ", "字" * (LONGEST_NOTE + 1)])
def test_a_note_has_words_and_not_too_many(note, words):
    with pytest.raises(CaseNoteNeeded):
        note(words)


def test_a_note_on_what_is_not_there_is_not_found(note):
    with pytest.raises(NotFound):
        note(on="x" * 20)


def test_a_note_can_be_added_whatever_became_of_the_case(session, vault, site, note, see, version):
    decide(session, vault, site, version, make_staff(session))
    note()
    assert len(see(make_staff(session)).notes) == 1


@pytest.mark.parametrize(
    "change", [update(CaseNote).values(kind="x"), delete(CaseNote)], ids=["edit", "delete"]
)
def test_a_note_stays_as_it_was_written(session, note, change):
    note()
    with pytest.raises(DatabaseError):
        session.execute(change)
    session.rollback()
    assert session.scalars(select(CaseNote.kind)).all() == ["note"]


def test_handing_up_leaves_it_to_supervisors_with_a_summary(
    session, vault, hand_up, see, mei, boss, version
):
    take_case(session, acting(staff=mei), version_public_id=version)
    hand_up()
    case = see(boss)
    assert (case.handed_up_at, case.ownership.is_free) == (NOW, True)
    assert [(one.kind, one.by) for one in case.notes] == [("handed_up", "林梅")]
    assert "case.handed_up" in [one.what for one in case.history]
    assert case.answer_by_on == see(mei).answer_by_on  # the clock runs on
    with pytest.raises(HandedUp):
        take_case(session, acting(staff=mei), version_public_id=version)
    take_case(session, acting(staff=boss), version_public_id=version)
    # let go of again it still waits for a supervisor
    release_case(session, acting(staff=boss), version_public_id=version)
    with pytest.raises(HandedUp):
        take_case(session, acting(staff=make_staff(session)), version_public_id=version)


def test_what_was_handed_up_is_answered_by_a_supervisor_only(
    session, vault, site, hand_up, mei, boss, version
):
    hand_up()
    reply = Reply("approve", "within_means", "", "a1")
    with pytest.raises(HandedUp):
        rehearse_answer(
            session,
            acting(vault=vault, site=site, staff=mei),
            version_public_id=version,
            reply=reply,
        )
    decide(session, vault, site, version, boss)
    # what follows an answer, an appeal for example, waits for anyone again
    assert stored(session, version).handed_up_at is None


def test_handing_up_twice_is_once(session, hand_up, see, boss):
    hand_up()
    hand_up()
    assert len(see(boss).notes) == 1
    assert len(entries(session, "case.handed_up")) == 1


def test_who_may_not_work_on_it_hands_nothing_up(session, hand_up, mei, boss, version):
    take_case(session, acting(staff=make_staff(session)), version_public_id=version)
    with pytest.raises(CaseOwnedByAnother):
        hand_up()
    with pytest.raises(SupervisorDecides):
        hand_up(who=boss)
    with pytest.raises(CaseNoteNeeded):
        hand_up(" ")
    maker = session.scalars(select(PlanVersion.author_person)).one()
    with pytest.raises(MakerIsChecker):
        hand_up(who=make_staff(session, person_id=maker))
    put(session, version, "refused", ended_at=NOW)
    with pytest.raises(StateChanged):
        hand_up()
    assert session.scalars(select(CaseNote)).all() == []
