"""The desk at work on a proposal: taken, shown, sent; filled in on the phone; two tabs; an expired
session.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.support.authenticator import code_at, type_both_steps
from tests.support.desk_pages import WORDS, prepare_answer
from tests.support.proposing import propose
from tests.support.signed_in import carry, mark_loan
from tests.support.walking import follow, press
from tests.support.watching import look_at

WITH_OR_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])


@pytest.fixture
def loan_ref(site) -> str:
    """A loan that policy leaves to a person."""
    ref = site.borrower.loans[0]
    mark_loan(site, ref, difference=True)
    return ref


@pytest.fixture
def version(open_page, site, loan_ref) -> str:
    phone = open_page(PHONE)
    return propose(phone, carry(phone, site, loan_ref=loan_ref))


def at_desk(open_page, site, role="agent", **dress):
    desk = open_page(DESK, **dress)
    carry(desk, site, username=site.staff(role).username)
    return desk


@WITH_OR_WITHOUT
def test_filled_in_on_the_phone_and_not_decided_by_the_maker(open_page, site, loan_ref, javascript):
    desk, phone = (
        at_desk(open_page, site, javascript=javascript),
        open_page(PHONE, javascript=javascript),
    )
    loan = carry(phone, site, loan_ref=loan_ref)
    desk.goto(f"/admin/loans/{loan}")
    follow(desk.get_by_role("link", name="帮本人填方案"))
    desk.get_by_label("每月最多能还").fill("６００元")
    desk.get_by_label("每月几号还").select_option("10")
    press(desk, "算一算")
    expect(desk.get_by_role("radio", name="最合适")).to_be_checked()
    press(desk, "先看本人会看到的")
    press(desk, "帮本人填好")
    expect(desk.locator("main")).to_contain_text("已帮本人填好")
    phone.goto(f"/loan/{loan}/plan")
    expect(phone).to_have_url(re.compile("/plan/check$"))
    expect(phone.locator("main")).to_contain_text("客服帮您填好了")
    press(phone, "提交还款方案")
    expect(phone.locator("main")).to_contain_text(re.compile(r"AH-\d{5}"))
    desk.goto("/admin/")
    follow(desk.get_by_role("link", name="打开"))
    expect(desk.locator("main")).to_contain_text("要由另一位同事答复")
    expect(desk.get_by_role("button", name="预览")).to_have_count(0)


def test_two_tabs_and_two_people(open_page, site, version):
    first, second = at_desk(open_page, site), at_desk(open_page, site, "supervisor")
    for desk in (first, second):
        desk.goto(f"/admin/plan/{version}")
    press(first, "领取")
    prepare_answer(second, "同意", "within_means")
    expect(second.get_by_role("alert")).to_contain_text("已经有同事在办")
    expect(second.locator("main")).to_contain_text(WORDS)
    second.get_by_label("为什么接手").select_option("deadline")
    press(second, "接手这个案件")
    expect(second.locator("main")).to_contain_text("在您名下")


def test_what_was_written_outlives_the_session(open_page, site, version):
    desk, agent = at_desk(open_page, site), site.staff("agent")
    desk.goto(f"/admin/plan/{version}")
    desk.get_by_role("radio", name="不通过").check()
    desk.get_by_label("写给借款人的话").fill(WORDS)
    site.clock.advance(minutes=31)
    press(desk, "预览")
    expect(desk).to_have_url(re.compile("/admin/sign-in$"))
    type_both_steps(desk, site, agent)
    expect(desk).to_have_url(re.compile(f"/admin/plan/{version}"))
    expect(desk.get_by_label("写给借款人的话")).to_have_value(WORDS)


def test_a_code_is_asked_again_and_nothing_is_pressed_twice(open_page, site, version):
    desk, agent = at_desk(open_page, site), site.staff("agent")
    site.clock.advance(minutes=16)
    desk.goto(f"/admin/plan/{version}")
    prepare_answer(desk, "不通过", "amount_too_low")
    expect(desk.get_by_role("heading", level=1)).to_have_text("再填一次动态码")
    look_at(desk)
    desk.get_by_label("动态码").fill("000000")
    press(desk, "确认")
    expect(desk.locator("main")).to_contain_text("动态码不对")
    desk.get_by_label("动态码").fill(code_at(site, agent))
    press(desk, "确认")
    expect(desk.get_by_role("heading", level=1)).to_have_text("发出前再看一遍")
    expect(desk.locator("main")).to_contain_text(WORDS)
    press(desk, "发出", exact=True)
    expect(desk.locator("#answered")).to_have_text("没有通过")


@pytest.mark.parametrize("dress", [{}, {"dark": True}], ids=["light", "dark"])
def test_pages_of_the_desk_are_accessible(open_page, site, loan_ref, version, dress):
    desk = at_desk(open_page, site, **dress)
    for address in ("/admin/", "/admin/?tab=documents", f"/admin/plan/{version}"):
        desk.goto(address)
        look_at(desk)
    prepare_answer(desk, "不通过", "amount_too_low")
    look_at(desk)
    other = carry(open_page(PHONE), site, loan_ref=site.demo.borrowers[1].loans[0])
    desk.goto(f"/admin/loans/{other}/plan")
    desk.get_by_label("每月最多能还").fill("600")
    desk.get_by_label("每月几号还").select_option("10")
    press(desk, "算一算")
    expect(desk.get_by_role("heading", name="能选的方案")).to_be_visible()
    look_at(desk)
