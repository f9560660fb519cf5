"""The journey to a proposal on a phone, page by page, as people walk it;
tests/browser/test_whole_stories.py goes on from there.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DRESSES, PHONE
from tests.support.borrowing import borrow
from tests.support.proposing import (
    answer,
    answer_all,
    give_number,
    heading,
    say_monthly,
    sign_in,
)
from tests.support.signed_in import carry
from tests.support.walking import follow, press
from tests.support.watching import PAGE_BYTES, PAGE_REQUESTS, axe, fits_the_screen, look_at, weigh


@pytest.fixture
def loan_ref(site) -> str:
    return site.borrower.loans[0]


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_wrong_inputs_are_mended_in_place(open_page, site, loan_ref, dress):
    page = open_page(**dress)
    loan = carry(page, site, loan_ref=loan_ref)
    page.goto(f"/loan/{loan}/plan")
    press(page, "跳过这一题")
    press(page, "就按选的")
    for typed, advice in [
        ("一千三左右", "请用数字写金额，例如 1300"),
        ("-5", "不能是负数"),
        ("0", "要比 0 多"),
    ]:
        answer(page, typed)
        expect(page).to_have_title(re.compile("^错误："))
        expect(page.locator("[name=answer]")).to_have_value(typed)
        expect(page.get_by_role("alert")).to_contain_text(advice)
        if dress.get("javascript", True):
            expect(page.get_by_role("alert")).to_be_focused()
        look_at(page)
    page.get_by_role("alert").locator("a").click()  # to the field on the same page
    say_monthly(page, "600")


def test_a_slider_recomputes_at_once_with_script(phone, site, loan_ref):
    loan = carry(phone, site, loan_ref=loan_ref)
    answer_all(phone, loan)
    before = phone.locator("#plan-offer").inner_text()
    phone.locator("#monthly").focus()
    phone.keyboard.press("ArrowRight")
    expect(phone.locator("#monthly-out")).to_have_text("¥650")
    expect(phone.locator("#plan-offer")).not_to_have_text(before, use_inner_text=True)
    expect(phone.locator("#monthly")).to_be_focused()
    phone.keyboard.press("ArrowLeft")
    expect(phone.locator("#plan-offer")).to_have_text(before, use_inner_text=True)
    axe(phone)


def test_a_button_recomputes_without_script(phone_without_js, site, loan_ref):
    page = phone_without_js
    loan = carry(page, site, loan_ref=loan_ref)
    answer_all(page, loan)
    before = page.locator("#plan-offer").inner_text()
    page.locator("#monthly").focus()
    page.keyboard.press("ArrowRight")
    press(page, "按这个数重新算")
    assert page.locator("#plan-offer").inner_text() != before
    assert page.locator("#monthly-out").inner_text() == "¥650.00"


def test_what_was_typed_outlives_the_session(phone, site, loan_ref):
    sign_in(phone, site)
    loan = carry(phone, site, loan_ref=loan_ref)
    phone.goto(f"/loan/{loan}/plan")
    press(phone, "跳过这一题")
    press(phone, "就按选的")
    phone.locator("[name=answer]").fill("777")
    site.clock.advance(minutes=16)
    press(phone, "继续")
    expect(phone).to_have_url(re.compile("/sign-in"))
    give_number(phone, site)
    phone.goto(f"/loan/{loan}/plan/monthly")
    expect(phone.locator("[name=answer]")).to_have_value("777")


@pytest.mark.parametrize("dress", [{}, {"dark": True}], ids=["light", "dark"])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_every_page_of_the_journey_is_accessible_in_every_dress(
    open_page, site, loan_ref, size, dress
):
    page = open_page(PHONE, **dress)
    loan = carry(page, site, loan_ref=loan_ref)
    page.goto(f"/home?size={size}")
    answer_all(page, loan)
    press(page, "选好了，去核对")
    for step in ("ways", "first-payment", "monthly", "pay-day", "options", "check"):
        page.goto(f"/loan/{loan}/plan/{step}")
        look_at(page)
    press(page, "提交还款方案")
    look_at(page)
    follow(page.get_by_role("link", name="看方案和进展"))
    look_at(page)


def test_it_fits_the_smallest_phone_in_large_letters(open_page, site, loan_ref):
    page = open_page({"width": 320, "height": 640})
    loan = carry(page, site, loan_ref=loan_ref)
    page.goto("/home?size=large")
    answer_all(page, loan)
    press(page, "选好了，去核对")
    for step in ("ways", "first-payment", "monthly", "pay-day", "options", "check"):
        page.goto(f"/loan/{loan}/plan/{step}")
        fits_the_screen(page)


def test_pages_of_the_journey_are_light(phone, site, loan_ref):
    loan = carry(phone, site, loan_ref=loan_ref)
    answer_all(phone, loan)
    press(phone, "选好了，去核对")
    for step in ("monthly", "options", "check"):
        requests, size = weigh(phone, f"/loan/{loan}/plan/{step}")
        assert (step, requests <= PAGE_REQUESTS, size <= PAGE_BYTES) == (step, True, True), size


def test_the_sum_of_several_loans_follows_the_ticks(phone, site):
    borrow(site, ["教育分期", "手机分期"])
    loan = carry(phone, site, loan_ref=site.borrower.loans[0])
    phone.goto(f"/loan/{loan}/plan")
    expect(phone.locator("#chosen")).to_contain_text("选了 3 笔")
    phone.locator("main label", has_text="手机分期").click()
    expect(phone.locator("#chosen")).to_contain_text("选了 2 笔")
    expect(phone.locator("#chosen")).not_to_contain_text("手机分期")


def test_what_is_to_be_mended_keeps_its_lines_on_a_narrow_phone(phone, site):
    loan = carry(phone, site, loan_ref=site.borrower.loans[0])
    answer_all(phone, loan)
    phone.set_viewport_size({"width": 320, "height": 844})
    phone.goto(f"/loan/{loan}/plan/monthly")
    height = heading(phone).bounding_box()["height"]
    answer_field = phone.locator("[name=answer]")
    answer_field.fill("很多")
    press(phone, "继续")
    expect(phone.locator(".ah-field.is-fix")).to_be_visible()
    assert heading(phone).bounding_box()["height"] == height
