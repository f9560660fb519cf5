"""Keys of requests: the same request gets its first reply, another content under the key none."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from app.services.core.request_keys import KeyReused, Request, keep_reply, reply_before
from tests.support.acting import acting

MINE = Request("borrower:x", "plan.sign", "key-1", "a" * 64)


@pytest.fixture
def kept(session):
    keep_reply(session, acting(), request=MINE, number="AH-00001-1")
    session.commit()


def test_the_same_request_gets_its_first_reply(session, kept):
    assert reply_before(session, request=MINE) == {"number": "AH-00001-1"}


@pytest.mark.parametrize("other", [{"who": "borrower:y"}, {"route": "hold"}, {"key": "key-2"}])
def test_another_person_place_or_key_is_a_new_request(session, kept, other):
    assert reply_before(session, request=replace(MINE, **other)) is None


def test_the_key_with_another_content_is_refused(session, kept):
    with pytest.raises(KeyReused):
        reply_before(session, request=replace(MINE, body="b" * 64))


def test_a_key_is_answered_once_even_where_two_did_not_see_each_other(session, kept):
    with pytest.raises(IntegrityError):
        keep_reply(session, acting(), request=replace(MINE, body="b" * 64), number="-")


def test_a_reply_may_be_empty_and_still_is_one(session):
    keep_reply(session, acting(), request=MINE)
    assert reply_before(session, request=MINE) == {}
