"""Passwords of staff: how they are hashed and held against what is typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import new_public_id

MIN_PASSWORD_CHARS = 12
# Hashing takes long on purpose; without an upper limit a long text would keep a worker busy.
MAX_PASSWORD_CHARS = 200
# Argon2id with 19 MiB and two passes, the least that OWASP's password cheat sheet recommends:
# several at once still fit a small machine.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# One at a time in a process, and a few who wait for it: each takes a core for tens of milliseconds,
# and however many sign in at once, pages keep cores and threads of their own.
WAITING = 4
_TURN, _ROOM = BoundedSemaphore(1), BoundedSemaphore(1 + WAITING)


class HashingBusy(RuleBroken):
    """So many sign in at this moment that one more password is not looked at."""

    code = "hashing_busy"
    message = N_("这一刻登录的人太多，密码还没有核对，也没有算作一次。请过几秒再试")
    wait_seconds = 3


@contextmanager
def room_to_hash() -> Iterator[None]:
    """Keep a place for one password to be checked; the rest of the process goes on beside it.

    Raises: HashingBusy at once where all places are taken, before anything was counted.
    Source: V2.4.1, V6.1.1.
    """
    if not _ROOM.acquire(blocking=False):
        raise HashingBusy
    try:
        yield
    finally:
        _ROOM.release()


def is_password(hashed: str | None, password: str) -> bool:
    """Whether a password is the account's; takes as long for no account as for one. Source:
    V6.3.8.
    """
    try:
        # Verified against somebody's hash where there is no account, so that the time tells
        # nothing.
        with _TURN:
            HASHER.verify(hashed or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


@cache
def _nobodys_hash() -> str:
    return HASHER.hash(new_public_id())
