"""The job that has files stamped: all that wait, and no hammering at an authority that is down."""

from sqlalchemy import select

from app.jobs import stamps
from app.jobs.report import Report
from app.models import Agreement
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.signing import plain, signed, without_authority


def test_all_that_wait_are_stamped_once_the_authority_answers(database, gateways, settings, vault):
    up, down = plain(gateways), without_authority(plain(gateways))
    with database.sessions() as session:
        for mobile in ("19003740000", "19003740001"):
            borrower = make_borrower(session, vault, mobile=mobile)
            loan = make_loan(session, borrower)
            signed(session, down, settings.site, borrower=borrower, loan=loan)

    def run(with_gateways, limit=9):
        return stamps.run(database.sessions, acting(now=NOW, gateways=with_gateways), limit)

    assert run(down) == Report("stamps", done=0, left=2)
    assert run(up, limit=1) == Report("stamps", done=1)
    assert run(up) == Report("stamps", done=1)
    assert run(up) == Report("stamps", done=0)
    with database.sessions() as session:
        assert set(session.scalars(select(Agreement.stamp))) == {"stamped"}
