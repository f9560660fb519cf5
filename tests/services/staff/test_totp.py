"""Codes of an authenticator: RFC 6238, one step around, used once; codes to fall back on."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from app.models import RecoveryCode, Staff
from app.services.staff import totp
from tests.support.acting import acting
from tests.support.authenticator import enrol
from tests.support.clock import NOW
from tests.support.staff_accounts import add

# The secret and the SHA-1 codes of appendix B of RFC 6238, their last six digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_234_567_890, "005924"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(second, code):
    at = datetime.fromtimestamp(second, tz=UTC)
    assert totp.current_code(RFC_SECRET, at) == code
    assert totp.is_right(RFC_SECRET, code, at)


@pytest.mark.parametrize(
    ("seconds", "right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_one_step_around_now_is_taken(seconds, right):
    code = totp.current_code(RFC_SECRET, NOW + timedelta(seconds=seconds))
    assert totp.is_right(RFC_SECRET, code, NOW) is right


@pytest.mark.parametrize("code", ["", "12345", "１２３４５６", "abcdef", "é" * 6])
def test_what_is_no_code_is_wrong_and_no_failure(code):
    assert not totp.is_right(RFC_SECRET, code, NOW)


def test_a_secret_is_long_and_said_as_apps_take_it():
    secret = totp.new_secret()
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)
    uri = totp.provisioning_uri(secret, username="mei", issuer="安还工作台")
    assert pyotp.parse_uri(uri).secret == secret
    assert pyotp.parse_uri(uri).issuer == "安还工作台"


@pytest.fixture
def staff(session, vault):
    add(session)
    enrol(session, vault)
    return session.scalars(select(Staff)).one()


def use(session, vault, staff, code, now=NOW):
    by = totp.use_code(session, acting(now=now, vault=vault), staff=staff, code=code)
    session.commit()
    return by


def test_a_code_is_used_once_and_none_before_it_is_good_after_it(session, vault, staff):
    secret = totp.secret_of(vault, staff)
    before, here = (totp.current_code(secret, NOW + timedelta(seconds=s)) for s in (-30, 0))
    assert use(session, vault, staff, here) == "totp"
    assert use(session, vault, staff, here) is None
    assert use(session, vault, staff, before) is None
    later = NOW + timedelta(seconds=30)
    assert use(session, vault, staff, totp.current_code(secret, later), later) == "totp"


def test_a_code_used_while_a_clock_was_ahead_keeps_nobody_out(session, vault, staff):
    secret, ahead = totp.secret_of(vault, staff), NOW + timedelta(days=2)
    assert use(session, vault, staff, totp.current_code(secret, ahead), ahead) == "totp"
    assert use(session, vault, staff, totp.current_code(secret, NOW)) == "totp"
    assert use(session, vault, staff, totp.current_code(secret, NOW)) is None


def test_the_secret_is_sealed_for_its_account(session, vault, staff):
    secret = totp.secret_of(vault, staff)
    assert secret.encode() not in staff.totp_secret_enc
    add(session, username="lin")
    other = session.scalars(select(Staff).where(Staff.username == "lin")).one()
    other.totp_secret_enc = staff.totp_secret_enc
    with pytest.raises(ValueError, match="moved or altered"):
        totp.secret_of(vault, other)


def test_ten_codes_to_fall_back_on_are_used_once_each_and_kept_as_hashes(session, vault, staff):
    codes = totp.make_recovery_codes(session, acting(vault=vault), staff=staff)
    session.commit()
    assert len(set(codes)) == 10
    stored = session.scalars(select(RecoveryCode.code_hmac)).all()
    assert len(stored) == 10
    assert not [code for code in codes if code in stored]
    typed = codes[0].replace("-", "").upper()
    assert use(session, vault, staff, typed) == "recovery_code"
    assert use(session, vault, staff, codes[0]) is None
    assert totp.recovery_codes_left(session, staff_id=staff.id) == 9


def test_new_ones_replace_the_old_and_a_reset_takes_all(session, vault, staff):
    old = totp.make_recovery_codes(session, acting(vault=vault), staff=staff)
    new = totp.make_recovery_codes(session, acting(vault=vault), staff=staff)
    session.commit()
    assert use(session, vault, staff, old[0]) is None
    assert use(session, vault, staff, new[0]) == "recovery_code"
    totp.forget_second_factor(session, staff=staff)
    session.commit()
    assert use(session, vault, staff, new[1]) is None
    assert totp.secret_of(vault, staff) is None
