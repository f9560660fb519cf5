"""Staff sign-in page by page: neutral faults, roles at once, step-up with answers kept."""

import re

import pytest
from sqlalchemy import select

from app.models import SessionRow, Staff, StaffRole
from app.services.core.context import Actor
from app.services.signin.staff_accounts import add_staff
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import submitted

PASSWORD = "a long pass phrase"


@pytest.fixture
def staff(session):
    return add(session)


def add(session, username="mei", *roles):
    add_staff(
        session,
        acting(actor=Actor("cli:staff-add")),
        username=username,
        display_name="客服 2073",
        password=PASSWORD,
        roles=roles or ["supervisor"],
    )
    return session.scalars(select(Staff).where(Staff.username == username)).one()


def enter(client, username="mei", password=PASSWORD):
    return client.post_form(client.get("/admin/sign-in"), username=username, password=password)


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
def test_each_role_lands_on_a_page_it_may_see(client, session, role, path):
    add(session, "mei", role)
    page = enter(client)
    assert page.status_code == 200
    assert path is None or page.request.path == path


def test_a_wrong_name_and_a_wrong_password_look_the_same(app, staff):
    texts = []
    for username, password in (("mei", "wrong"), ("nobody", "wrong")):
        page = enter(app.test_client(), username, password)
        text = re.sub(r'name="csrf_token"[^>]*>', "", page.get_data(as_text=True))
        texts.append((page.status_code, text.replace(username, "-")))
        assert password not in text
    assert texts[0] == texts[1]


def test_too_many_tries_wait(client, staff):
    for _ in range(5):
        assert enter(client, password="wrong").status_code == 200
    page = enter(client)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "900")


def test_a_role_that_ends_or_an_account_that_closes_counts_at_the_next_request(
    client, session, staff
):
    enter(client)
    session.rollback()  # SQLite: read anew before writing
    role = session.scalars(select(StaffRole).where(StaffRole.staff_id == staff.id)).one()
    role.until_at = NOW
    session.commit()
    assert client.get("/admin/find").status_code == 403
    session.rollback()
    staff.disabled_at = NOW
    session.commit()
    assert client.get("/admin/find").headers["Location"] == "/admin/sign-in"


def test_a_sign_out_kills_the_session_also_for_a_copy_of_the_cookie(app, client, staff):
    page = enter(client)
    stolen = client.get_cookie("anhuan").value
    client.post_form(page, _action="/admin/sign-out")
    thief = app.test_client()
    thief.set_cookie("anhuan", stolen)
    assert thief.get("/admin/find").status_code == 303


def test_an_idle_desk_signs_out_after_half_an_hour(client, staff, clock):
    enter(client)
    clock.advance(minutes=29)
    assert client.get("/admin/find").status_code == 200
    clock.advance(minutes=30)
    assert client.get("/admin/find").headers["Location"] == "/admin/sign-in"
    assert "已经自动退出" in client.get("/admin/sign-in").page.text()


def test_a_weighty_act_asks_for_the_password_and_keeps_what_was_typed(
    client, session, gateways, site, staff, clock
):
    path = f"/admin/plan/{submitted(session, gateways.vault, site)}"
    enter(client)
    clock.advance(minutes=6)
    page = client.get(path)
    before = client.get_cookie("anhuan").value
    page = client.post_form(page, _action=path, words="写给客户的一段话", answer="refuse")
    assert page.request.path == "/admin/confirm"
    page = client.post_form(page, password="wrong")
    assert page.request.path == "/admin/confirm"
    page = client.post_form(page, password=PASSWORD)
    assert page.request.path == path
    assert "写给客户的一段话" in page.get_data(as_text=True)
    copy = client.application.test_client()
    copy.set_cookie("anhuan", before)
    assert copy.get("/admin/find").status_code == 303
    session.rollback()
    assert session.scalars(select(SessionRow.ended_at)).all() == [None]
