"""One's own account: another password, new codes to fall back on."""

import pytest

from tests.support.authenticator import enrol, enter_desk, fresh_code
from tests.support.clock import NOW
from tests.support.staff_accounts import PASSWORD
from tests.support.staff_accounts import add as add_staff

NEW = "another long phrase"


@pytest.fixture
def secret(session, gateways):
    add_staff(session, roles=["agent"])
    return enrol(session, gateways.vault)


def enter(client, secret, password=PASSWORD):
    return enter_desk(client, username="mei", password=password, secret=secret, now=NOW)


def test_a_password_is_changed_and_the_desk_stays_open(client, secret):
    page = client.follow(enter(client, secret), "客服 2073")
    page = client.post_form(page, _action="/admin/account/password", password="short")
    assert "12 到 200 个字符" in page.page.text()
    page = client.post_form(page, _action="/admin/account/password", password=NEW)
    assert "密码换好了" in page.page.text()
    client.post_form(page, _action="/admin/sign-out")
    assert "用户名或密码不对" in enter(client, secret).page.text()
    assert enter(client, secret, NEW).status_code == 200


def test_new_codes_are_shown_once_after_a_code(client, secret, clock):
    page = client.follow(enter(client, secret), "客服 2073")
    clock.advance(minutes=16)
    page = client.post_form(page, _action="/admin/account/recovery-codes")
    assert "再填一次动态码" in page.page.text()
    code = {"step_up-code": fresh_code(secret, clock.now())}
    page = client.post_form(page, _action="/admin/account/recovery-codes", **code)
    codes = [one.text() for one in page.page.iter("code")]
    assert len(codes) == 10
    assert codes[0] not in client.follow(page, "收好了").page.text()
