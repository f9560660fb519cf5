"""The contract of the engines for background work: procrastinate on PostgreSQL and the loop on
SQLite keep the same promises.
"""

import contextlib
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from app.ports.work import HURRIED, Order, Piece, Task
from tests.support.work import STALLED_AFTER, engine_of

SOON = timedelta(seconds=1)
ASKED = Task("asked", attempts=3, first_wait=timedelta(seconds=1))
WAIT_SECONDS = 120


class Doing:
    """What the engine handed out, and what to do with it."""

    def __init__(self, act=None):
        self.pieces: list[Piece] = []
        self.now = self.most = 0
        self._act, self._lock = act, threading.Lock()

    def __call__(self, piece: Piece) -> None:
        with self._lock:
            self.pieces.append(piece)
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            if self._act is not None:
                self._act(piece)
        finally:
            with self._lock:
                self.now -= 1

    def names(self) -> list[str]:
        return [one.args["n"] for one in self.pieces]


@pytest.fixture
def engine(database):
    return engine_of(database)


def ask(database, engine, *orders: Order) -> list[bool]:
    with database.engine.begin() as connection:
        return [engine.enqueue(connection, one) for one in orders]


def order(n: int, **more) -> Order:
    return Order("asked", {"n": str(n)}, **more)


@contextlib.contextmanager
def running(engine, tasks, doing):
    stop = threading.Event()
    worker = threading.Thread(target=engine.run, args=(tasks, doing), kwargs={"stop": stop})
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(WAIT_SECONDS)
        assert not worker.is_alive()


def wait_for(condition) -> bool:
    for _ in range(WAIT_SECONDS * 20):
        if condition():
            return True
        time.sleep(0.05)
    return False


def state(database, engine):
    with database.engine.connect() as connection:
        return engine.state(connection)


def test_what_is_asked_for_is_there_with_the_commit_and_gone_with_the_rollback(database, engine):
    with database.sessions() as session:
        assert engine.enqueue(session.connection(), order(1))
        session.rollback()
    with database.sessions() as session:
        assert engine.enqueue(session.connection(), order(2))
        # nobody sees it before: neither another host nor a page
        assert state(database, engine).waiting == 0
        session.commit()
    doing = Doing()
    engine.drain([ASKED], doing)
    assert doing.pieces == [Piece("asked", {"n": "2"}, 1)]
    assert state(database, engine).waiting == 0


def test_asking_first_thing_in_a_transaction_commits_nothing_by_itself(database, engine):
    with database.engine.connect() as connection:
        connection.begin()
        engine.enqueue(connection, order(1))
        connection.rollback()
    assert state(database, engine).waiting == 0


def test_of_one_key_one_piece_waits(database, engine):
    assert ask(database, engine, order(1, key="k"), order(2, key="k"), order(3)) == [
        True,
        False,
        True,
    ]
    doing = Doing()
    engine.drain([ASKED], doing)
    assert doing.names() == ["1", "3"]
    assert ask(database, engine, order(4, key="k")) == [True]  # what was done is done


def test_a_key_that_is_taken_leaves_the_callers_transaction_whole(database, engine):
    ask(database, engine, order(1, key="k"))
    with database.engine.begin() as connection:
        assert engine.enqueue(connection, order(2))
        assert not engine.enqueue(connection, order(3, key="k"))
    assert state(database, engine).waiting == 2


def test_hurried_pieces_go_first(database, engine):
    ask(database, engine, order(1), order(2, priority=HURRIED), order(3))
    doing = Doing()
    engine.drain([ASKED], doing)
    assert doing.names() == ["2", "1", "3"]


def test_a_piece_waits_for_its_time(database, engine):
    later = datetime.now(UTC) + timedelta(hours=1)
    ask(database, engine, order(1, not_before_at=later), order(2))
    doing = Doing()
    engine.drain([ASKED], doing)
    assert doing.names() == ["2"]
    assert (state(database, engine).waiting, state(database, engine).oldest_at) == (1, None)


def test_what_breaks_is_tried_again_later_each_time_and_then_kept(database, engine):
    times = []

    def act(_piece):
        times.append(time.monotonic())
        raise OSError("planted")

    ask(database, engine, order(1))
    doing = Doing(act)
    with running(engine, [ASKED], doing):
        assert wait_for(lambda: state(database, engine).failed == 1)
    assert [one.attempt for one in doing.pieces] == [1, 2, 3]
    assert times[1] - times[0] >= 1
    assert times[2] - times[1] >= 2
    with database.engine.connect() as connection:
        (failed,) = engine.failed(connection, limit=5)
    assert (failed.task, failed.args, failed.attempts) == ("asked", {"n": "1"}, 3)
    assert abs(failed.at - datetime.now(UTC)) < timedelta(minutes=10)


def test_a_failed_piece_is_tried_anew_once_and_counts_from_the_beginning(database, engine):
    task = Task("asked", attempts=1)
    faults = iter([OSError("planted"), None])

    def act(_piece):
        if fault := next(faults):
            raise fault

    ask(database, engine, order(1, key="k"))
    doing = Doing(act)
    engine.drain([task], doing)
    with database.engine.begin() as connection:
        (failed,) = engine.failed(connection, limit=5)
        assert engine.retry(connection, piece_id=failed.id).args == {"n": "1"}
        assert engine.retry(connection, piece_id=failed.id) is None
        assert engine.retry(connection, piece_id=failed.id + 1) is None
    engine.drain([task], doing)
    assert [one.attempt for one in doing.pieces] == [1, 1]
    assert state(database, engine).failed == 0


def test_what_failed_long_ago_is_forgotten(database, engine):
    def act(_piece):
        raise OSError("planted")

    ask(database, engine, order(1), order(2))
    engine.drain([Task("asked", attempts=1)], Doing(act))
    ask(database, engine, order(3))
    with database.engine.begin() as connection:
        now = datetime.now(UTC)
        assert engine.prune(connection, before=now - timedelta(hours=1), limit=9) == 0
        assert engine.prune(connection, before=now + timedelta(hours=1), limit=1) == 1
        assert engine.prune(connection, before=now + timedelta(hours=1), limit=9) == 1
    assert (state(database, engine).failed, state(database, engine).waiting) == (0, 1)


def test_never_two_of_one_lock_at_once(database, engine):
    ask(database, engine, *(order(n, lock="one") for n in range(4)))
    doing = Doing(lambda _piece: time.sleep(0.3))
    with running(engine, [ASKED], doing), running(engine_of(database), [ASKED], doing):
        assert wait_for(lambda: len(doing.pieces) == 4 and not doing.now)
    assert (doing.most, doing.names()) == (1, ["0", "1", "2", "3"])


def test_two_workers_share_the_work_and_do_each_piece_once(database, engine):
    ask(database, engine, *(order(n) for n in range(30)))
    doing = Doing(lambda _piece: time.sleep(0.02))
    with running(engine, [ASKED], doing), running(engine_of(database), [ASKED], doing):
        assert wait_for(lambda: len(doing.pieces) >= 30 and not doing.now)
    assert sorted(map(int, doing.names())) == list(range(30))


def test_a_task_comes_round_again_and_again(database, engine):
    doing = Doing()
    with running(engine, [Task("round", SOON)], doing):
        assert wait_for(lambda: len(doing.pieces) >= 3)
    assert set(map(str, doing.pieces)) == {str(Piece("round", {}, 1))}


def test_what_runs_when_the_worker_is_stopped_is_finished(database, engine):
    began, ended = threading.Event(), []

    def act(_piece):
        began.set()
        time.sleep(0.5)
        ended.append(True)

    ask(database, engine, order(1))
    with running(engine, [ASKED], Doing(act)):
        assert began.wait(WAIT_SECONDS)
    assert ended == [True]
    now = state(database, engine)
    assert (now.waiting, now.running, now.failed) == (0, 0, 0)


def test_a_long_piece_is_not_taken_for_dead(database, engine):
    ask(database, engine, order(1))
    doing = Doing(lambda _piece: time.sleep(2.5 * STALLED_AFTER.total_seconds()))
    with running(engine, [ASKED], doing), running(engine_of(database), [ASKED], doing):
        assert wait_for(lambda: doing.pieces and not doing.now)
    assert len(doing.pieces) == 1


def test_a_piece_carries_the_request_that_asked_to_its_work_and_its_failure(database, engine):
    done = []
    order_ = order(1, request_id="0f" * 16)
    with database.engine.begin() as connection:
        assert engine.enqueue(connection, order_)

    def broken(piece):
        done.append(piece)
        raise OSError("planted")

    engine.drain([Task(order_.task, attempts=1)], broken)
    (piece,) = done
    assert (dict(piece.args), piece.request_id) == (dict(order_.args), "0f" * 16)
    with database.engine.begin() as connection:
        (failed,) = engine.failed(connection, limit=9)
        assert (dict(failed.args), failed.request_id) == (dict(order_.args), "0f" * 16)
        again = engine.retry(connection, piece_id=failed.id)
        assert again.request_id == "0f" * 16
