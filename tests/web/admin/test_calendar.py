"""The working calendar at the desk: a warning, the notice, what was read from it, stored."""

from datetime import date, datetime

import pytest

from app.services.core.working_days import working_day_after
from tests.support.calendar import MADE_UP_2027
from tests.support.clock import BEIJING
from tests.support.people import make_staff, sign_in_staff

WARNING = "2027 年的放假调休安排还没有导入"


@pytest.fixture
def administrator(client, session):
    return sign_in_staff(client, session, make_staff(session, "admin"))


def test_from_november_the_desk_warns_until_the_year_is_there(administrator, clock, session):
    page = administrator.follow(administrator.get("/admin/staff"), "去导入")
    assert WARNING in page.page.text()
    assert "去导入" not in page.page.text()  # one is there
    page = administrator.post_form(page, _action="/admin/calendar", text=MADE_UP_2027)
    text = page.page.text()
    assert "读出来的 2027 年" in text
    assert "2027年2月20日（周六）" in text
    session.rollback()
    assert working_day_after(session, day=date(2027, 2, 19), count=1) == date(2027, 2, 22)
    page = administrator.post_form(page, _action="/admin/calendar", _button="核对过了")
    assert "2027 年的日历已经存好" in page.page.text()
    assert WARNING not in page.page.text()
    session.rollback()
    assert working_day_after(session, day=date(2027, 2, 19), count=1) == date(2027, 2, 20)


def test_who_may_not_load_it_reads_the_warning_without_a_way(client, session):
    sign_in_staff(client, session, make_staff(session, "agent"))
    text = client.get("/admin/").page.text()
    assert WARNING in text
    assert "请管理员导入" in text


def test_before_november_nothing_is_said(administrator, clock):
    clock.set(datetime(2026, 10, 31, 10, 0, tzinfo=BEIJING))
    assert WARNING not in administrator.get("/admin/calendar").page.text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "请把通知全文贴进来"),
        ("放假", "没读出放假安排"),
        (MADE_UP_2027.replace("2027", "2026"), "这是 2026 年的通知"),
        (MADE_UP_2027.replace("11日（周四）", "11日（周五）"), "不是周五"),
    ],
)
def test_what_is_wrong_is_told_and_the_text_stays(administrator, text, words):
    page = administrator.get("/admin/calendar")
    page = administrator.post_form(page, _action="/admin/calendar", text=text)
    assert words in page.page.text()
    current = [one.text() for one in page.page.iter("a") if one.get("aria-current")]
    assert current == ["日历"]
    if text:
        assert text.strip() in page.get_data(as_text=True).replace("\r\n", "\n")
