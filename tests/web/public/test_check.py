"""The public page that tells whether a paper is genuine: number, date, state; the total only if it
is typed.
"""

import pytest
from sqlalchemy import select, update

from app.models import Agreement, Borrower
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
    [("11615.29", "和我们记录的合计不一样"), ("", "请填写金额"), ("十", "请用数字")],
)
def test_another_total_is_told_and_what_was_typed_stays(client, agreement, typed, told):
    page = client.post_form(client.get(f"/check/{agreement.check_code}"), total=typed)
    assert told in words(page)
    assert "合计也对得上" not in words(page)
    assert [one.get("value") for one in page.page.iter("input") if one.get("name") == "total"] == [
        typed
    ]


def test_an_agreement_whose_file_waits_for_its_stamp_makes_no_paper_genuine(
    client, database, agreement
):
    address = f"/check/{agreement.check_code}"
    with database.sessions() as session:
        session.execute(update(Agreement).values(stamp="due"))
        session.commit()
    page = client.post_form(client.get(address), total="11615.28")
    for shown in (client.get(address), page):
        assert heading(shown) == "这份协议签过，文件还没有发出"
        assert "是真的" not in words(shown)
        assert "合计也对得上" not in words(shown)
    with database.sessions() as session:
        session.execute(update(Agreement).values(stamp="stamped", stamped_at=NOW))
        session.commit()
    assert "时间戳" in words(client.get(address))
    assert heading(client.get(address)) == "编号和合计都对得上"


def heading(page):
    return page.page.first("h1").text()


def test_a_wrong_total_is_said_in_the_heading_and_nothing_is_called_genuine(client, agreement):
    address = f"/check/{agreement.check_code}"
    page = client.post_form(client.get(address), total="11615.29")
    # and fetched again by the browser's history, or by a reload
    for shown in (page, client.get(address)):
        assert heading(shown) == "对不上，先不要转账"
        assert "是真的" not in shown.get_data(as_text=True)
        assert agreement.number not in words(shown)
        assert "打电话 400-000-0000" in words(shown)
    right = client.post_form(page, total="11615.28")
    assert heading(right) == "编号和合计都对得上"
    assert "对不上，先" not in words(right)


def test_a_wrong_total_after_a_right_one_is_not_called_right(client, agreement):
    page = client.post_form(client.get(f"/check/{agreement.check_code}"), total="11615.28")
    wrong = client.post_form(page, total="1")
    assert "合计也对得上" not in words(wrong)
    assert heading(wrong) == "对不上，先不要转账"


def test_another_paper_is_not_what_was_wrong_with_the_first(client, database, agreement):
    client.post_form(client.get(f"/check/{agreement.check_code}"), total="1")
    with database.sessions() as session:
        borrower = session.scalars(select(Borrower)).first()
        other = make_agreement(
            session, make_plan(session, make_loan(session, borrower), state="signed")
        )
    assert heading(client.get(f"/check/{other.check_code}")) == "这个编号是真的"


@pytest.mark.parametrize(
    "written",
    [
        "{code}",
        " {upper} ",
        "{grouped}",
        "http://127.0.0.1:8000/check/{code}",
        "https://anhuan.example.cn/check/{code}/",
    ],
)
def test_the_code_may_be_typed_by_hand(client, agreement, written):
    code = agreement.check_code
    grouped = "-".join(code[at : at + 4] for at in range(0, len(code), 4))
    typed = written.format(code=code, upper=code.upper(), grouped=grouped)
    page = client.post_form(client.get("/check/"), code=typed)
    assert page.request.path == f"/check/{code}"
    assert agreement.number in words(page)


def test_an_agreement_number_is_no_code_for_they_can_be_counted_up(client, agreement):
    for typed in (agreement.number, agreement.number.lower(), agreement.number.replace("-", "")):
        page = client.post_form(client.get("/check/"), code=typed)
        assert page.request.path == "/check/"
        assert "这是协议编号" in words(page)
        assert "2026年11月23日" not in words(page)
        assert "没有查到" in words(client.get(f"/check/{typed}"))


@pytest.mark.parametrize("typed", ["", "abc", "x" * 21, "核对码" * 7])
def test_what_cannot_be_a_code_is_asked_for_again(client, typed):
    page = client.post_form(client.get("/check/"), code=typed)
    assert "20 个字母和数字" in words(page)


def test_the_code_of_another_lender_is_told_as_not_ours(client):
    page = client.post_form(client.get("/check/"), code="x" * 20)
    assert page.status_code == 404
    assert "先不要相信这份纸" in words(page)


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
    assert "是真的" not in words(stopped)
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
