"""Work done by several processes: in its order, whole or not at all, none of them left behind."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path

import pytest

from app.integrations.processes.pool import OneProcess, ProcessPool
from tests.support.databases import ROOT

POOL = ProcessPool(2, few=1)
# Pieces without end, so that only the end of the parent ends it.
ENDLESS = """
import itertools, time
from app.integrations.processes.pool import ProcessPool
for _ in ProcessPool(2, few=1).in_order(abs, itertools.count(1)):
    print("on", flush=True)
"""


def _whose(number):
    # The later ones are ready first.
    time.sleep(0.02 if number % 2 else 0)
    return number, os.getpid()


def _odd(number):
    if number == 7:
        raise ValueError("seven")
    return number


@pytest.mark.parametrize("processes", [OneProcess(), POOL], ids=["one", "several"])
def test_what_is_made_comes_in_the_order_of_the_pieces(processes):
    made = list(processes.in_order(_whose, iter(range(30))))
    assert [number for number, _ in made] == list(range(30))


def test_the_first_few_are_made_here_and_the_others_by_others():
    made = list(ProcessPool(2, few=3).in_order(_whose, range(40)))
    assert [number for number, pid in made if pid == os.getpid()] == [0, 1, 2]
    assert len(Counter(pid for _, pid in made)) > 1


def test_few_pieces_start_nothing():
    before = active_children()
    with closing(ProcessPool(2, few=3).in_order(_whose, range(3))) as made:
        assert len(list(made)) == 3
        assert active_children() == before


def test_pieces_are_taken_as_they_are_needed():
    taken = []
    with closing(POOL.in_order(abs, (taken.append(one) or one for one in range(1000)))) as made:
        for _ in range(3):
            next(made)
        assert len(taken) < 12


def test_what_goes_wrong_in_one_is_told_and_ends_all():
    before = active_children()
    with pytest.raises(ValueError, match="seven"):
        list(POOL.in_order(_odd, range(100)))
    assert active_children() == before


def test_given_up_half_way_none_is_left():
    before = active_children()
    with closing(POOL.in_order(abs, range(1000))) as made:
        for _ in range(5):
            next(made)
        assert len(active_children()) > len(before)
    assert active_children() == before


def _alive(pids):
    told = (Path(f"/proc/{pid}/stat") for pid in pids)
    return [one for one in told if one.exists() and ") Z " not in one.read_text()]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_none_outlives_who_began_it(how):
    begun = subprocess.Popen(
        [sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    with begun:
        for _ in range(20):
            assert begun.stdout.readline() == "on\n"
        children = Path(f"/proc/{begun.pid}/task/{begun.pid}/children").read_text().split()
        assert len(children) >= 2
        begun.send_signal(how)
    for _ in range(100):
        if not _alive(children):
            return
        time.sleep(0.1)
    assert not _alive(children)
