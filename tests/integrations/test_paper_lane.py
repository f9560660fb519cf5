"""Papers are made one at a time, in turn, and nobody waits without end."""

import threading
import time

import pytest

from app.domain.errors import GatewayDown
from app.integrations.paper_lane import PaperLane
from tests.support.races import run_together


def test_one_at_a_time_and_all_of_them():
    lane, inside, most = PaperLane(), [], []

    def work(number):
        inside.append(number)
        most.append(len(inside))
        time.sleep(0.01)
        inside.remove(number)
        return number

    assert sorted(run_together(lambda n: lane.run(lambda: work(n)), threads=10)) == list(range(10))
    assert max(most) == 1


def test_what_the_work_raises_is_raised():
    lane = PaperLane()
    for fault in (ValueError, TimeoutError):
        with pytest.raises(fault, match="planted"):
            lane.run(lambda fault=fault: _raise(fault))
    assert lane.run(lambda: 1) == 1


def _raise(fault):
    raise fault("planted")


def test_too_many_are_told_at_once_and_places_come_free_again():
    lane, go, began = PaperLane(most_waiting=1), threading.Event(), threading.Event()

    def slow():
        began.set()
        return go.wait(10)

    first = threading.Thread(target=lambda: lane.run(slow))
    first.start()
    assert began.wait(10)
    with pytest.raises(GatewayDown):
        lane.run(lambda: 1)
    go.set()
    first.join()
    assert lane.run(lambda: 1) == 1


def test_a_turn_that_does_not_come_in_time_is_given_up():
    lane, go = PaperLane(most_seconds=0), threading.Event()
    done = []
    for _ in range(2):
        with pytest.raises(GatewayDown):
            lane.run(lambda: go.wait(10) and done.append(1))
    go.set()
    # Only what had begun went on; who was told that it takes too long has no paper made later.
    patient = PaperLane(most_seconds=10)
    patient._thread = lane._thread
    assert patient.run(lambda: len(done)) == 1
