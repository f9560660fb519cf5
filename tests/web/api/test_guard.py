"""Who may call: a key that is known, not disabled, with the scope; nobody by a session."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import ApiKey
from app.services.api_keys.managing import disable_api_key
from app.services.api_keys.queries import POST_PAYMENTS, READ_HOLDS
from app.web.api import limits
from tests.support.acting import acting
from tests.support.people import make_staff, sign_in_staff
from tests.web.api.test_payments import refused


def used_at(session):
    session.rollback()
    return session.scalars(select(ApiKey.last_used_at)).one()


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer x", "Bearer " + "x" * 999]
)
@pytest.mark.parametrize("path", ["holds", "openapi.json"])
def test_without_a_key_nobody_is_told_anything(app, shown, path):
    headers = {"Authorization": shown} if shown else {}
    response = app.test_client(use_cookies=False).get(f"/api/v1/{path}", headers=headers)
    refused(response, 401, "key_unknown")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_bytes_that_are_no_text_are_no_key(app):
    response = app.test_client().get("/api/v1/holds", headers={"Authorization": "Bearer \xff\xfe"})
    refused(response, 401, "key_unknown")


def test_a_key_opens_what_its_scopes_name(call, make_key, money):
    reader, payer = make_key(READ_HOLDS), make_key(POST_PAYMENTS)
    assert call("GET", "holds", key=reader).status_code == 200
    assert call("POST", "payments", key=payer, body=money()).status_code == 201
    refused(call("GET", "holds", key=payer), 403, "scope_lacking")
    refused(call("POST", "payments", key=reader, body=money()), 403, "scope_lacking")
    assert {call("GET", "openapi.json", key=key).status_code for key in (reader, payer)} == {200}


def test_a_disabled_key_opens_nothing_from_then_on(call, make_key, session):
    key = make_key(READ_HOLDS)
    assert call("GET", "holds", key=key).status_code == 200
    session.rollback()
    public_id = session.scalars(select(ApiKey.public_id)).one()
    disable_api_key(session, acting(), public_id=public_id)
    refused(call("GET", "holds", key=key), 401, "key_unknown")


def test_a_session_of_a_page_is_no_key(app, client, session):
    sign_in_staff(client, session, make_staff(session, "admin"))
    response = client.get("/api/v1/holds")
    refused(response, 401, "key_unknown")


def test_no_answer_sets_a_cookie_or_is_kept(call):
    response = call("GET", "holds")
    assert "Set-Cookie" not in response.headers
    assert "no-store" in response.headers["Cache-Control"]


def test_use_is_noted_once_an_hour(app, call, clock, session):
    call("GET", "holds")
    first = used_at(session)
    assert first is not None
    clock.advance(minutes=59)
    call("GET", "holds")
    assert used_at(session) == first
    clock.advance(minutes=1)
    call("GET", "holds")
    assert used_at(session) == first + timedelta(hours=1)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "holds", 405), ("GET", "payments", 405), ("DELETE", "holds", 405), ("GET", "x", 404)],
)
def test_other_addresses_and_methods_are_told_as_problems(call, method, path, status):
    response = call(method, path)
    refused(response, status, response.get_json()["code"])
    assert ("Allow" in response.headers) == (status == 405)


def test_too_many_calls_are_told_when_to_come_again(call, monkeypatch):
    told = [call("GET", "holds", key="x" * 9) for _ in range(31)][-1]
    refused(told, 429, "too_many")
    assert int(told.headers["Retry-After"]) > 0
    assert limits.WRONG_KEYS.startswith("30 ")
