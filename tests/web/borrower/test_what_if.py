"""Other numbers beside the plan that stands, on the page."""

import pytest
from sqlalchemy import select

from app.models import PlanDraft
from tests.factories import make_loan
from tests.support.asking import to_amounts


@pytest.fixture
def page(phone, session, borrower):
    loan = make_loan(session, borrower)
    page = phone.post_form(to_amounts(phone, loan), answer="1300")
    return phone.follow(page, "换个数，和现在的比一比")


def answers(session):
    session.rollback()
    return session.scalars(select(PlanDraft.answers)).one()


def test_both_stand_side_by_side_and_nothing_is_kept(phone, session, page):
    assert "上面还没改" in page.page.text()
    before = answers(session)
    page = phone.post_form(page, _button="recompute", periods="24")
    text = page.page.text()
    for words in ("现在的", "新的", "24 期", "晚 ", "个月还完", "一共多还", "要是再等一个月"):
        assert words in text
    assert answers(session) == before


def test_taken_over_the_options_are_those_of_the_new_numbers(phone, session, page):
    page = phone.post_form(page, _button="recompute", periods="10", pay_day="20")
    page = phone.post_form(page, _button="take")
    assert page.request.path.endswith("/options")
    assert "10 期" in page.page.text()
    assert (answers(session)["periods"], answers(session)["pay_day"]) == (10, 20)
    page = phone.follow(page, "换个数，和现在的比一比")
    page = phone.post_form(page, _button="recompute", monthly="800")
    page = phone.post_form(page, _button="take")
    assert (answers(session)["periods"], answers(session)["monthly_fen"]) == (0, 80_000)


def test_what_cannot_be_is_said_and_what_was_typed_stays(phone, page):
    page = phone.post_form(page, _button="recompute", upfront="99999999")
    assert "这样算不出方案" in page.page.text()
    assert any(one.get("value") == "99999999" for one in page.page.iter("input"))
    page = phone.post_form(page, _button="recompute", monthly="很多")
    assert "请用数字写金额" in page.page.text()
    page = phone.post_form(page, _button="recompute", monthly="1", upfront="")
    assert "每月最少要" in page.page.text()


def test_what_is_no_other_plan_is_neither_offered_nor_kept(phone, session, page):
    assert "就用新的" not in names(page)
    before = answers(session)
    for typed in ({"monthly": "1"}, {"upfront": "99999999"}, {}):
        other = phone.post_form(page, _button="recompute", **typed)
        assert "就用新的" not in names(other)
        # an older page still has the button
        other = phone.post_form(other, _button="recompute", _extra={"act": "take"}, **typed)
        assert other.request.path.endswith("/what-if")
        assert answers(session) == before


def names(page):
    return [one.text().strip() for one in page.page.iter("button")]
