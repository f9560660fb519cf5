"""Known browsers: of one account each, told when a new one comes to others."""

from datetime import timedelta

from sqlalchemy import select

from app.models import Staff, StaffDevice
from app.services.staff.devices import knows_device, remember_device
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.staff_accounts import add


def remember(session, device, *, username="mei", now=NOW) -> bool:
    staff_id = session.scalars(select(Staff.id).where(Staff.username == username)).one()
    is_new = remember_device(session, acting(now=now), staff_id=staff_id, device=device)
    session.commit()
    return is_new


def test_the_first_browser_is_no_news_a_second_one_is(session):
    add(session)
    told = [remember(session, one) for one in ("a", "a", "b", "a")]
    assert told == [False, False, True, False]


def test_a_browser_is_known_for_its_account_alone(session):
    add(session)
    add(session, username="lin")
    remember(session, "a")
    assert knows_device(session, username="mei", device="a")
    assert not knows_device(session, username="lin", device="a")
    assert not knows_device(session, username="nobody", device="a")
    assert not knows_device(session, username="mei", device="b")


def test_the_table_tells_no_token_and_when_it_was_last_used(session):
    add(session)
    remember(session, "a")
    later = NOW + timedelta(days=1)
    remember(session, "a", now=later)
    row = session.scalars(select(StaffDevice)).one()
    assert row.token_hash != "a"
    assert (row.first_seen_at, row.last_seen_at) == (NOW, later)
