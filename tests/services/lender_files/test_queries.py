"""Days whose files were made, page by page, the newest first."""

from datetime import timedelta

from app.services.lender_files.making import KEPT_DAYS, delete_lapsed, make_day
from app.services.lender_files.queries import PAGE_DAYS, lender_days
from tests.services.lender_files.conftest import TODAY
from tests.support.clock import NOW

DAY = timedelta(days=1)


def test_every_day_is_on_one_page(database, context):
    wanted = [TODAY + n * DAY for n in range(PAGE_DAYS + 2)]
    later = context.at(NOW + 60 * DAY)
    made = {on: make_day(database.sessions, later, on=on) for on in wanted}
    before, found = None, []
    with database.sessions() as session:
        while True:
            page = lender_days(session, before=before)
            found += page.days
            if (before := page.next_before) is None:
                break
    assert [one.on for one in found] == wanted[::-1]
    assert all(one.files == made[one.on] and one.is_kept for one in found)


def test_files_that_lapsed_are_told_as_such(database, context):
    make_day(database.sessions, context, on=TODAY)
    over = context.at(NOW + (KEPT_DAYS + 1) * DAY)
    with database.sessions() as session:
        delete_lapsed(session, over, limit=9)
        (one,) = lender_days(session, before=None).days
    assert (one.is_kept, len(one.files)) == (False, 6)
