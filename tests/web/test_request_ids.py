"""A request has one name from the page to the work and the message it causes; the log says what
happened and never to whom.
"""

import json
import logging
import re
from dataclasses import replace

import pytest
import structlog
from sqlalchemy import select
from structlog.testing import capture_logs

from app import create_app, wiring
from app.domain.errors import GatewayDown
from app.models import OutboxItem
from app.ports.work import Order, Task
from app.web.request_ids import HEADER
from tests.factories import make_borrower, make_loan
from tests.support.outages import outage
from tests.support.people import make_staff, sign_in_staff

MOBILE, GIVEN = "19003740000", "0123456789abcdef" * 2
MADE = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def borrower(session, gateways):
    found = make_borrower(session, gateways.vault, mobile=MOBILE)
    make_loan(session, found)
    return found


@pytest.fixture
def proxied(settings, gateways, clock):
    application = create_app(replace(settings, proxy_hops=1), gateways=gateways, clock=clock)
    yield application
    application.extensions["anhuan_engine"].dispose()


def lines(logs, event):
    return [one for one in logs if one["event"] == event]


def test_each_answer_names_its_request(client):
    names = {client.get(address).headers[HEADER] for address in ("/", "/", "/nowhere")}
    assert len(names) == 3
    assert all(MADE.fullmatch(one) for one in names)


def test_a_name_comes_along_from_a_proxy_of_ours_only(app, proxied):
    told = {HEADER: GIVEN}
    assert proxied.test_client().get("/", headers=told).headers[HEADER] == GIVEN
    assert app.test_client().get("/", headers=told).headers[HEADER] != GIVEN


@pytest.mark.parametrize(
    "given",
    ["", "x", GIVEN.upper(), GIVEN + "0", GIVEN[:-1] + "\u0663", f"{GIVEN[:-3]}'--", MOBILE],
)
def test_a_name_that_is_none_is_not_taken(proxied, given):
    answer = proxied.test_client().get("/", headers={HEADER: given.encode().decode("latin-1")})
    assert MADE.fullmatch(answer.headers[HEADER])
    assert answer.headers[HEADER] != given


def test_a_message_carries_the_name_of_the_request_to_its_provider(
    app, client, session, borrower, gateways
):
    with capture_logs() as logs:
        page = client.post_form(client.get("/sign-in"), mobile=MOBILE)
    asked = page.history[0].headers[HEADER] if page.history else page.headers[HEADER]
    assert session.scalars(select(OutboxItem.request_id)).all() == [asked]
    (sent,) = lines(logs, "sms")
    assert (sent["caused_by"], sent["state"], sent["provider"]) == (asked, "sent", "local")


def test_no_line_of_the_log_names_a_person(app, client, sms, session, borrower):
    """A whole sign-in, right and wrong, with what people type and where they come from."""
    with capture_logs() as logs:
        page = client.post_form(client.get("/sign-in?from=19003749999"), mobile=MOBILE)
        code = sms.code(MOBILE)
        client.post_form(page, _action="/sign-in/code", code="000000")
        page = client.post_form(page, _action="/sign-in/code", code=code)
        client.post_form(page, id_last4="0965")
        client.get("/loan/JJ26170003071")
        client.get("/nowhere/李雷")
    told = json.dumps(logs, ensure_ascii=False, default=str)
    assert {"request", "sms"} <= {one["event"] for one in logs}
    for personal in (MOBILE, "19003749999", code, "0965", "JJ26170003071", "李雷", "127.0.0.1"):
        assert personal not in told, personal


def test_what_broke_is_read_out_by_its_number(app, borrower):
    client = app.test_client()
    page = client.get("/sign-in")
    with outage(app):
        answer = client.post_form(page, mobile=MOBILE)
    assert answer.status_code == 503
    named = answer.headers[HEADER][:12]
    words = answer.get_data(as_text=True)
    assert " ".join((named[:4], named[4:8], named[8:])) in words
    assert "打电话给我们时，可以报这个编号" in words


def test_a_page_that_is_not_there_reads_the_same_for_everybody(client):
    assert "编号：" not in client.get("/nowhere").get_data(as_text=True)


def test_failed_work_shows_who_asked(app, session, database, gateways):
    def broken(_piece):
        raise GatewayDown

    with database.engine.begin() as connection:
        gateways.work.enqueue(connection, Order("exports", {"export": "e"}, request_id=GIVEN))
    gateways.work.drain([Task("exports", attempts=1)], broken)
    staff = make_staff(session, "admin")
    page = sign_in_staff(app.test_client(), session, staff).get("/admin/work")
    words = page.get_data(as_text=True)
    assert f"编号 {GIVEN}" in words
    assert "request_id" not in words


def test_what_libraries_tell_is_one_object_a_line_with_its_request(capsys):
    before = logging.getLogger().handlers[:]
    try:
        wiring.write_plain_logs()
        with structlog.contextvars.bound_contextvars(request_id=GIVEN):
            logging.getLogger("engine").warning("piece %s is taken over", 7)
            structlog.get_logger().info("own")
    finally:
        logging.getLogger().handlers[:] = before
        structlog.reset_defaults()
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [one["event"] for one in told] == ["piece 7 is taken over", "own"]
    assert {one["request_id"] for one in told} == {GIVEN}
    assert told[0]["logger"] == "engine"
