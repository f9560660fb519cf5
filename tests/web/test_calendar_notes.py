"""A date beyond the known working calendar says so, until its year is there."""

from datetime import datetime

from app.domain.holiday_notice import read_notice
from app.services.calendar.loading import load_calendar_year
from tests.support.acting import acting
from tests.support.calendar import MADE_UP_2027
from tests.support.clock import BEIJING
from tests.web.public.test_callback import ask

NOTE = "2027年的放假安排还没公布"


def test_a_reply_promised_for_next_year_says_what_is_not_known(client, clock, database):
    clock.set(datetime(2026, 12, 31, 10, 0, tzinfo=BEIJING))
    done = ask(client)
    assert NOTE in done.page.text()
    with database.sessions() as session:
        load_calendar_year(session, acting(), found=read_notice(MADE_UP_2027, 2027))
    assert NOTE not in client.get(done.request.path).page.text()


def test_a_reply_within_the_known_year_says_nothing(client):
    assert NOTE not in ask(client).page.text()
