"""Administrators and the accounts of staff: what they change counts at the next request."""

import pytest
from sqlalchemy import select

from app.models import AuditEntry, Staff
from tests.support.authenticator import enrol, enter_desk, fresh_code
from tests.support.clock import NOW
from tests.support.people import make_staff, sign_in_staff
from tests.support.staff_accounts import PASSWORD
from tests.support.staff_accounts import add as add_staff


@pytest.fixture
def boss(app, session):
    browser = app.test_client()
    return sign_in_staff(browser, session, make_staff(session, "admin", username="boss"))


@pytest.fixture
def mei(session, gateways):
    public_id = add_staff(session, roles=["agent"])
    return f"/admin/staff/{public_id}", enrol(session, gateways.vault)


def enter(client, secret, password=PASSWORD):
    return enter_desk(client, username="mei", password=password, secret=secret, now=NOW)


def button(boss, path, name, **values):
    """Send one of the small forms of the page."""
    page = boss.get(path)
    token = next(
        one.get("value") for one in page.page.iter("input") if one.get("name") == "csrf_token"
    )
    data = {"csrf_token": token, "act": name} | values
    return boss.post(
        path, data=data, follow_redirects=True, headers={"Referer": f"http://localhost{path}"}
    )


def test_the_list_leads_to_each_account(boss, mei):
    page = boss.get("/admin/staff")
    assert "客服 2073" in page.page.text()
    assert boss.follow(page, "打开").status_code == 200
    assert boss.get(f"/admin/staff/{'x' * 20}").status_code == 404


def test_ones_own_roles_are_told_and_not_offered(boss):
    page = boss.follow(boss.get("/admin/staff"), "打开")
    assert "自己的账号要由另一位管理员来改" in page.page.text()
    assert not [one for one in page.page.iter("fieldset") if one.get("disabled") is not None]
    assert "改成这些角色" not in page.page.text()


def test_who_is_disabled_while_signed_in_is_shut_out_at_the_next_request(client, boss, mei):
    path, secret = mei
    assert enter(client, secret).request.path == "/admin/"
    page = button(boss, path, "disable")
    assert "账号停用了" in page.page.text()
    assert client.get("/admin/find").headers["Location"] == "/admin/sign-in"
    assert "用户名或密码不对" in enter(client, secret).page.text()
    assert "重新启用了" in button(boss, path, "enable").page.text()
    assert enter(client, secret).request.path in ("/admin/", "/admin/find")


def test_roles_count_at_the_next_request(client, boss, mei):
    path, secret = mei
    enter(client, secret)
    assert client.get("/admin/find").status_code == 200
    page = button(boss, path, "roles", roles=["finance"])
    assert "角色改好了" in page.page.text()
    assert client.get("/finance/").status_code == 200
    assert client.get("/admin/find").status_code == 403


def test_a_new_password_is_shown_once_and_the_old_one_is_worth_nothing(client, boss, mei):
    path, secret = mei
    enter(client, secret)
    page = button(boss, path, "password")
    password = next(page.page.iter("code")).text()
    assert password not in boss.get(path).get_data(as_text=True)
    assert client.get("/admin/find").status_code == 303
    assert "用户名或密码不对" in enter(client, secret).page.text()
    assert enter(client, secret, password).request.path in ("/admin/", "/admin/find")


def test_a_reset_authenticator_is_set_up_at_the_next_sign_in(client, boss, mei):
    path, _secret = mei
    assert "下次登录时重新设置" in button(boss, path, "authenticator").page.text()
    page = client.post_form(client.get("/admin/sign-in"), username="mei", password=PASSWORD)
    assert client.get("/admin/sign-in/code", follow_redirects=True).request.path.endswith("/enrol")
    assert page.status_code == 200


def test_sessions_end(client, boss, mei):
    path, secret = mei
    enter(client, secret)
    button(boss, path, "sessions")
    assert client.get("/admin/find").status_code == 303


def test_an_administrator_has_no_button_for_their_own_account(boss, session):
    staff = session.scalars(select(Staff)).one()
    path = f"/admin/staff/{staff.public_id}"
    page = boss.get(path)
    assert "停用账号" not in page.page.text()
    for name in ("disable", "password", "authenticator"):
        assert "另一位管理员" in button(boss, path, name).page.text()
    told = session.scalars(select(AuditEntry.action)).all()
    assert not [one for one in told if one.startswith("staff.")]


def test_a_change_asks_for_a_code_and_is_not_pressed_twice(boss, session, gateways, clock, mei):
    path, secret = mei[0], enrol(session, gateways.vault, "boss")
    clock.advance(minutes=16)
    page = button(boss, path, "roles", roles=["compliance", "finance"])
    assert "再填一次动态码" in page.page.text()
    code = {"step_up-code": fresh_code(secret, clock.now())}
    page = boss.post_form(page, _action=path, **code)
    assert "角色改好了" in page.page.text()
    ticked = [
        one.get("value")
        for one in page.page.iter("input")
        if one.get("name") == "roles" and one.get("checked") is not None
    ]
    assert ticked == ["finance", "compliance"]
