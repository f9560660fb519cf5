"""What a case waits for: whoever has the next word, and our clock while the answer is ours. How
threads hand it over is in tests/services/threads/test_changes.py.
"""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.domain.states import VERSION_MOVES
from app.models import Case, PlanVersion
from app.services.core.context import StaffMember
from app.services.core.waiting import ask_borrower, hear_borrower, lock_case, open_case, pass_on
from tests.factories import make_plan
from tests.support.acting import acting
from tests.support.cases import case_of, put
from tests.support.clock import NOW

MEI = StaffMember(1, "mei", "person-mei", frozenset({"agent"}))

DAY = timedelta(days=1)
PROMISED = date(2026, 12, 2)


@pytest.fixture
def version(session, loan) -> PlanVersion:
    return make_plan(session, loan)


def test_a_case_opens_with_the_day_that_was_promised(session, version):
    session.delete(case_of(session, version.public_id))
    session.flush()
    open_case(session, acting(), version=version)
    case = case_of(session, version.public_id)
    assert (case.waits_for, case.waits_since_at, case.answer_by_on) == ("us", NOW, PROMISED)
    assert (case.owner_staff_id, case.owned_at, case.document_fault) == (None, None, None)


def test_a_locked_case_is_read_anew(session, version):
    known = case_of(session, version.public_id)
    put(session, version.public_id, "approved")
    assert lock_case(session, plan_id=version.plan_id) is known
    assert known.waits_for == "borrower"


@pytest.mark.parametrize("state", sorted(VERSION_MOVES))
def test_our_clock_runs_no_longer_than_the_next_word_is_ours_or_on_paper(session, version, state):
    case = case_of(session, version.public_id)
    pass_on(case, state=state, now=NOW + DAY)
    runs = case.waits_for in ("us", "second_person", "documents")
    assert case.waits_since_at == NOW + DAY
    assert case.answer_by_on == (PROMISED if runs else None)
    session.rollback()


@pytest.mark.parametrize("state", sorted(set(VERSION_MOVES) - {"submitted", "under_appeal"}))
@pytest.mark.parametrize("turn", [ask_borrower, hear_borrower])
def test_nothing_is_handed_over_that_is_not_ours_to_answer(session, version, state, turn):
    put(session, version.public_id, state)
    assert turn(session, acting(now=NOW + DAY, staff=MEI), version_id=version.id) == {}
    assert case_of(session, version.public_id).waits_since_at == NOW


def test_it_is_handed_over_and_back_once_each(session, version):
    case = session.scalars(select(Case)).one()
    for turn, whom in ((ask_borrower, "borrower"), (hear_borrower, "us")):
        changes = turn(session, acting(staff=MEI), version_id=version.id)
        assert changes == {"waits_for": whom, "answer_by_on": "2026-12-02"}
        assert turn(session, acting(now=NOW + DAY, staff=MEI), version_id=version.id) == {}
        assert (case.waits_for, case.waits_since_at) == (whom, NOW)
