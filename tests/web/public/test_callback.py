"""The form for a call back: answers kept, once, seen by nobody else, the same for whoever asks."""

import pytest
from sqlalchemy import func, select

from app.models import CallbackRequest
from app.services.callbacks.requesting import REQUESTS_AN_HOUR
from app.services.callbacks.topics import TOPICS
from tests.factories import make_borrower
from tests.support.people import sign_in_as

ANSWERS = {
    "topic": "no_code",
    "name": "王女士",
    "mobile": "138 0000 0000",
    "words": "等了十分钟",
    "wished_time": "evening",
}


def ask(client, **changed):
    return client.post_form(client.get("/callback"), **(ANSWERS | changed))


def stored(database):
    with database.sessions() as session:
        return session.scalars(select(CallbackRequest).order_by(CallbackRequest.id)).all()


def checked(page):
    return [one.get("value") for one in page.page.iter("input") if one.get("checked") is not None]


def test_a_request_ends_on_a_page_with_number_and_day(client, database):
    page = ask(client)
    (row,) = stored(database)
    assert page.request.path == f"/callback/{row.public_id}"
    words = page.page.text()
    assert row.number in words
    assert "11月24日" in words
    assert "138****0000" in words
    assert "13800000000" not in page.get_data(as_text=True)
    assert row.borrower_id is None


@pytest.mark.parametrize("topic", TOPICS)
def test_the_link_that_led_here_chose_the_topic(client, topic):
    page = client.get(f"/callback?topic={topic}")
    assert checked(page) == [topic]
    assert client.post_form(page, **(ANSWERS | {"topic": topic})).status_code == 200


def test_an_unknown_topic_in_the_address_chooses_none(client):
    assert checked(client.get("/callback?topic=<b>x")) == []


def test_whether_the_number_is_known_makes_no_difference(client, database, vault):
    with database.sessions() as session:
        make_borrower(session, vault, mobile="13800000000")
    known, unknown = ask(client), ask(client, mobile="13911110000")
    texts = [page.page.first("main").text() for page in (known, unknown)]
    rows = stored(database)
    told = [
        text.replace(row.number, "N").replace(masked, "M")
        for text, row, masked in zip(texts, rows, ("138****0000", "139****0000"), strict=True)
    ]
    assert told[0] == told[1]
    assert [row.borrower_id for row in rows] == [None, None]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("mobile", "1380000", "请填写 11 位手机号"),
        ("mobile", "", "请填写 11 位手机号"),
        ("name", "   ", "请告诉我们怎么称呼您"),
        ("name", "王" * 41, "请写 40 个字以内"),
        ("words", "长" * 501, "请控制在 500 个字以内"),
        ("topic", None, "请选一件事"),
    ],
)
def test_what_needs_mending_is_said_and_the_rest_stays_typed(client, database, field, typed, words):
    page = ask(client, **{field: typed})
    assert page.status_code == 200
    assert stored(database) == []
    assert page.page.title.startswith("错误：")
    assert page.page.text().count(words) == 2  # in the list on top and beside the field
    kept = {one.get("name"): one.get("value") for one in page.page.iter("input")}
    for name in ("name", "mobile"):
        if name != field:
            assert kept[name] == ANSWERS[name]
    assert client.post_form(page, **ANSWERS).status_code == 200
    assert len(stored(database)) == 1


@pytest.mark.parametrize(
    "typed", ["+86 138-0000-0000", "１３８００００００００", "008613800000000"]
)
def test_numbers_are_understood_as_people_write_them(client, typed):
    assert "138****0000" in ask(client, mobile=typed).page.text()


def test_a_double_tap_is_one_request(client, database):
    page = client.get("/callback")
    first, second = (client.post_form(page, **ANSWERS) for _ in range(2))
    assert first.request.path == second.request.path
    assert len(stored(database)) == 1


def test_only_the_browser_that_asked_sees_the_answer(app, client):
    path = ask(client).request.path
    assert client.get(path).status_code == 200
    assert app.test_client().get(path).status_code == 404


def test_beyond_the_limit_the_answers_stay_and_the_hotline_is_named(client, database, site):
    for number in range(REQUESTS_AN_HOUR):
        ask(client, mobile=f"1380000000{number}")
    page = ask(client, mobile="13800000009", words="还有一件事")
    assert page.status_code == 429
    words = page.page.first("main").text()
    assert "我们都收到了" in words
    assert "还有一件事" in words
    assert site.hotline in words
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(CallbackRequest)) == REQUESTS_AN_HOUR


@pytest.mark.parametrize("key", ["", "x", "x" * 36])
def test_a_key_that_is_none_never_mixes_two_people_up(app, client, database, key):
    pages = [
        one.post_form(one.get("/callback"), request_key=key, **ANSWERS)
        for one in (client, app.test_client())
    ]
    assert [page.status_code for page in pages] == [200, 200]
    assert len(stored(database)) == 2


def test_without_the_token_nothing_is_stored(client, database):
    assert client.post("/callback", data=ANSWERS).status_code == 400
    assert stored(database) == []


def test_who_is_signed_in_is_asked_for_no_name_and_no_number(client, database, gateways):
    with database.sessions() as session:
        borrower = make_borrower(session, gateways.vault, mobile="19003740000")
        sign_in_as(client, session, borrower)
    page = client.get("/callback?topic=talk")
    names = {one.get("name") for one in page.page.iter("input")}
    assert names.isdisjoint({"name", "mobile"})
    assert "号码只用来" not in page.page.text()
    assert "190****0000" in page.page.first("main").text()
    asked = client.post_form(page, words="晚上打")
    assert "已收到" in asked.page.text()
    assert "190****0000" in asked.page.text()
    assert [row.borrower_id for row in stored(database)] == [borrower.id]
