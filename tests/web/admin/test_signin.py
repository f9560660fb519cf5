"""Staff sign-in page by page: neutral faults, two steps, roles at once, step-up on the way."""

import re

import pytest
from sqlalchemy import select

from app.models import SessionRow, Staff, StaffRole
from tests.support.authenticator import enrol, enter_desk, fresh_code
from tests.support.clock import NOW
from tests.support.proposals import submitted
from tests.support.staff_accounts import PASSWORD
from tests.support.staff_accounts import add as add_staff

HERE = "/admin/sign-in"


@pytest.fixture
def secret(session, vault_of_app) -> str:
    return add(session, vault_of_app)


@pytest.fixture
def vault_of_app(gateways):
    return gateways.vault


@pytest.fixture
def staff(session, secret):
    return session.scalars(select(Staff)).one()


def add(session, vault, role="supervisor") -> str:
    add_staff(session, roles=[role])
    return enrol(session, vault)


def first(client, username="mei", password=PASSWORD):
    return client.post_form(client.get(HERE), username=username, password=password)


def enter(client, secret, now=NOW):
    return enter_desk(client, username="mei", password=PASSWORD, secret=secret, now=now)


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("agent", "/admin/"),
        ("supervisor", "/admin/"),
        ("compliance", None),
        ("finance", None),
        ("admin", None),
    ],
)
def test_each_role_lands_on_a_page_it_may_see(client, session, vault_of_app, role, path):
    page = enter(client, add(session, vault_of_app, role))
    assert page.status_code == 200
    assert path is None or page.request.path == path


def test_a_wrong_name_and_a_wrong_password_look_the_same(app, staff):
    texts = []
    for username, password in (("mei", "wrong"), ("nobody", "wrong")):
        page = first(app.test_client(), username, password)
        text = re.sub(r'name="csrf_token"[^>]*>', "", page.get_data(as_text=True))
        texts.append((page.status_code, text.replace(username, "-")))
        assert password not in text
    assert texts[0] == texts[1]


def test_too_many_tries_wait(client, staff):
    for _ in range(5):
        assert first(client, password="wrong").status_code == 200
    page = first(client)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "30")
    assert "请 1 分钟后再试" in page.page.text()


def test_the_code_is_always_asked_for_also_in_a_known_browser(client, secret, clock):
    page = first(client)
    assert page.request.path == "/admin/sign-in/code"
    assert client.get("/admin/find").headers["Location"] == HERE
    page = client.post_form(page, code="000000")
    assert "动态码不对" in page.page.text()
    page = client.post_form(page, code=fresh_code(secret, NOW))
    assert page.request.path == "/admin/find"
    client.post_form(page, _action="/admin/sign-out")
    assert first(client).request.path == "/admin/sign-in/code"


def test_wrong_codes_wait(client, secret):
    page = first(client)
    for _ in range(10):
        page = client.post_form(page, code="000000")
        assert page.status_code == 200
    page = client.post_form(page, code=fresh_code(secret, NOW))
    assert (page.status_code, page.headers["Retry-After"]) == (429, "30")


def test_a_known_browser_is_held_up_by_nobody(app, client, secret, clock):
    client.post_form(enter(client, secret), _action="/admin/sign-out")
    for n in range(25):
        other = app.test_client()
        other.environ_base["REMOTE_ADDR"] = f"10.1.0.{n}"
        page = first(other, password="wrong")
    assert page.status_code == 429
    page = enter(client, secret)
    assert page.request.path == "/admin/"
    assert "有 20 次密码不对的尝试" in page.page.text()


def test_a_sign_in_that_took_too_long_begins_with_the_password(client, secret, clock):
    page = first(client)
    clock.advance(minutes=15)
    page = client.post_form(page, code=fresh_code(secret, clock.now()))
    assert page.request.path == HERE
    assert "请从密码开始" in page.page.text()
    assert client.get("/admin/sign-in/enrol").headers["Location"] == HERE


def test_the_first_sign_in_enrols_and_shows_codes_to_fall_back_on_once(client, session):
    add_staff(session, roles=["supervisor"])
    client.get("/admin/find")  # where they were going
    page = first(client)
    page = client.get("/admin/sign-in/code", follow_redirects=True)
    assert page.request.path == "/admin/sign-in/enrol"
    secret = next(one for one in page.page.iter("p") if one.get("id") == "secret").text()
    assert re.fullmatch(r"([A-Z2-7]{4} ?){8}", secret)
    secret = secret.replace(" ", "")
    page = client.post_form(page, code="000000")
    assert "动态码不对" in page.page.text()
    page = client.post_form(page, code=fresh_code(secret, NOW))
    codes = [one.text() for one in page.page.iter("code")]
    assert len(codes) == 10
    assert page.headers["Cache-Control"] == "no-store"
    assert client.follow(page, "收好了").request.path == "/admin/find"
    assert client.get("/admin/sign-in/enrol").status_code == 303
    client.post_form(client.get("/admin/find"), _action="/admin/sign-out")
    page = client.post_form(first(client), code=codes[2])
    assert "还剩 9 个" in page.page.text()


def test_a_role_that_ends_or_an_account_that_closes_counts_at_the_next_request(
    client, session, staff, secret
):
    enter(client, secret)
    session.rollback()  # SQLite: read anew before writing
    role = session.scalars(select(StaffRole).where(StaffRole.staff_id == staff.id)).one()
    role.until_at = NOW
    session.commit()
    assert client.get("/admin/find").status_code == 403
    session.rollback()
    staff.disabled_at = NOW
    session.commit()
    assert client.get("/admin/find").headers["Location"] == "/admin/sign-in"


def test_a_sign_out_kills_the_session_also_for_a_copy_of_the_cookie(app, client, secret):
    page = enter(client, secret)
    stolen = client.get_cookie("anhuan").value
    client.post_form(page, _action="/admin/sign-out")
    thief = app.test_client()
    thief.set_cookie("anhuan", stolen)
    assert thief.get("/admin/find").status_code == 303


def test_an_idle_desk_signs_out_after_half_an_hour(client, secret, clock):
    enter(client, secret)
    clock.advance(minutes=29)
    assert client.get("/admin/find").status_code == 200
    clock.advance(minutes=30)
    assert client.get("/admin/find").headers["Location"] == "/admin/sign-in"
    assert "已经自动退出" in client.get("/admin/sign-in").page.text()


def test_a_weighty_act_asks_for_a_code_keeps_what_was_typed_and_goes_on(
    client, session, gateways, site, secret, clock
):
    path = f"/admin/plan/{submitted(session, gateways.vault, site)}"
    enter(client, secret)
    clock.advance(minutes=16)
    page = client.get(path)
    before = client.get_cookie("anhuan").value
    typed = {"words": "写给客户的一段话", "answer": "refuse", "reason_code": "amount_too_low"}
    page = client.post_form(page, _action=path, _button="预览", **typed)
    assert "再填一次动态码" in page.page.text()
    page = client.post_form(page, _action=path, **{"step_up-code": "000000"})
    assert "动态码不对" in page.page.text()
    code = fresh_code(secret, clock.now())
    page = client.post_form(page, _action=path, **{"step_up-code": code})
    assert "发出前再看一遍" in page.page.text()
    assert "写给客户的一段话" in page.page.text()
    copy = client.application.test_client()
    copy.set_cookie("anhuan", before)
    assert copy.get("/admin/find").status_code == 303
    session.rollback()
    assert session.scalars(select(SessionRow.ended_at)).all() == [None]


def test_a_code_again_is_asked_once_in_a_quarter_of_an_hour(
    client, session, gateways, site, secret, clock
):
    path = f"/admin/plan/{submitted(session, gateways.vault, site)}"
    enter(client, secret)
    clock.advance(minutes=15)
    page = client.post_form(client.get(path), _action=path, _button="预览", answer="refuse")
    assert "再填一次动态码" not in page.page.text()


def test_too_many_wrong_codes_again_wait(client, secret, clock):
    enter(client, secret)
    page = client.get("/admin/confirm")
    for _ in range(5):
        page = client.post_form(page, _action="confirm", **{"step_up-code": "000000"})
        assert page.status_code == 200
    page = client.post_form(page, _action="confirm", **{"step_up-code": "000000"})
    assert (page.status_code, page.headers["Retry-After"]) == (429, "30")
