"""Limits on codes: by number, device, browser and address apart; what a code is still good for."""

from datetime import timedelta

import pytest

from app.models import Device, SignInCode
from app.services.signin.code_limits import (
    SIGN,
    SIGN_IN,
    CodeAsker,
    CodeStanding,
    TooManyCodes,
    Visit,
    asker_of,
    check_limits,
    code_standing,
    code_wait,
    is_crowded,
    known_devices,
)
from app.services.signin.sessions import token_hash
from tests.support.acting import acting
from tests.support.clock import NOW

HERE = Visit(browser="browser-1", device="device-1", requester="192.0.2.7")
MOBILE, SECOND, MINUTE = "a" * 64, timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def device(session, borrower):
    row = Device(
        token_hash=HERE.device_hash, borrower_id=borrower.id, first_seen_at=NOW, last_seen_at=NOW
    )
    session.add(row)
    session.commit()
    return row


def asked(session, at=NOW, *, mobile=MOBILE, purpose=SIGN_IN, device=None, **values):
    row = SignInCode(
        purpose=purpose,
        mobile_hmac=mobile,
        requester_hmac=values.pop("requester", "r" * 64),
        browser_hash=values.pop("browser", "-"),
        device_id=device,
        code_hash="h" * 64,
        asked_at=at,
        expires_at=at + 5 * MINUTE,
        **values,
    )
    session.add(row)
    session.commit()
    return row


def asker(*, purpose=SIGN_IN, mobile=MOBILE, requester="r" * 64, browser="b", device=None):
    return CodeAsker(purpose, mobile, requester, browser, device)


def wait(session, *, now=NOW, **values):
    found = code_wait(session, acting(now=now), asker=asker(**values))
    return (found.why, found.seconds) if found else None


@pytest.mark.parametrize(
    ("seconds", "seconds_left"), [(0, 60), (0.5, 60), (59, 1), (59.5, 1), (60, 0)]
)
def test_the_next_code_comes_after_a_minute(session, seconds, seconds_left):
    asked(session)
    now = NOW + timedelta(seconds=seconds)
    assert wait(session, now=now) == (("resend", seconds_left) if seconds_left else None)


def test_who_is_refused_is_told_how_long_and_why(session):
    asked(session)
    with pytest.raises(TooManyCodes) as soon:
        check_limits(session, acting(now=NOW + 20 * SECOND), asker=asker())
    assert (soon.value.seconds, soon.value.wait.again_at) == (40, NOW + MINUTE)
    assert "再过 40 秒可以再发一条" in soon.value.words
    # a code that came somewhere else is no use here: no word of it
    assert "收到的" not in soon.value.words


def test_each_purpose_and_each_number_has_a_quota_of_its_own(session):
    asked(session)
    assert wait(session, purpose=SIGN) is None
    assert wait(session, mobile="c" * 64) is None


def test_the_longest_wait_is_told(session):
    for minute in range(5):
        asked(session, NOW + minute * MINUTE)
    assert wait(session, now=NOW + 4 * MINUTE) == ("number", 56 * 60)
    assert wait(session, now=NOW + 60 * MINUTE) is None


def test_strangers_leave_a_known_device_some_of_what_the_carrier_takes(session, device):
    for hour in range(6):
        asked(session, NOW + hour * 60 * MINUTE)
    now = NOW + 6 * 60 * MINUTE
    assert wait(session, now=now) == ("number", 18 * 3600)
    for n in range(4):
        assert wait(session, now=now + n * MINUTE, device=device.id) is None
        asked(session, now + n * MINUTE, device=device.id)
    # ten in a day: the carrier takes no more for this number
    assert wait(session, now=now + 4 * MINUTE, device=device.id) == ("device", 18 * 3600 - 240)


def test_a_known_device_waits_for_its_own_codes_only(session, device):
    asked(session)
    assert wait(session, device=device.id) is None
    asked(session, NOW, device=device.id)
    assert wait(session, device=device.id) == ("resend", 60)


def test_a_browser_is_counted_over_numbers_where_it_got_nowhere(session, device):
    for n in range(20):
        asked(session, mobile=f"{n:064d}", browser="b")
    assert wait(session) == ("browser", 3600)
    assert wait(session, browser="c") is None
    assert wait(session, device=device.id) is None
    assert wait(session, purpose=SIGN) is None
    session.query(SignInCode).first().used_at = NOW
    session.commit()
    assert wait(session) is None


@pytest.mark.parametrize(
    ("count", "values", "crowded"),
    [
        (29, {}, False),
        (30, {}, True),
        (30, {"used_at": NOW}, False),
        (30, {"purpose": SIGN}, False),
        (30, {"at": NOW - timedelta(hours=1)}, False),
        (30, {"at": NOW + timedelta(days=2)}, False),
        (30, {"requester": "s" * 64}, False),
    ],
)
def test_an_address_is_crowded_by_codes_that_led_nowhere(session, count, values, crowded):
    for n in range(count):
        asked(session, mobile=f"{n:064d}", **values)
    assert is_crowded(session, acting(), asker=asker()) is crowded


def test_a_known_device_is_in_no_crowd(session, device):
    for n in range(30):
        asked(session, mobile=f"{n:064d}")
    assert not is_crowded(session, acting(), asker=asker(device=device.id))


@pytest.mark.parametrize("days", [2, 400])
def test_a_clock_that_was_ahead_holds_no_code_back(session, device, days):
    for minute in range(10):
        asked(session, NOW + timedelta(days=days, minutes=minute), device=device.id)
        asked(session, NOW + timedelta(days=days, minutes=minute), browser="b")
    assert wait(session) is None
    assert wait(session, device=device.id) is None


def test_who_asks_is_known_by_number_device_browser_and_address(session, vault, borrower, device):
    context = acting(vault=vault)
    found = asker_of(session, context, purpose=SIGN, mobile_hmac=borrower.mobile_hmac, visit=HERE)
    assert (found.device_id, found.browser_hash) == (device.id, token_hash("browser-1"))
    assert found.requester_hmac == vault.fingerprint("192.0.2.7", purpose="requester")
    assert known_devices(session, mobile_hmac=MOBILE, visit=HERE) == []


@pytest.mark.parametrize(
    ("values", "seconds", "can_try", "is_picking"),
    [
        ({}, 0, True, False),
        ({}, 299, True, False),
        ({}, 300, False, False),
        ({"tries": 4}, 0, True, False),
        ({"tries": 5}, 0, False, False),
        ({"void_at": NOW}, 0, False, False),
        ({"used_at": NOW, "tries": 1}, 0, False, True),
        ({"used_at": NOW, "tries": 9}, 599, False, True),
        ({"used_at": NOW, "tries": 10}, 0, False, False),
        ({"used_at": NOW}, 600, False, False),
        ({"used_at": NOW, "void_at": NOW}, 0, False, False),
        ({"text_sha256": "t" * 64}, 0, False, False),
        ({}, -172_800, False, False),  # asked for when the clock was two days ahead
    ],
)
def test_what_a_code_is_still_good_for(session, vault, values, seconds, can_try, is_picking):
    row = asked(session, browser=HERE.browser_hash, **values)
    now = NOW + seconds * SECOND
    found = code_standing(
        session, acting(now=now, vault=vault), purpose=SIGN_IN, asked=row.public_id, visit=HERE
    )
    assert (found.can_try, found.is_picking) == (can_try, is_picking)
    assert (found.wait is not None) is (0 <= seconds < 60)


def test_a_code_of_another_browser_is_good_for_nothing(session, vault):
    row = asked(session)
    found = code_standing(
        session, acting(vault=vault), purpose=SIGN_IN, asked=row.public_id, visit=HERE
    )
    assert found == CodeStanding()
