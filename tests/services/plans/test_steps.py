"""Steps that every answer to a version shares: lock, move, approve, hold, tell."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.domain.errors import NotFound
from app.models import AuditEntry, Case, Hold, OutboxItem, Plan, PlanLoan, PlanVersion
from app.services.core.transaction import transaction
from app.services.plans.steps import (
    StateChanged,
    approval,
    begin_hold,
    close_plan,
    end_hold,
    end_ownership,
    lock_version,
    move_version,
    readable,
    tell_borrower,
)
from tests.factories import make_borrower, make_hold
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.proposals import make_staff, submitted


@pytest.fixture
def version(session, vault, site, borrower, loan) -> str:
    return submitted(session, vault, site, borrower=borrower, loan=loan)


def lock(session, version, **whose):
    return lock_version(session, acting(), version_public_id=version, **whose)


def stored(session) -> PlanVersion:
    session.expire_all()
    return session.scalars(select(PlanVersion)).one()


def test_a_version_comes_with_its_plan_and_loans_read_anew(session, version, borrower, loan):
    session.scalars(select(PlanVersion)).one()  # known before, from another look
    session.execute(
        update(PlanVersion).values(moved_months=3).execution_options(synchronize_session=False)
    )
    locked = lock(session, version, borrower_id=borrower.id)
    assert (locked.version.moved_months, locked.loans, locked.plan.borrower_id) == (
        3,
        (loan,),
        borrower.id,
    )
    assert locked.today == NOW.date()
    assert locked.terms.total_fen == locked.version.total_fen


def test_an_unknown_version_or_that_of_someone_else_is_not_found(session, vault, version):
    stranger = make_borrower(session, vault, mobile="19003740001")
    with pytest.raises(NotFound):
        lock(session, version, borrower_id=stranger.id)
    with pytest.raises(NotFound):
        lock(session, "x" * 20)


def test_a_move_takes_the_plan_along_and_tells_what_changed(session, version):
    with transaction(session):
        changes = move_version(
            session, locked=lock(session, version), to="approved", decided_at=NOW
        )
    assert changes == {"state": "approved", "decided_at": NOW.isoformat()}
    assert (stored(session).state, stored(session).ended_at) == ("approved", None)
    assert session.scalars(select(Plan.state)).one() == "approved"


@pytest.mark.parametrize("to", ["refused", "withdrawn"])
def test_what_ends_unsigned_gets_the_instant_of_its_end(session, version, to):
    with transaction(session):
        move_version(session, locked=lock(session, version), to=to)
    assert stored(session).ended_at == NOW


@pytest.mark.parametrize("to", ["signed", "expired", "upheld", "submitted"])
def test_no_state_is_reached_that_the_table_does_not_lead_to(session, version, to):
    with pytest.raises(StateChanged), transaction(session):
        move_version(session, locked=lock(session, version), to=to)
    assert stored(session).state == "submitted"


@pytest.mark.parametrize(
    ("to", "whom"), [("approved", "borrower"), ("refused", "nobody"), ("withdrawn", "nobody")]
)
def test_a_move_hands_the_case_to_whoever_has_the_next_word_and_ends_our_clock(
    session, version, to, whom
):
    case = case_of(session, version)
    assert (case.waits_for, case.answer_by_on is None) == ("us", False)
    with transaction(session):
        locked = lock_version(
            session, acting(now=NOW + timedelta(days=1)), version_public_id=version
        )
        move_version(session, locked=locked, to=to)
    case = case_of(session, version)
    assert (case.waits_for, case.waits_since_at, case.answer_by_on) == (
        whom,
        NOW + timedelta(days=1),
        None,
    )


def test_nothing_moves_outside_a_use_case(session, version):
    with pytest.raises(StateChanged):
        move_version(session, locked=lock(session, version), to="approved")


def test_whoever_comes_second_is_told(session, version):
    locked = lock(session, version)
    session.execute(
        update(PlanVersion).values(state="withdrawn").execution_options(synchronize_session=False)
    )
    session.commit()
    with pytest.raises(StateChanged), transaction(session):
        move_version(session, locked=locked, to="approved")


def test_a_move_holds_to_the_state_it_was_read_in(session, version):
    """Should a lock ever be missing: the row is asked once more."""
    with transaction(session):
        locked = lock(session, version)
        gone = update(PlanVersion).values(state="withdrawn")
        session.execute(gone.execution_options(synchronize_session=False))
        with pytest.raises(StateChanged):
            move_version(session, locked=locked, to="approved")


def test_an_approval_lasts_to_the_end_of_its_seventh_day(session, version):
    columns = approval(lock(session, version))
    assert columns == {
        "decided_at": NOW,
        "valid_until_at": datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC),
        "moved_months": 0,
        "not_before_on": None,
    }


def test_closed_lets_go_of_the_loans(session, version):
    with transaction(session):
        close_plan(session, locked=lock(session, version))
    assert session.scalars(select(PlanLoan.is_open)).all() == [False]


def test_a_hold_begins_once_and_ends_alone(session, version, borrower, loan):
    breathing = make_hold(session, borrower, cause="breathing", loan_id=loan.id)
    with transaction(session):  # the submission began one
        begin_hold(session, locked=lock(session, version))
    holds = select(Hold).where(Hold.cause == "plan_submitted")
    assert len(session.scalars(holds).all()) == 1
    with transaction(session):
        locked = lock(session, version)
        end_hold(session, locked=locked, until=NOW + timedelta(days=3), by="staff:x")
    session.expire_all()
    (hold,) = session.scalars(holds).all()
    assert (hold.until_at, hold.ended_by) == (NOW + timedelta(days=3), "staff:x")
    assert session.get_one(Hold, breathing.id).until_at is None
    with transaction(session):
        begin_hold(session, locked=lock(session, version))
    assert [one.until_at is None for one in session.scalars(holds.order_by(Hold.id))] == [
        False,
        True,
    ]


def test_a_borrower_is_told_once_under_a_key(session, vault, site, version):
    context = acting(vault=vault, site=site)
    before = len(session.scalars(select(OutboxItem.id)).all())
    for _ in range(2):
        with transaction(session):
            text = tell_borrower(
                session,
                context,
                locked=lock(session, version),
                template="plan_approved",
                key="once",
                values={"until": "12月1日"},
            )
    assert session.scalars(select(Plan.number)).one() in text
    assert len(session.scalars(select(OutboxItem.id)).all()) == before + 1
    assert "plan_approved" not in set(session.scalars(select(AuditEntry.action)))


def test_an_answered_case_is_nobodys(session, version):
    session.execute(update(Case).values(owner_staff_id=make_staff(session).staff_id, owned_at=NOW))
    session.commit()
    with transaction(session):
        end_ownership(locked=lock(session, version))
    case = case_of(session, version)
    assert (case.owner_staff_id, case.owned_at) == (None, None)


def test_instants_are_told_as_text_and_the_rest_as_it_is():
    assert readable({"at": NOW, "fen": 1, "none": None}) == {
        "at": "2026-11-23T02:00:00+00:00",
        "fen": 1,
        "none": None,
    }
