"""What pages count while they answer."""

import pytest
from prometheus_client import CollectorRegistry

from app.web import metrics
from tests.factories import make_borrower, make_loan
from tests.support.outages import outage
from tests.support.people import make_staff, sign_in_as

MOBILE = "19003740000"


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def app(app, registry):
    # as create_app does for an installation with a port
    metrics.install(app, metrics.PageFigures(registry))
    return app


@pytest.fixture
def count(registry):
    return lambda name, **labels: registry.get_sample_value(f"anhuan_{name}", labels) or 0


def test_a_page_is_timed_by_its_route(client, count):
    client.get("/")
    client.get("/?size=large")
    assert count("page_seconds_count", endpoint="public.start", method="GET") == 2
    assert 0 < count("page_seconds_sum", endpoint="public.start", method="GET") < 60
    assert count("answers_total", status="200") == 2


def test_what_broke_is_told_by_route(app, client, count):
    with outage(app):
        assert client.get("/check/abc").status_code == 503
    assert count("errors_total", endpoint="public.check", status="503") == 1


def test_sign_ins_at_the_desk(client, session, count):
    make_staff(session, "agent")
    page = client.get("/admin/sign-in")
    client.post_form(page, username="mei", password="not this one")
    assert count("sign_ins_total", audience="admin", result="password_wrong") == 1
    assert count("sign_ins_total", audience="admin", result="ok") == 0


def test_sign_ins_of_borrowers(client, session, vault, sms, count):
    make_borrower(session, vault, mobile=MOBILE)
    page = client.get("/sign-in")
    page = client.post_form(page, mobile=MOBILE)
    code = sms.code(MOBILE)
    wrong = "000000" if code != "000000" else "000001"
    page = client.post_form(page, _action="/sign-in/code", code=wrong)
    assert count("sign_ins_total", audience="borrower", result="code_wrong") == 1
    page = client.post_form(page, _action="/sign-in/code", code=code)
    assert count("sign_ins_total", audience="borrower", result="ok") == 0
    client.post_form(page, id_last4="0965")
    assert count("sign_ins_total", audience="borrower", result="ok") == 1


def test_a_rule_that_refused_is_counted_wherever_its_words_stand(client, session, vault, count):
    """At a field, in a note or as a page: the use case that was refused tells its code."""
    borrower = make_borrower(session, vault)
    make_loan(session, borrower)
    sign_in_as(client, session, borrower)
    page = client.get("/messages/new?about=talk")
    refused = {"rule": "too_many", "endpoint": "borrower.write_message"}
    for _ in range(40):
        client.post_form(page, about="talk", words="在吗", _follow=False)
        page = client.get("/messages/new?about=talk")
        if count("refusals_total", **refused):
            break
    assert count("refusals_total", **refused) == 1
