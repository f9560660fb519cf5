"""Who is signed in: what the cookie holds and what it does not, and whom it signs in."""

import re

import pytest
from flask_login import encode_cookie
from sqlalchemy import event, select, update

from app.models import SessionRow, Staff
from app.services.signin.sessions import token_hash
from tests.factories import make_borrower, make_loan
from tests.support.clock import NOW
from tests.support.people import TOKEN, make_staff, sign_in_as, sign_in_staff, token_carried

REMEMBER = "remember_token"
MOBILE, LAST4 = "19003740000", "0965"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
pytestmark = on_sqlite


@pytest.fixture
def borrower(session, gateways):
    return make_borrower(session, gateways.vault, mobile=MOBILE)


@pytest.fixture
def staff(session):
    return make_staff(session, "supervisor")


def enter(client, sms):
    """Sign in page by page."""
    page = client.post_form(client.get("/sign-in"), mobile=MOBILE)
    page = client.post_form(page, _action="/sign-in/code", code=sms.code(MOBILE))
    return client.post_form(page, id_last4=LAST4)


def cookie_of(client) -> dict:
    with client.session_transaction() as cookie:
        return dict(cookie)


def door(client, address: str) -> str:
    """Where an address leads who may not see it."""
    return client.get(address).headers.get("Location", "")


def asked_for(app, client, address: str) -> int:
    """How often a request asks who is signed in."""
    told = []
    engine = app.extensions["anhuan_engine"]

    def note(_connection, _cursor, statement, *_rest):
        told.append("sessions.token_hash" in statement)

    event.listen(engine, "before_cursor_execute", note)
    client.get(address)
    event.remove(engine, "before_cursor_execute", note)
    return sum(told)


def test_the_cookie_holds_the_token_of_our_row_and_nobodys_id(client, sms, borrower, session):
    enter(client, sms)
    cookie = cookie_of(client)
    row = session.scalars(select(SessionRow)).one()
    assert token_hash(cookie[TOKEN]) == row.token_hash
    assert set(cookie) <= {TOKEN, "csrf_token", "next", "_flashes"}
    assert not {str(row.id), str(borrower.id), borrower.public_id} & {
        str(v) for v in cookie.values()
    }


def test_signing_in_keeps_the_choices_and_where_one_was_going(client, sms, borrower, session):
    loan = make_loan(session, borrower)
    with client.session_transaction() as cookie:
        cookie.update({"size": "large", "lang": "zh-Hans", "callbacks": ["of before"]})
    client.get(f"/loan/{loan.public_id}")
    page = enter(client, sms)
    assert page.request.path == "/sign-in/agree"
    client.post_form(page, user_agreement=True, privacy=True, _follow=False)
    cookie = cookie_of(client)
    assert (cookie["size"], cookie["lang"]) == ("large", "zh-Hans")
    assert "callbacks" not in cookie


def test_a_token_put_there_before_sign_in_is_worth_nothing_after(app, client, sms, borrower):
    with client.session_transaction() as cookie:
        cookie[TOKEN] = "a token somebody else knows"
    enter(client, sms)
    other = app.test_client()
    with other.session_transaction() as cookie:
        cookie[TOKEN] = "a token somebody else knows"
    assert token_carried(client) != "a token somebody else knows"
    assert door(other, "/home") == "/sign-in"


@pytest.mark.parametrize("form", ["id", "row", "public", "hash", "number", "nothing", "list"])
def test_a_value_of_another_form_signs_nobody_in(client, session, borrower, form):
    sign_in_as(client, session, borrower)
    row = session.scalars(select(SessionRow)).one()
    values = {"id": str(borrower.id), "row": str(row.id), "public": borrower.public_id}
    values |= {"hash": row.token_hash, "number": borrower.id, "nothing": "", "list": [1]}
    with client.session_transaction() as cookie:
        cookie[TOKEN] = values[form]
    assert door(client, "/home") == "/sign-in"


def test_no_remember_cookie_is_ever_set(client, session, staff):
    sign_in_staff(client, session, staff)
    with client.session_transaction() as cookie:
        cookie |= {"_remember": "set", "_remember_seconds": 60}
    assert client.get("/admin/find").status_code == 200
    assert client.get_cookie(REMEMBER) is None


@pytest.mark.parametrize("digest", ["", "|é", "|0", "signed"])
def test_a_remember_cookie_signs_nobody_in(app, client, session, staff, digest):
    """Not even one signed with our key."""
    token = token_carried(sign_in_staff(app.test_client(), session, staff))
    with app.app_context():
        value = encode_cookie(token) if digest == "signed" else token + digest
    client.set_cookie(REMEMBER, value)
    assert door(client, "/admin/find") == "/admin/sign-in"
    assert TOKEN not in cookie_of(client)


def test_leaving_makes_the_old_cookie_useless(app, client, session, borrower):
    sign_in_as(client, session, borrower)
    page = client.get("/home?size=large")
    stolen = client.get_cookie("anhuan").value
    client.post_form(page, _action="/sign-out")
    assert set(cookie_of(client)) <= {"size", "csrf_token"}
    thief = app.test_client()
    thief.set_cookie("anhuan", stolen)
    assert door(thief, "/home") == "/sign-in"


@pytest.mark.parametrize(
    ("address", "endpoint", "to"),
    [
        ("/home", "borrower.home", "/sign-in"),
        ("/messages/new?about=credit", "borrower.write_message", "/sign-in"),
        ("/admin/find", "admin.find", "/admin/sign-in"),
        ("/finance/", "finance.register", "/admin/sign-in"),
    ],
)
def test_each_audience_has_its_door_and_the_address_names_no_page(client, address, endpoint, to):
    assert door(client, address) == to
    assert cookie_of(client)["next"][0] == endpoint


def test_what_was_typed_is_kept_for_the_audience_whose_session_ran_out(
    app, client, session, borrower, staff, clock
):
    desk = sign_in_staff(app.test_client(), session, staff)
    sign_in_as(client, session, borrower)
    typed = {one: csrf(one.get("/callback")) for one in (client, desk)}
    clock.advance(minutes=31)
    for browser, address in ((client, "/admin/find"), (desk, "/messages/new")):
        post(browser, address, typed[browser])
        page = browser.get("/admin/sign-in" if browser is client else "/sign-in")
        assert "已经自动退出" not in page.page.text()
    assert kept_of(session) == {"borrower": False, "staff": False}
    for browser, address, to in (
        (client, "/messages/new", "/sign-in"),
        (desk, "/admin/find", "/admin/sign-in"),
    ):
        assert post(browser, address, typed[browser]).headers["Location"] == to
        assert "已经自动退出。填过的都存着" in browser.get(to).page.text()
    assert kept_of(session) == {"borrower": True, "staff": True}


def csrf(response) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', response.get_data(as_text=True))
    return found.group(1)


def post(client, address: str, token: str):
    return client.post(address, data={"csrf_token": token, "words": "写了一半"})


def kept_of(session) -> dict[str, bool]:
    session.rollback()
    return {row.audience: bool(row.kept) for row in session.scalars(select(SessionRow))}


def test_htmx_is_led_to_the_door_too(client):
    answer = client.get("/home", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/sign-in")


def test_an_account_that_closes_is_out_at_once(client, session, staff):
    sign_in_staff(client, session, staff)
    assert client.get("/admin/find").status_code == 200
    session.execute(update(Staff).values(disabled_at=NOW))
    session.commit()
    assert door(client, "/admin/find") == "/admin/sign-in"


def test_a_cookie_of_the_release_before_is_still_good(client, session, borrower):
    token = token_carried(sign_in_as(client, session, borrower))
    with client.session_transaction() as cookie:
        cookie["token"] = cookie.pop(TOKEN)
    assert client.get("/home").status_code == 200
    assert (cookie_of(client)[TOKEN], "token" in cookie_of(client)) == (token, False)


def test_who_is_signed_in_is_asked_once_and_only_where_it_matters(app, client, session, borrower):
    sign_in_as(client, session, borrower)
    for address in ("/home", "/messages", "/help", "/nothing"):
        assert asked_for(app, client, address) == 1, address
    for address in (
        "/static/js/app.js",
        "/static/nothing.js",
        "/healthz",
        "/readyz",
        "/robots.txt",
    ):
        assert asked_for(app, client, address) == 0, address


def test_files_do_not_vary_by_cookie(client, session, borrower):
    sign_in_as(client, session, borrower)
    for address in ("/static/js/app.js", "/healthz", "/readyz"):
        assert "Cookie" not in client.get(address).headers.get("Vary", ""), address
    assert "Cookie" in client.get("/help").headers["Vary"]


def test_where_the_database_is_away_the_page_says_so_without_asking_it(app, client, session, staff):
    sign_in_staff(client, session, staff)
    with app.extensions["anhuan_engine"].connect() as connection:
        connection.exec_driver_sql("ALTER TABLE sessions RENAME TO sessions_away")
        connection.commit()
        pages = [client.get(address) for address in ("/admin/find", "/help", "/sign-in")]
        connection.exec_driver_sql("ALTER TABLE sessions_away RENAME TO sessions")
        connection.commit()
    assert [one.status_code for one in pages] == [503] * 3
