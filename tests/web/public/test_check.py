"""The public page that tells whether a paper is genuine: number, date, state; the total only if it
is typed.
"""

import pytest

from app.services.agreements.checking import TRIES_AN_HOUR
from tests.factories import make_agreement, make_borrower, make_loan, make_plan
from tests.support.clock import NOW

TOTAL = 1_161_528


@pytest.fixture
def agreement(database, vault):
    with database.sessions() as session:
        borrower = make_borrower(session, vault, name="罗涵敏")
        version = make_plan(session, make_loan(session, borrower), state="signed", total_fen=TOTAL)
        return make_agreement(session, version, signed_at=NOW, plan_state="active")


def words(page):
    return page.page.first("main").text()


def test_the_page_tells_number_date_and_state_and_nothing_of_the_person(client, agreement):
    page = client.get(f"/check/{agreement.check_code}")
    assert page.status_code == 200
    for told in (agreement.number, "2026年11月23日", "执行中", "400-000-0000"):
        assert told in words(page)
    text = page.get_data(as_text=True)
    for hidden in ("罗涵敏", "涵敏", "11,615.28", "11615", "JJ99"):
        assert hidden not in text
    assert "noindex" in text


@pytest.mark.parametrize("typed", ["11615.28", "¥11,615.28", "１１６１５．２８ 元"])
def test_the_printed_total_is_confirmed(client, agreement, typed):
    page = client.post_form(client.get(f"/check/{agreement.check_code}"), total=typed)
    assert page.request.path == f"/check/{agreement.check_code}"
    assert "合计也对得上" in words(page)
    assert "11,615" not in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "told"),
    [("11615.29", "先不要相信，也不要转账"), ("", "请填写金额"), ("十", "请用数字")],
)
def test_another_total_is_told_and_what_was_typed_stays(client, agreement, typed, told):
    page = client.post_form(client.get(f"/check/{agreement.check_code}"), total=typed)
    assert told in words(page)
    assert "合计也对得上" not in words(page)
    assert [one.get("value") for one in page.page.iter("input") if one.get("name") == "total"] == [
        typed
    ]


def test_a_wrong_total_after_a_right_one_is_not_called_right(client, agreement):
    page = client.post_form(client.get(f"/check/{agreement.check_code}"), total="11615.28")
    assert "合计也对得上" not in words(client.post_form(page, total="1"))


def test_an_unknown_code_is_told_as_not_ours_and_what_that_means(client, agreement):
    known = client.get(f"/check/{agreement.check_code}")
    for code in ("x" * 20, "1", agreement.check_code.upper() + "0"):
        page = client.get(f"/check/{code}")
        assert page.status_code == 404
        for told in ("没有查到这个编号", "先不要相信这份纸", "也不要照着它转账", "400-000-0000"):
            assert told in words(page)
    (token,) = [
        one.get("value") for one in known.page.iter("input") if one.get("name") == "csrf_token"
    ]
    form = {"total": "1", "csrf_token": token}
    page = client.post(f"/check/{'x' * 20}", data=form)
    assert page.status_code == 404
    assert "没有查到这个编号" in words(page)


def test_many_tries_are_stopped_even_with_the_right_total_and_free_again_later(
    client, agreement, clock
):
    page = client.get(f"/check/{agreement.check_code}")
    for number in range(TRIES_AN_HOUR):
        assert client.post_form(page, total=str(number)).status_code == 200
    stopped = client.post_form(page, total="11615.28")
    assert stopped.status_code == 429
    assert "一小时后再试" in words(stopped)
    clock.advance(hours=1, seconds=1)
    assert "合计也对得上" in words(client.post_form(page, total="11615.28"))


@pytest.mark.parametrize(
    ("state", "told"), [("in_cure", "执行中"), ("completed", "已结清"), ("broken", "已终止")]
)
def test_the_state_is_told_in_neutral_words(client, database, vault, state, told):
    with database.sessions() as session:
        version = make_plan(
            session, make_loan(session, make_borrower(session, vault)), state="signed"
        )
        code = make_agreement(session, version, plan_state=state).check_code
    assert told in words(client.get(f"/check/{code}"))


def test_without_a_token_nothing_is_checked(client, agreement):
    assert client.post(f"/check/{agreement.check_code}", data={"total": "1"}).status_code == 400
