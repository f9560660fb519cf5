"""Wrong tries: some are free, then each waits, twice as long; a wrong clock keeps nobody out."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models import FailedTry
from app.services.core.transaction import transaction
from app.services.staff.tries import Counter, TooManyTries, begin_try, forget_try
from tests.support.acting import acting
from tests.support.clock import NOW

HERE, SHARED = Counter("s", "here"), Counter("s", "-", free=20, longest=timedelta(seconds=30))


@pytest.mark.parametrize(
    ("failed", "seconds"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (1000, 900)],
)
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(failed, seconds):
    assert HERE.wait(failed) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("failed", "seconds"), [(19, 0), (20, 30), (500, 30)])
def test_what_all_share_waits_half_a_minute_at_most(failed, seconds):
    assert SHARED.wait(failed) == timedelta(seconds=seconds)


def fail(session, seconds=0, own=(HERE,), shared=(SHARED,)):
    now = NOW + timedelta(seconds=seconds)
    return begin_try(session, acting(now=now), own=own, shared=shared)


def rows(session) -> int:
    return session.scalar(select(func.count()).select_from(FailedTry))


def test_the_sixth_waits_and_what_was_not_judged_makes_it_no_longer(session):
    for _ in range(5):
        fail(session)
    for seconds, left in ((0, 30), (10, 20), (29, 1)):
        with pytest.raises(TooManyTries) as refused:
            fail(session, seconds)
        assert refused.value.wait_seconds == left
        assert "1 分钟" in refused.value.words
    fail(session, 30)
    with pytest.raises(TooManyTries) as refused:
        fail(session, 31)
    assert refused.value.wait_seconds == 59
    assert rows(session) == 12


def test_after_an_hour_tries_are_free_again(session):
    for _ in range(5):
        fail(session)
    fail(session, 3601)


def test_a_right_answer_empties_its_own_counter_and_spares_the_shared_one_its_try(session):
    for _ in range(3):
        fail(session)
    attempt = fail(session)
    with transaction(session):
        forget_try(session, attempt=attempt)
    places = session.scalars(select(FailedTry.requester_hmac)).all()
    assert places == ["-", "-", "-"]


def test_tries_noted_while_a_clock_was_two_days_ahead_keep_nobody_out(session):
    for _ in range(9):
        try:
            fail(session, 2 * 86_400)
        except TooManyTries:
            pass
    fail(session)
