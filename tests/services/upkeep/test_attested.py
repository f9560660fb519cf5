"""What the trail attests: rows from before are put on record once, then none comes from nowhere."""

from sqlalchemy import select, text

from app.models import AuditEntry, Hold, StaffRole
from app.services.staff.accounts import add_staff
from app.services.upkeep.attested import OPENED, attest_what_was_there, unattested_rows
from tests.factories import make_borrower, make_hold
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import make_staff
from tests.support.unguarded import unguarded


def opened(session):
    return len(session.scalars(select(AuditEntry).where(AuditEntry.action == OPENED)).all())


def faults(session):
    session.expire_all()
    return list(unattested_rows(session))


def test_rows_from_before_are_put_on_record_once(session, vault):
    make_staff(session)
    make_hold(session, make_borrower(session, vault))
    assert attest_what_was_there(session, acting()) == 2
    assert attest_what_was_there(session, acting()) == 0
    assert opened(session) == 1
    assert faults(session) == []


def test_a_house_without_rows_opens_too(session):
    assert attest_what_was_there(session, acting()) == 0
    assert opened(session) == 1


def test_a_role_nobody_gave_comes_from_nowhere(session):
    attest_what_was_there(session, acting())
    staff = add_staff(
        session,
        acting(),
        username="lin",
        display_name="林",
        password="correct horse battery",
        roles=["agent"],
    )
    assert staff
    assert faults(session) == []
    session.add(
        StaffRole(staff_id=session.scalar(select(StaffRole.staff_id)), role="admin", from_at=NOW)
    )
    session.commit()
    (fault,) = faults(session)
    assert fault.startswith("staff_roles:")
    assert fault.endswith("comes from nowhere")


def test_a_row_that_went_is_missed(session, vault):
    hold = make_hold(session, make_borrower(session, vault))
    key = f"holds:{hold.id}"
    attest_what_was_there(session, acting())
    with unguarded(session):
        session.execute(text("DELETE FROM holds"))
    assert faults(session) == [f"{key}: told, and gone"]


def test_what_ends_by_its_use_case_is_told_and_by_hand_is_not(session, vault):
    make_hold(session, make_borrower(session, vault))
    attest_what_was_there(session, acting())
    hold = session.scalars(select(Hold)).one()
    hold.ended_by = "someone"
    session.commit()
    assert faults(session) == [f"holds:{hold.id}: not as it was told"]
