"""Passwords of staff: how they are hashed and held against what is typed."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.models import new_public_id

MIN_PASSWORD_CHARS = 12
# Hashing takes long on purpose; without an upper limit a long text would keep a worker busy.
MAX_PASSWORD_CHARS = 200
# Argon2id with 19 MiB and two passes, the least that OWASP's password cheat sheet recommends:
# several at once still fit a small machine.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def is_password(hashed: str | None, password: str) -> bool:
    """Whether a password is the account's; takes as long for no account as for one. Source:
    V6.3.8.
    """
    try:
        # Verified against somebody's hash where there is no account, so that the time tells
        # nothing.
        HASHER.verify(hashed or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


@cache
def _nobodys_hash() -> str:
    return HASHER.hash(new_public_id())
