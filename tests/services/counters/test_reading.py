"""Staff read what went to and fro on record."""

from sqlalchemy import select

from app.models import AuditEntry
from app.services.counters.reading import view_talk
from tests.support.counters import at_desk, counter
from tests.support.proposals import make_staff, submitted


def test_reading_is_on_record(session, vault, site):
    staff = make_staff(session)
    made = counter(session, vault, site, submitted(session, vault, site), staff)
    rows = view_talk(session, at_desk(vault, site, staff), version_public_id=made)
    assert [one.number for one in rows] == [2, 1]
    viewed = select(AuditEntry.object_id).where(AuditEntry.action == "case.talk_viewed")
    assert session.scalars(viewed).all() == [made]
