"""The nightly round: who missed enough is told, once, and only for days that a file covers."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from app.models import OutboxItem, Plan, PlanNotice, PlanRound
from app.services.upholding import noticing
from app.services.upholding.noticing import look_at_kept_plans
from tests.support.money import covered, paid, plan_of
from tests.support.unguarded import unguarded

# Both the first payment and part 1, of 26 November and 10 December, are missed: the last day of
# grace was the 14th.
GRACE_OVER = date(2026, 12, 15)


@pytest.fixture
def look(session, later, number):
    def looking(days, limit=100) -> int:
        done = look_at_kept_plans(session, later(days), limit=limit)
        session.rollback()
        session.expire_all()
        return done

    return looking


def notices(session) -> list[PlanNotice]:
    return list(session.scalars(select(PlanNotice).order_by(PlanNotice.id)))


def messages(session) -> int:
    query = select(func.count()).where(OutboxItem.idempotency_key.startswith("notice"))
    return session.scalar(query) or 0


def test_before_the_first_file_nobody_is_looked_at(session, look):
    assert (look(40), notices(session)) == (0, [])


@pytest.mark.parametrize(("until", "told"), [(GRACE_OVER - timedelta(days=2), 0), (GRACE_OVER, 1)])
def test_two_missed_dates_bring_one_notice_once_a_file_covers_them(session, look, until, told):
    covered(session, until)
    assert look(23) == 1
    assert (len(notices(session)), messages(session)) == (told, told)
    assert look(23) == 0


def test_a_notice_says_what_is_open_and_is_told_once(session, look, number):
    covered(session, GRACE_OVER)
    look(23)
    (notice,) = notices(session)
    assert notice.sent_on == date(2026, 12, 16)
    assert notice.told["numbers"] == [0, 1]
    assert notice.told["missed_fen"] > 50_000
    covered(session, date(2026, 12, 30))
    look(40)
    assert (len(notices(session)), messages(session)) == (1, 1)
    assert plan_of(session, number).state == "in_cure"


def test_who_paid_in_time_hears_nothing(session, look, number):
    paid(session, number, fen=50_000, on=date(2026, 11, 26))
    covered(session, GRACE_OVER)
    assert (look(23), notices(session)) == (1, [])


def test_who_paid_today_is_not_noticed_for_yesterday(session, look, number):
    covered(session, GRACE_OVER)
    paid(session, number, fen=400_000, on=date(2026, 12, 16))
    assert (look(23), notices(session)) == (1, [])


def test_a_plan_is_looked_at_again_once_more_days_are_covered(session, look):
    covered(session, date(2026, 12, 1))
    assert [look(10), look(10)] == [1, 0]
    assert session.scalars(select(PlanRound.until_on)).one() == date(2026, 12, 1)
    covered(session, date(2026, 12, 2))
    assert [look(10), look(10)] == [1, 0]


def test_what_is_on_record_for_today_is_not_all_that_comes_today(session, look):
    covered(session, date(2026, 12, 20))
    look(10)  # 3 December
    assert session.scalars(select(PlanRound.until_on)).one() == date(2026, 12, 2)


def test_where_nothing_fell_due_a_plan_is_passed_over(session, look, monkeypatch):
    looked = []
    monkeypatch.setattr(noticing, "_look", lambda *args: looked.append(args))
    day = date(2026, 11, 24)
    session.add(PlanRound(plan_id=session.scalars(select(Plan.id)).one(), until_on=day))
    session.commit()
    # It is not its turn either.
    assert date(2026, 11, 25).toordinal() % noticing.ROTATION_DAYS != 1
    covered(session, date(2026, 11, 25))
    assert (look(3), looked) == (1, [])
    assert session.scalars(select(PlanRound.until_on)).one() == date(2026, 11, 25)


def test_a_broken_or_completed_plan_is_not_looked_at(session, look, number):
    covered(session, GRACE_OVER)
    plan_of(session, number).state = "broken"
    session.commit()
    assert (look(23), notices(session)) == (0, [])


def test_a_plan_that_cannot_be_read_is_passed_over_and_stops_nobody(session, look, number):
    covered(session, GRACE_OVER)
    with unguarded(session):
        session.execute(text("UPDATE plan_versions SET policy_version = 'x'"))
    session.commit()
    assert [look(23), look(23)] == [1, 0]
    assert notices(session) == []
