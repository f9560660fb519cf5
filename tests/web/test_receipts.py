"""A provider tells what became of messages: by its key alone, within bounds, once; it locks nobody
out.
"""

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from app import MAX_BODY_BYTES
from app.integrations.sms.tencent_receipts import TencentReceipts
from app.models import Contact, OutboxItem, RefusedTry, SmsReceipt
from tests.factories import make_borrower, make_loan
from tests.support.people import sign_in_as

KEY = "3f9c" * 16
MOBILE = "19003740000"


@pytest.fixture
def gateways(gateways):
    """The local provider, and beside it one that took messages before."""
    both = {**gateways.receipts, "tencent": TencentReceipts(KEY)}
    return replace(gateways, receipts=both)


@pytest.fixture
def borrower(session, gateways):
    found = make_borrower(session, gateways.vault, mobile=MOBILE)
    make_loan(session, found)
    return found


def push(app, body, *, key=KEY, provider="tencent"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    address = f"/sms/receipts/{provider}/{key}"
    # No page of ours and no browser: no cookie, no token.
    return app.test_client().post(address, data=data, content_type="application/json")


def told(number="n1", status="FAIL"):
    return {"sid": number, "report_status": status, "errmsg": "UNDELIV", "mobile": "19009999999"}


def take_over(session, *, provider="tencent"):
    """As if the provider had taken the messages that were sent."""
    for kind in (OutboxItem, Contact):
        for number, row in enumerate(session.scalars(select(kind).order_by(kind.id))):
            row.provider, row.provider_id = provider, f"n{number + 1}"
    session.commit()


def kept(session):
    session.rollback()
    return session.scalar(select(func.count()).select_from(SmsReceipt))


def test_a_receipt_is_kept_and_its_provider_thanked(app, session, client, borrower):
    client.post_form(client.get("/sign-in"), mobile=MOBILE)
    take_over(session)
    for _again in range(2):
        answer = push(app, [told()])
        assert (answer.status_code, answer.json) == (200, {"result": 0, "errmsg": "OK"})
    assert kept(session) == 1


@pytest.mark.parametrize(
    ("provider", "key"),
    [("tencent", KEY[:-1] + "d"), ("tencent", "x"), ("local", KEY), ("nobody", KEY)],
)
def test_without_the_key_there_is_no_such_page(app, session, client, borrower, provider, key):
    client.post_form(client.get("/sign-in"), mobile=MOBILE)
    take_over(session, provider=provider)
    with capture_logs() as logs:
        assert push(app, [told()], provider=provider, key=key).status_code == 404
    assert kept(session) == 0
    assert not session.scalar(select(func.count()).select_from(RefusedTry))
    assert key not in json.dumps(logs)  # the next key may be one letter away


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_what_is_posted_is_taken(app, method):
    answer = getattr(app.test_client(), method)(f"/sms/receipts/tencent/{KEY}")
    assert answer.status_code == 405


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[{", 400), (b'{"sid": "n1"}', 400), (b"[" + b" " * MAX_BODY_BYTES, 413)],
)
def test_what_is_no_receipt_is_refused_and_leaves_nothing(app, session, body, status):
    assert push(app, body).status_code == status
    assert kept(session) == 0


def test_an_unknown_message_is_thanked_for_counted_and_not_kept(app, session):
    assert push(app, [told("elsewhere"), told("x")]).status_code == 200
    assert kept(session) == 0
    assert session.scalars(select(RefusedTry.count)).all() == [2]


def test_the_number_in_a_receipt_is_not_looked_at_nor_kept(app, session, client, borrower):
    client.post_form(client.get("/sign-in"), mobile=MOBILE)
    take_over(session)
    with capture_logs() as logs:
        push(app, [told()])
    row = session.scalars(select(SmsReceipt)).one()
    stored = json.dumps([str(value) for value in vars(row).values()])
    assert "19009999999" not in stored + json.dumps(logs)


def test_a_code_that_did_not_arrive_locks_nobody_out(app, session, client, sms, borrower, clock):
    page = client.post_form(client.get("/sign-in"), mobile=MOBILE)
    take_over(session)
    push(app, [told()])
    # It arrived after all, or was read out: it opens as before.
    page = client.post_form(page, _action="/sign-in/code", code=sms.code(MOBILE))
    assert page.request.path == "/sign-in/person"
    clock.advance(minutes=2)
    again = app.test_client()
    page = again.post_form(again.get("/sign-in"), mobile=MOBILE)
    assert page.request.path == "/sign-in/code"
    assert len(sms.to(MOBILE)) == 2


def test_what_did_not_arrive_stands_on_the_record_with_a_way_on(app, session, client, borrower):
    client.post_form(client.get("/sign-in"), mobile=MOBILE)
    take_over(session)
    push(app, [told()])
    signed_in = sign_in_as(app.test_client(), session, borrower)
    words = next(signed_in.get("/contacts").page.iter("main")).text()
    assert "没有送到" in words
    assert "手机号换了，告诉我们" in words
