"""What happened to signed plans on a day, with the agreement that was the book then."""

from datetime import timedelta

from app.models import DateChange, PlanNotice
from app.services.lender_files.day import ToldDay
from app.services.lender_files.plan_events import events_of
from tests.services.lender_files.conftest import TODAY
from tests.support.certificates import certified, paid_off, signed_of, withdrawn
from tests.support.clock import NOW
from tests.support.money import plan_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def told(session, on):
    return [(one.what, one.book.number) for one in events_of(session, day=ToldDay(on))]


def test_a_signature_is_told_on_its_day_alone(session, vault, site):
    number = signed_of(session, vault, site)
    assert told(session, TODAY) == [("signed", number)]
    assert told(session, TODAY - DAY) == told(session, TODAY + DAY) == []


def test_completing_and_taking_back_are_told_each_on_its_day(session, vault, site):
    number = signed_of(session, vault, site)
    paid_off(session, number, on=TODAY + DAY)
    certified(session, vault, site, number, on=TODAY + DAY, now=NOW + DAY)
    withdrawn(session, number, now=NOW + 2 * DAY)
    assert told(session, TODAY + DAY) == [("completed", number)]
    assert told(session, TODAY + 2 * DAY) == [("reopened", number)]


def test_a_break_and_its_undoing_are_told_and_a_mere_notice_is_not(session, vault, site):
    number = signed_of(session, vault, site)
    plan = plan_of(session, number)
    for kind, days in (("notice", 1), ("break", 2)):
        on = TODAY + days * DAY
        notice = PlanNotice(plan_id=plan.id, kind=kind, sent_on=on, at=NOW + days * DAY, told={})
        session.add(notice)
        session.flush()
    notice.taken_back_at, notice.taken_back_why = NOW + 3 * DAY, "paid_in_time"
    session.commit()
    assert [told(session, TODAY + n * DAY) for n in (1, 2, 3)] == [
        [],
        [("broken", number)],
        [("reopened", number)],
    ]


def test_a_moved_date_is_a_change_of_the_terms(session, vault, site):
    number = signed_of(session, vault, site)
    plan = plan_of(session, number)
    change = DateChange(
        plan_id=plan.id,
        number=1,
        from_on=TODAY,
        due_on=TODAY + DAY,
        at=NOW + DAY,
        actor="borrower:x",
        request_key="k",
    )
    session.add(change)
    session.commit()
    assert told(session, TODAY + DAY) == [("date_moved", number)]


def test_of_one_day_all_is_told_in_its_order(session, vault, site):
    number = signed_of(session, vault, site)
    paid_off(session, number, on=TODAY)
    certified(session, vault, site, number, on=TODAY, now=NOW + HOUR)
    withdrawn(session, number, now=NOW + 2 * HOUR)
    assert [what for what, _ in told(session, TODAY)] == ["signed", "completed", "reopened"]
