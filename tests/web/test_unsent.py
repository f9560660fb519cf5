"""What was written is not lost with an outage, and no page says that it is kept where it is not."""

import pytest
from sqlalchemy import func, select

from app.models import CallbackRequest, Message
from tests.factories import make_borrower, make_loan
from tests.support import outages
from tests.support.people import make_staff, sign_in_as, sign_in_staff

WORDS = "下个月才发工资，想先谈谈。\n每月 500 元可以吗？"
PROMISES = ("都存着", "替您存着", "都在", "保存")


@pytest.fixture
def session(database):
    with database.sessions() as own:
        yield own


@pytest.fixture
def outage(app):
    return lambda: outages.outage(app)


def main(page):
    return page.page.first("main").text()


def callback_of(client, **typed):
    form = {"topic": "talk", "name": "罗女士", "mobile": "19003740000", "words": WORDS}
    return client.get("/callback"), form | typed


def test_words_sent_into_an_outage_are_shown_again_and_sent_by_a_tap(client, outage, session):
    page, typed = callback_of(client)
    with outage():
        failed = client.post_form(page, **typed)
    assert failed.status_code == 503
    assert "没有送出去" in main(failed)
    assert not [word for word in PROMISES if word in main(failed)]
    assert WORDS in failed.get_data(as_text=True)
    assert 'value="罗女士"' in failed.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(CallbackRequest)) == 0
    sent = client.post_form(failed)
    session.rollback()
    assert "已收到" in main(sent)
    assert session.scalars(select(CallbackRequest.topic)).all() == ["talk"]
    # the same request key: a second tap is the same request
    client.post_form(failed)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(CallbackRequest)) == 1


def test_a_message_of_someone_signed_in_goes_out_when_it_is_over(client, outage, session, vault):
    make_loan(session, borrower := make_borrower(session, vault))
    sign_in_as(client, session, borrower)
    page = client.get("/messages/new?about=talk")
    with outage():
        failed = client.post_form(page, about="talk", words=WORDS)
    assert (failed.status_code, WORDS in failed.get_data(as_text=True)) == (503, True)
    client.post_form(failed, words="改过的话")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_an_unforeseen_error_gives_the_words_back_too(app, client, monkeypatch):
    from app.services.callbacks import requesting

    app.config["PROPAGATE_EXCEPTIONS"] = False
    page, typed = callback_of(client)
    monkeypatch.setattr(requesting, "request_callback", lambda *_a, **_b: 1 / 0)
    failed = client.post_form(page, **typed)
    assert failed.status_code == 500
    assert WORDS in failed.get_data(as_text=True)
    assert not [word for word in PROMISES if word in main(failed)]


def test_a_page_that_is_only_read_promises_nothing(client, outage):
    with outage():
        failed = client.get("/check/abc")
    assert failed.status_code == 503
    assert not [word for word in PROMISES if word in main(failed)]
    assert "没有送出去" not in main(failed)


@pytest.mark.parametrize("status", [400, 404])
def test_no_other_error_page_promises_either(client, status):
    page = client.post("/callback", data={"words": "x"}) if status == 400 else client.get("/no")
    assert page.status_code == status
    assert not [word for word in PROMISES if word in main(page)]


def test_codes_and_passwords_are_never_shown_and_never_sent_again(client, outage):
    page = client.get("/admin/sign-in")
    with outage():
        failed = client.post_form(page, username="agent", password="a long password")
    text = failed.get_data(as_text=True)
    assert failed.status_code == 503
    assert "a long password" not in text
    assert "再发一次" not in text
    assert "没有送出去" in main(failed)


def test_the_desk_gets_its_words_back(client, outage, session):
    sign_in_staff(client, session, make_staff(session, "agent"))
    page = client.get("/admin/find")
    with outage():
        failed = client.post_form(page, text="罗涵敏")
    assert failed.status_code == 503
    assert "罗涵敏" in failed.get_data(as_text=True)


def test_with_the_cookie_lost_the_words_can_be_copied_and_no_page_promises(
    app, client, session, vault
):
    sign_in_as(client, session, borrower := make_borrower(session, vault))
    assert borrower
    typed = {"about": "talk", "words": WORDS, "csrf_token": "of a session that is gone"}
    lost = app.test_client()
    failed = lost.post("/messages/new", data=typed, headers={"Sec-Fetch-Site": "same-origin"})
    assert failed.status_code == 400
    assert WORDS in failed.get_data(as_text=True)
    assert "再发一次" not in failed.get_data(as_text=True)
    door = lost.get("/messages/new", follow_redirects=True)
    assert door.request.path == "/sign-in"
    for page in (failed, door):
        assert not [word for word in PROMISES if word in main(page)]


def test_another_site_gets_no_words_onto_our_page(client):
    for headers in (
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        failed = client.post("/callback", data={"words": "请转账到这个账户"}, headers=headers)
        assert failed.status_code == 400
        assert "转账到这个账户" not in failed.get_data(as_text=True)


def test_who_only_read_when_the_session_ran_out_is_not_told_that_something_is_kept(
    client, session, vault, clock
):
    sign_in_as(client, session, make_borrower(session, vault))
    clock.advance(minutes=16)
    page = client.get("/home", follow_redirects=True)
    assert "已经自动退出" in main(page)
    assert not [word for word in PROMISES if word in main(page)]


def test_what_is_too_long_to_be_kept_is_not_promised(client, session, vault, clock, monkeypatch):
    from app.web import typed_answers

    monkeypatch.setattr(typed_answers, "MAX_CHARS", 10)
    sign_in_as(client, session, make_borrower(session, vault))
    page = client.get("/messages/new")
    clock.advance(minutes=16)
    told = client.post_form(page, words=WORDS)
    assert told.request.path == "/sign-in"
    assert not [word for word in PROMISES if word in main(told)]
