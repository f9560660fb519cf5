"""Passwords of staff: a strong hash, and nobody's where there is no account."""

from app.services.staff.passwords import HASHER, is_password


def test_only_the_password_itself_is_right():
    hashed = HASHER.hash("a long pass phrase")
    assert is_password(hashed, "a long pass phrase")
    assert not is_password(hashed, "a long pass phrase.")
    assert not is_password(None, "a long pass phrase")
    assert not is_password("x", "a long pass phrase")
