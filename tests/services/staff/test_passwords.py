"""Passwords of staff: a strong hash, and nobody's where there is no account."""

import threading

import pytest

from app.services.staff import passwords
from app.services.staff.passwords import HASHER, WAITING, HashingBusy, is_password, room_to_hash


def test_only_the_password_itself_is_right():
    hashed = HASHER.hash("a long pass phrase")
    assert is_password(hashed, "a long pass phrase")
    assert not is_password(hashed, "a long pass phrase.")
    assert not is_password(None, "a long pass phrase")
    assert not is_password("x", "a long pass phrase")


def test_so_many_wait_and_the_next_is_told_at_once_and_not_counted():
    taken = [room_to_hash() for _ in range(1 + WAITING)]
    for one in taken:
        one.__enter__()
    try:
        with pytest.raises(HashingBusy), room_to_hash():
            pass
    finally:
        for one in taken:
            one.__exit__(None, None, None)
    with room_to_hash():
        pass


def test_one_password_is_hashed_at_a_time(monkeypatch):
    at_once, most, lock = 0, 0, threading.Lock()

    class Slow:
        def verify(self, _hashed, _password):
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            threading.Event().wait(0.02)
            with lock:
                at_once -= 1

    monkeypatch.setattr(passwords, "HASHER", Slow())
    threads = [threading.Thread(target=is_password, args=("x", "y")) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert most == 1
