"""Codes by SMS, step by step: limits, tries, one browser, one text, one use."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from app.models import OutboxItem
from app.services.signin.code_limits import SIGN, SIGN_IN, CodeAsker, Visit
from app.services.signin.codes import (
    close_code,
    code_hash,
    count_code_try,
    count_person_try,
    new_code,
    send_code,
    use_code,
    would_open,
    write_code,
)
from tests.support.acting import acting
from tests.support.clock import NOW

HERE = Visit(browser="browser-1", device="device-1", requester="192.0.2.7")
THERE = Visit(browser="browser-2", device="device-2", requester="192.0.2.8")
MOBILE, TEXT, SECOND = "a" * 64, "b" * 64, timedelta(seconds=1)


@pytest.fixture
def write(session, vault):
    def written(
        code="123456", *, purpose=SIGN_IN, visit=HERE, requester="r" * 64, text=None, now=NOW
    ):
        return write_code(
            session,
            acting(now=now, vault=vault),
            asker=CodeAsker(purpose, MOBILE, requester, visit.browser_hash, None),
            visit=visit,
            code=code,
            text_sha256=text,
        )

    return written


def tried(session, row, *, purpose=SIGN_IN, visit=HERE, text=None, now=NOW):
    return count_code_try(
        session,
        acting(now=now),
        purpose=purpose,
        asked=row.public_id,
        visit=visit,
        text_sha256=text,
    )


@pytest.mark.parametrize(
    ("changed", "may"),
    [
        ({}, True),
        ({"visit": THERE}, False),
        ({"visit": replace(HERE, device="device-2")}, True),
        ({"purpose": SIGN}, False),
        ({"text": TEXT}, False),
        ({"now": NOW + timedelta(minutes=5) - SECOND}, True),
        ({"now": NOW + timedelta(minutes=5)}, False),
        ({"now": NOW - timedelta(days=2)}, False),  # the clock was ahead when it was asked for
    ],
)
def test_a_code_is_tried_in_its_browser_for_its_purpose_in_its_time(session, write, changed, may):
    row = write()
    assert (tried(session, row, **changed) is row) is may
    assert row.tries == int(may)


def test_five_tries_and_no_more_also_with_the_right_digits(session, vault, write):
    row = write()
    assert [tried(session, row) is row for _ in range(6)] == [True] * 5 + [False]
    assert row.tries == 5


def test_it_is_used_once_and_only_with_its_digits(session, vault, write):
    row, context = write("000123"), acting(vault=vault)
    for wrong in ("123", "000124", "", "００0123"):
        assert not use_code(session, context, row=row, code=wrong)
    assert use_code(session, context, row=row, code="000123")
    assert not use_code(session, context, row=row, code="000123")
    session.refresh(row)
    assert (row.used_at, tried(session, row)) == (NOW, None)


def test_a_newer_one_voids_those_of_its_browser_and_purpose_alone(session, write):
    first, signing = write(), write(purpose=SIGN, text=TEXT)
    elsewhere = write(visit=THERE)
    newest = write(now=NOW + SECOND)
    for row in (first, signing, elsewhere):
        session.refresh(row)
    assert [row.void_at is None for row in (first, signing, elsewhere, newest)] == [
        False,
        True,
        True,
        True,
    ]


def test_without_a_code_no_digits_ever_match(session, vault, write):
    row = write(None)
    assert len(row.code_hash) == 64
    assert not use_code(session, acting(vault=vault), row=row, code="")


def test_the_same_digits_are_another_hash_in_another_row(vault, write):
    first, second = write(), write(visit=THERE)
    assert first.code_hash != second.code_hash
    assert first.code_hash == code_hash(vault, first.public_id, "123456")


def test_whether_it_would_sign_is_told_without_taking_a_try(session, vault, write):
    row = write(purpose=SIGN, text=TEXT)

    def would(code="123456", *, text=TEXT, visit=HERE, now=NOW):
        return would_open(
            session,
            acting(now=now, vault=vault),
            asked=row.public_id,
            visit=visit,
            code=code,
            text_sha256=text,
        )

    assert would()
    assert not would("123457")
    assert not would(text="c" * 64)
    assert not would(visit=THERE)
    assert not would(now=NOW + timedelta(minutes=5))
    assert row.tries == 0
    row.tries = 5
    session.flush()
    assert not would()


def test_the_last_four_are_tried_after_the_code_soon_and_so_often(session, vault, write):
    row, soon = write(), timedelta(minutes=10)

    def person(now=NOW):
        return count_person_try(session, acting(now=now), asked=row.public_id, visit=HERE)

    assert person() is None  # the code was not used yet
    tried(session, row)
    use_code(session, acting(vault=vault), row=row, code="123456")
    session.refresh(row)
    assert person(NOW + soon) is None
    assert [person() is row for _ in range(10)] == [True] * 9 + [False]


def test_who_closes_a_code_first_is_told_so(session, write):
    row = write()
    assert [close_code(session, acting(), row=row) for _ in range(2)] == [True, False]
    session.refresh(row)
    assert tried(session, row) is None


@pytest.mark.parametrize(
    ("base_url", "host"),
    [
        ("https://anhuan.example.cn", "anhuan.example.cn"),
        ("http://127.0.0.1:8000", "127.0.0.1"),
        (f"https://{'x' * 60}.cn", f"{'x' * 60}.cn"),  # it may take a second part
    ],
)
def test_the_message_is_bound_to_our_address(session, vault, site, borrower, write, base_url, host):
    row = write()
    context = acting(vault=vault, site=replace(site, base_url=base_url))
    sent = send_code(
        session, context, row=row, mobile="19003740000", code="123456", borrower=borrower
    )
    item = session.get_one(OutboxItem, sent)
    payload = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    sms = json.loads(payload)
    assert sms["text"].splitlines()[-1] == f"@{host} #123456"
    assert sms["to"] == "19003740000"
    assert (item.purpose, item.expires_at) == ("code", row.expires_at)


def test_digits_are_six_with_their_zeros():
    made = {new_code() for _ in range(200)}
    assert {len(one) for one in made} == {6}
    assert all(one.isascii() and one.isdigit() for one in made)
    assert len(made) > 150
