"""Wrong tries at the desk's door: each place waits for itself, a known device for nobody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import FailedTry
from app.services.core.context import Context
from app.services.core.transaction import transaction

WINDOW = timedelta(hours=1)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)


class TooManyTries(RuleBroken):
    """Too many wrong tries; `wait_seconds` says when the next one is judged."""

    code = "too_many_tries"
    message = N_("试的次数太多了，请 %(minutes)s 分钟后再试，或请管理员帮忙")

    def __init__(self, wait: timedelta) -> None:
        self.wait_seconds = max(1, -(-wait // timedelta(seconds=1)))
        super().__init__(minutes=-(-wait // MINUTE))


@dataclass(frozen=True)
class Counter:
    """What wrong tries are counted by: so many are free, then each waits, twice as long up to the
    longest.
    """

    subject: str
    place: str
    free: int = 5
    longest: timedelta = LONGEST_WAIT

    def wait(self, failed: int) -> timedelta:
        """Return how long after the last wrong try the next one is judged."""
        if failed < self.free:
            return timedelta(0)
        doublings = min(failed - self.free, 16)
        return min(FIRST_WAIT * (1 << doublings), self.longest)


@dataclass(frozen=True)
class Try:
    """One try that is under way: its rows, and the counters that a right answer empties."""

    rows: tuple[int, ...]
    own: tuple[Counter, ...]


def begin_try(
    session: Session, context: Context, *, own: tuple[Counter, ...], shared: tuple[Counter, ...]
) -> Try:
    """Note a try before it is judged. `own` counters are emptied by a right answer, `shared` ones
    only spared this try.

    However many come at once, no more are judged than are free. Raises: TooManyTries.
    Source: V6.1.1, V6.3.1.
    """
    counters = own + shared
    with transaction(session):
        rows = [
            FailedTry(subject_hmac=one.subject, requester_hmac=one.place, at=context.now)
            for one in counters
        ]
        session.add_all(rows)
        session.flush()
        attempt = Try(tuple(row.id for row in rows), own)

    # Counted after the commit, so that of many at once each sees those before it.
    wait = max(_wait(session, one, attempt.rows, context.now) for one in counters)
    if wait > timedelta(0):
        # A try that was not judged does not make the wait longer.
        with transaction(session):
            session.execute(delete(FailedTry).where(FailedTry.id.in_(attempt.rows)))
        raise TooManyTries(wait)

    return attempt


def forget_try(session: Session, *, attempt: Try) -> None:
    """Take a try back: its answer was right. Never commits."""
    session.execute(delete(FailedTry).where(FailedTry.id.in_(attempt.rows)))
    for one in attempt.own:
        session.execute(delete(FailedTry).where(*_same(one)))


def _wait(
    session: Session, counter: Counter, own_rows: tuple[int, ...], now: datetime
) -> timedelta:
    # Tries that lie ahead were noted while a clock was wrong; they keep nobody out.
    others = session.scalars(
        select(FailedTry.at).where(
            *_same(counter),
            FailedTry.at > now - WINDOW,
            FailedTry.at <= now,
            FailedTry.id.not_in(own_rows),
        )
    ).all()
    return max(others, default=now) + counter.wait(len(others)) - now


def _same(counter: Counter) -> tuple[ColumnElement[bool], ...]:
    return FailedTry.subject_hmac == counter.subject, FailedTry.requester_hmac == counter.place
