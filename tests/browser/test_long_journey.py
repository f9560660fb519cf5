"""The longer journey on a phone: what is told in confidence, income, nothing fits, breathing space,
leaving quickly.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DRESSES, LONGEST_WAIT_MS, PHONE
from tests.support.proposing import answer
from tests.support.signed_in import carry
from tests.support.walking import follow, press
from tests.support.watching import PAGE_BYTES, PAGE_REQUESTS, look_at, weigh

WITH_OR_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
WORDS = "做了手术，在家养着。"
OUTSIDE = "<!doctype html><html lang=zh-CN><title>天气预报</title><h1>天气预报</h1></html>"


@pytest.fixture
def loan_ref(site) -> str:
    return site.borrower.loans[0]


def go_on(page) -> None:
    press(page, "继续")


def step(page, name: str) -> None:
    expect(page).to_have_url(re.compile(f"/plan/{name}$"))


@WITH_OR_WITHOUT
def test_reason_income_options_and_submitted(open_page, site, loan_ref, javascript):
    page = open_page(PHONE, javascript=javascript)
    loan = carry(page, site, loan_ref=loan_ref)
    page.goto(f"/loan/{loan}/plan")
    consent = page.get_by_label("我单独同意记下这个私密原因")
    expect(consent).to_be_hidden()
    page.get_by_text("自己或家人病了").click()
    expect(consent).to_be_visible()
    page.get_by_label("想多说几句").fill(WORDS)
    go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("要您单独同意")
    expect(page.get_by_label("想多说几句")).to_have_value(WORDS)
    look_at(page)
    consent.check()
    go_on(page)
    press(page, "就按选的")
    answer(page, "250")
    step(page, "household")
    look_at(page)
    page.get_by_text("3 个人").click()
    go_on(page)
    page.locator("[name=own]").fill("三千五")
    go_on(page)
    expect(page.locator("[name=own]")).to_have_value("三千五")
    look_at(page)
    page.locator("[name=own]").fill("３，５００元")
    go_on(page)
    page.locator("[name=food]").fill("3000")
    look_at(page)
    go_on(page)
    answer(page, "100")
    step(page, "left")
    expect(page.locator("main")).to_contain_text("比余下的 50%（¥200.00）多")
    look_at(page)
    page.go_back()
    expect(page.locator("[name=answer]")).to_have_value("100")
    page.go_forward()
    go_on(page)
    step(page, "options")
    expect(page.locator("main")).to_contain_text("比您余下的 50%（¥200.00）多")
    look_at(page)
    press(page, "选好了，去核对")
    expect(page.locator(".ah-qa")).to_contain_text("已经记下，这里不显示")
    look_at(page)
    follow(page.locator(".ah-qa a", has_text="每月余下"))
    follow(page.locator("main a[href*='/plan/income']"))
    page.locator("[name=own]").fill("5200")
    go_on(page)
    step(page, "check")
    expect(page.locator(".ah-qa")).to_contain_text("¥2,100.00")
    press(page, "提交还款方案")
    expect(page).to_have_url(re.compile("/done$"))


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_nothing_fits_then_the_smallest_or_breathing_space(open_page, site, loan_ref, dress):
    page = open_page(**dress)
    loan = carry(page, site, loan_ref=loan_ref)
    page.goto(f"/loan/{loan}/plan")
    press(page, "跳过这一题")
    press(page, "就按选的")
    answer(page, "20")
    # No income would make a plan fit: it is not asked.
    expect(page.locator("main")).to_contain_text("每月最少要")
    smallest = page.locator(".ah-sum").inner_text()
    look_at(page)
    follow(page.get_by_role("link", name="改一改每月的数"))
    answer(page, "600")
    step(page, "options")
    page.goto(f"/loan/{loan}/plan/monthly")
    answer(page, "20")
    page.goto(f"/loan/{loan}/plan/options")
    press(page, "按这个数试试")
    expect(page.locator("main")).to_contain_text(f"按每月 {smallest} 算的")
    follow(page.get_by_role("link", name="去改"))
    step(page, "household")
    page.get_by_text("只有自己").click()
    go_on(page)
    page.locator("[name=own]").fill("3000")
    go_on(page)
    page.locator("[name=food]").fill("3200")
    go_on(page)
    answer(page, "0")
    expect(page.locator("main")).to_contain_text("先顾好生活")
    look_at(page)
    go_on(page)
    expect(page.locator("main")).to_contain_text("先顾好生活")
    expect(page.locator("main")).to_contain_text("要主管来定")
    look_at(page)
    follow(page.get_by_role("link", name="先缓一缓"))
    expect(page.get_by_role("heading", level=1)).to_have_text("先缓 30 天")
    look_at(page)
    press(page, "开始")
    expect(page.locator("main")).to_contain_text("到 12月23日，不打电话，不发提醒")
    look_at(page)
    page.goto("/home")
    expect(page.locator("main")).to_contain_text("暂缓联络生效中")
    look_at(page)


@WITH_OR_WITHOUT
def test_leaving_quickly_leaves_nothing_behind(browser, site, loan_ref, javascript):
    context = browser.new_context(
        base_url=site.url, viewport=PHONE, locale="zh-CN", java_script_enabled=javascript
    )
    context.set_default_timeout(LONGEST_WAIT_MS)
    context.route(
        f"{site.settings.site.exit_url}**",
        lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=OUTSIDE),
    )
    page = context.new_page()
    loan = carry(page, site, loan_ref=loan_ref)
    page.goto(f"/loan/{loan}")
    page.goto(f"/loan/{loan}/plan/reason")
    page.get_by_text("家里出了变故").click()
    with site.door.posts(1):  # with script the page is gone before the session is
        press(page, "快速离开")
    expect(page).to_have_url(site.settings.site.exit_url)
    expect(page).to_have_title("天气预报")
    for _back in range(2):
        page.go_back()
        expect(page.get_by_text("家里出了变故")).to_have_count(0)
        assert "/plan/reason" not in page.url
    page.goto(f"/loan/{loan}/plan/reason")
    expect(page).to_have_url(re.compile("/sign-in$"))
    context.close()


@pytest.mark.parametrize("dress", [{}, {"dark": True}], ids=["light", "dark"])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_the_new_pages_in_every_dress_and_on_the_smallest_phone(
    open_page, site, loan_ref, size, dress
):
    page = open_page({"width": 320, "height": 640}, **dress)
    loan = carry(page, site, loan_ref=loan_ref)
    page.goto(f"/loan/{loan}/plan/reason?size={size}")
    page.get_by_text("家里出了变故").click()
    look_at(page)
    press(page, "跳过这一题")
    press(page, "就按选的")
    answer(page, "150")
    look_at(page)
    press(page, "不想说，由人来看")
    look_at(page)
    page.goto("/breathing")
    look_at(page)
    page.goto("/legal/sensitive_reason")
    look_at(page)


def test_the_new_pages_are_light(phone, site, loan_ref):
    loan = carry(phone, site, loan_ref=loan_ref)
    for address in (f"/loan/{loan}/plan/reason", "/breathing"):
        requests, size = weigh(phone, address)
        assert (address, requests <= PAGE_REQUESTS, size <= PAGE_BYTES) == (address, True, True), (
            requests,
            size,
        )
