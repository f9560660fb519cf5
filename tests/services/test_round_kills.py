"""The rounds over kept plans, `keeping` and `endings`: the same after a kill at every commit, on
many hosts at once, run twice, and after days on which nothing ran.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import BEIJING, end_of
from app.domain.keeping.standing import standing
from app.jobs import endings, keeping
from app.models import AuditEntry, Hold, OutboxItem, Plan, PlanNotice, PlanRound, SmsReceipt
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.certificates import KINDS, account_of, signed_of
from tests.support.clock import NOW
from tests.support.databases import Database, opened
from tests.support.money import covered
from tests.support.races import rounds, run_together

# Of plans signed on 23 November the first payment and part 1 are missed by then.
COVERED_UNTIL = date(2026, 12, 15)
NOTICED_ON = COVERED_UNTIL + timedelta(days=1)
PEOPLE = (
    ("罗涵敏", "19003740000", "990101198901140965"),
    ("周以宁", "19003740001", "990101198901141789"),
    ("田小麦", "19003740003", "990101198901140022"),
)
# The end of help is announced so early.
DAYS_BEFORE = timedelta(days=14)
LIMIT, HOSTS, MOST_KILLS = 50, 4, 100


class Killed(BaseException):
    """The process is gone: nobody catches it."""


@contextmanager
def killed_at_commit(at: int, *, counts: bool) -> Iterator[None]:
    """Whoever commits the n-th time is killed, right before that or once it counts."""
    commit, left = Session.commit, [at]

    def die(session: Session) -> None:
        left[0] -= 1
        if left[0] or counts:
            commit(session)
        if not left[0]:
            raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Session, "commit", die)
        yield


def at_nine(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 9, tzinfo=BEIJING)


def prepare(database: Database, vault, site) -> date:
    """Plans that missed enough, one whose help ends, one in quiet whose end is near; return the
    day on which both ends are announced.
    """
    with database.sessions() as session:
        owners = [
            make_borrower(session, vault, name=name, mobile=mobile, id_number=number)
            for name, mobile, number in PEOPLE
        ]
        for owner in owners[:-1]:
            signed_of(session, vault, site, borrower=owner)
        helped = signed_of(session, vault, site, "step_up", borrower=owners[-1])
        account = account_of(session, helped)
        higher = KINDS["step_up"]["low_months"] + 1
        dates = standing(account, NOW.date()).instalments
        told_on = next(one.due_on for one in dates if one.number == higher) - DAYS_BEFORE
        quiet = Hold(
            borrower_id=owners[-1].id,
            cause="breathing",
            from_at=NOW,
            until_at=end_of(told_on + timedelta(days=3)),
        )
        session.add(quiet)
        covered(session, COVERED_UNTIL)
        session.commit()
        return told_on


def delivered(database: Database) -> None:
    """As if each notice had been handed over and had arrived."""
    with database.sessions() as session:
        mine = select(OutboxItem).where(OutboxItem.idempotency_key.startswith("notice:"))
        for number, one in enumerate(session.scalars(mine.order_by(OutboxItem.id))):
            one.provider, one.provider_id, one.state = "local", f"n{number}", "sent"
            told = {"is_delivered": True, "why": "", "code": "", "received_at": at_nine(NOTICED_ON)}
            session.add(SmsReceipt(provider="local", provider_id=f"n{number}", **told))
        session.commit()


class Host:
    """Runs a job on a database, on a day."""

    def __init__(self, database: Database, vault, site, job) -> None:
        self.database, self.job = database, job
        ends_on = prepare(database, vault, site)
        self.day = NOTICED_ON if job is keeping else ends_on
        self.context = acting(vault=vault, site=site)

    def run(self, on: date | None = None):
        now = at_nine(on or self.day)
        return self.job.run(self.database.sessions, self.context.at(now), LIMIT)

    def run_killed_everywhere(self) -> int:
        """Die before and after each commit there is, again and again until a run ends by itself;
        return how many commits brought something.
        """
        at, brought = 1, 0
        for _ in range(MOST_KILLS):
            before = state(self.database)
            try:
                with killed_at_commit(at, counts=False):
                    self.run()
                return brought
            except Killed:
                assert at > 1 or state(self.database) == before
            with contextlib.suppress(Killed), killed_at_commit(at, counts=True):
                self.run()
            # A commit of nothing is passed over by the next.
            is_new = state(self.database) != before
            at, brought = (1, brought + 1) if is_new else (at + 1, brought)
        raise AssertionError("it never ends")


def state(database: Database) -> dict[str, object]:
    """What a run leaves, whoever did it and in however many runs: no ids, no order of ids."""
    with database.sessions() as session:
        notices = session.scalars(select(PlanNotice)).all()
        return {
            "notices": sorted(
                (one.kind, str(one.sent_on), str(one.received_on), str(sorted(one.told.items())))
                for one in notices
            ),
            "messages": Counter(
                (key.partition(":")[0], purpose)
                for key, purpose in session.execute(
                    select(OutboxItem.idempotency_key, OutboxItem.purpose)
                )
            ),
            "trail": Counter(session.scalars(select(AuditEntry.action))),
            "plans": Counter(session.scalars(select(Plan.state))),
            "rounds": Counter(session.scalars(select(PlanRound.until_on))),
        }


@pytest.fixture
def twin(database_servers, database_kind):
    """Another database of the same kind."""
    with database_servers(database_kind).fresh() as url, opened(url) as found:
        yield found


@pytest.fixture(params=[keeping, endings], ids=["keeping", "endings"])
def hosts(request, database, twin, vault, site):
    """A host of each database; in the one something dies, in the other nothing does."""
    return [Host(one, vault, site, request.param) for one in (database, twin)]


def test_killed_at_every_commit_it_ends_as_if_nothing_had(hosts):
    broken, whole = hosts
    before = state(whole.database)
    whole.run()
    assert broken.run_killed_everywhere() > 0
    broken.run()
    assert state(broken.database) == state(whole.database) != before


def test_a_second_run_finds_nothing(hosts):
    host, _ = hosts
    host.run()
    done = state(host.database)
    host.run()
    assert state(host.database) == done


def test_receipts_are_taken_the_same_after_a_kill_at_every_commit(hosts):
    broken, whole = hosts
    if broken.job is not keeping:
        assert not hasattr(broken.job, "receiving")  # it has no receipts to take
        return
    for host in hosts:
        host.run()
        delivered(host.database)
    whole.run()
    assert broken.run_killed_everywhere() >= len(PEOPLE) - 1
    told = state(broken.database)
    assert told == state(whole.database)
    assert {one[2] for one in told["notices"]} == {NOTICED_ON.isoformat()}


@pytest.mark.race
def test_many_hosts_at_once_do_each_thing_once(hosts):
    together, alone = hosts
    alone.run()
    for _number in rounds(3):
        told = run_together(lambda _n: together.run(), threads=HOSTS)
        assert not [one for one in told if isinstance(one, Exception)], told
        assert state(together.database) == state(alone.database)


def test_days_on_which_nothing_ran_are_made_up_for(hosts):
    """Notices have the day they are sent on; that they are sent, to whom and once is the same."""
    silent, daily = hosts
    days = [silent.day + timedelta(days=n) for n in range(-3, 3)]
    for day in days:
        daily.run(day)
    silent.run(days[-1])
    late, steady = state(silent.database), state(daily.database)
    for told in (late, steady):
        told["notices"] = len(told["notices"])
    assert late == steady
