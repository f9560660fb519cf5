"""From a proposal approved at once to a signed agreement on a phone, as people walk it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.support.proposing import give_number, propose, sign_in
from tests.support.signed_in import carry
from tests.support.watching import PAGE_BYTES, PAGE_REQUESTS, axe, fits_the_screen, weigh

WITH_OR_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
ASK, SIGN = "都看明白了，发验证码", "同意并签署"


@pytest.fixture
def loan_ref(site) -> str:
    return site.borrower.loans[0]


def proposed(page, loan: str) -> str:
    """A proposal that policy approves at once."""
    return propose(page, loan, choice="最合适")


def read(page, version: str) -> None:
    page.goto(f"/plan/{version}/sign")
    expect(page.get_by_role("heading", level=1)).to_have_text("看清楚，再签字")


def confirm(page, *, but: str = "") -> None:
    """Tick every grave clause but one."""
    for box in page.locator(".ah-clause input").all():
        box.set_checked(box.get_attribute("name") != but)


def press(page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def to_code(page, site, version: str) -> str:
    """Read, confirm, and return the code that was sent."""
    read(page, version)
    confirm(page)
    site.clock.advance(seconds=10)
    press(page, ASK)
    expect(page).to_have_url(re.compile("/sign/code$"))
    return site.sms.code(site.borrower.mobile)


def signed(page, site, version: str) -> str:
    """Sign and return the agreement's address."""
    page.locator("[name=code]").fill(to_code(page, site, version))
    press(page, SIGN)
    expect(page).to_have_url(re.compile(r"/agreement/AH-\d{5}-1/signed$"))
    return page.url.removesuffix("/signed")


@WITH_OR_WITHOUT
def test_approved_at_once_and_signed(open_page, site, loan_ref, javascript):
    page = open_page(PHONE, javascript=javascript)
    loan = carry(page, site, loan_ref=loan_ref)
    proposed(page, loan)
    page.goto("/home")
    page.get_by_role("link", name="看协议，签字").click()
    version = page.url.split("/")[-2]
    words = page.locator("[data-reading] span")
    expect(words).to_contain_text("秒")
    agreement = signed(page, site, version)
    expect(page.get_by_role("heading", level=1)).to_have_text("签好了")
    axe(page)
    page.goto(agreement)
    for summary in page.locator("main summary").all():
        summary.click()
    expect(page.locator("main")).to_contain_text("先还费用，再还罚息")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载协议 PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    assert download.value.suggested_filename.endswith(".pdf")
    page.goto("/home")
    expect(page.get_by_role("heading", level=1)).to_have_text("照方案还就好")
    expect(page.locator("main")).to_contain_text(site.settings.site.payee_account)
    expect(page.get_by_role("button", name=re.compile("复制"))).to_have_count(5 if javascript else 0)
    axe(page)
    page.goto(f"/loan/{loan}")
    expect(page.get_by_role("heading", level=1)).to_have_text("现在按方案还")
    axe(page)


@WITH_OR_WITHOUT
def test_too_early_and_a_missing_clause_are_told_kindly(open_page, site, loan_ref, javascript):
    page = open_page(PHONE, javascript=javascript)
    version = proposed(page, carry(page, site, loan_ref=loan_ref))
    read(page, version)
    confirm(page, but="clause_missed")
    press(page, ASK)
    expect(page.get_by_role("alert")).to_contain_text("“有一期没还上会怎样”这一条还没有确认")
    axe(page)
    confirm(page)
    press(page, ASK)
    expect(page.get_by_role("alert")).to_contain_text("请再看一会儿")
    axe(page)
    for box in page.locator(".ah-clause input").all():
        expect(box).to_be_checked()
    site.clock.advance(seconds=10)
    press(page, ASK)
    expect(page).to_have_url(re.compile("/sign/code$"))


@WITH_OR_WITHOUT
def test_a_wrong_code_then_the_right_one(open_page, site, loan_ref, javascript):
    page = open_page(PHONE, javascript=javascript)
    version = proposed(page, carry(page, site, loan_ref=loan_ref))
    code = to_code(page, site, version)
    page.locator("[name=code]").fill("000000" if code != "000000" else "111111")
    press(page, SIGN)
    expect(page.get_by_role("alert")).to_contain_text("没有对上")
    axe(page)
    page.locator("[name=code]").fill(code)
    press(page, SIGN)
    expect(page).to_have_url(re.compile("/signed$"))
    agreement = page.url.removesuffix("/signed")
    for address in (f"/plan/{version}/sign/code", f"/plan/{version}/sign"):
        page.goto(address)
        expect(page).to_have_url(agreement)


def test_a_double_tap_and_the_back_button_make_one_agreement(phone, site, loan_ref):
    version = proposed(phone, carry(phone, site, loan_ref=loan_ref))
    code = to_code(phone, site, version)
    phone.locator("[name=code]").fill(code)
    phone.get_by_role("button", name=SIGN).dblclick(no_wait_after=True)
    expect(phone).to_have_url(re.compile("/signed$"))
    agreement = phone.url.removesuffix("/signed")
    phone.go_back()
    expect(phone).to_have_url(agreement)


def test_the_countdown_ends_in_words(phone, site, loan_ref):
    version = proposed(phone, carry(phone, site, loan_ref=loan_ref))
    phone.clock.install()
    read(phone, version)
    words = phone.locator("[data-reading] span")
    expect(words).to_have_text("请再看 10 秒")
    phone.clock.run_for(6_000)
    expect(words).to_have_text("请再看 4 秒")
    phone.clock.run_for(5_000)
    expect(words).to_have_text("看过了，可以往下走")


def test_ticks_outlive_an_expired_session(phone, site, loan_ref):
    sign_in(phone, site)
    version = proposed(phone, carry(phone, site, loan_ref=loan_ref))
    read(phone, version)
    confirm(phone, but="clause_order")
    site.clock.advance(minutes=16)
    press(phone, ASK)
    expect(phone).to_have_url(re.compile("/sign-in"))
    give_number(phone, site)
    phone.wait_for_load_state()
    read(phone, version)
    expect(phone.locator(".ah-clause input:checked")).to_have_count(3)


@pytest.mark.parametrize("dress", [{}, {"dark": True}], ids=["light", "dark"])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_every_page_of_signing_is_accessible_in_every_dress(open_page, site, loan_ref, size, dress):
    page = open_page(PHONE, **dress)
    loan = carry(page, site, loan_ref=loan_ref)
    page.goto(f"/home?size={size}")
    version = proposed(page, loan)
    read(page, version)
    look_at(page)
    code = to_code(page, site, version)
    look_at(page)
    page.locator("[name=code]").fill(code)
    press(page, SIGN)
    look_at(page)
    for address in (page.url.removesuffix("/signed"), "/home", f"/loan/{loan}", f"/plan/{version}"):
        page.goto(address)
        look_at(page)


def test_signing_fits_the_smallest_phone_in_large_letters_and_is_light(open_page, site, loan_ref):
    page = open_page({"width": 320, "height": 640})
    loan = carry(page, site, loan_ref=loan_ref)
    page.goto("/home?size=large")
    version = proposed(page, loan)
    read(page, version)
    fits(page)
    weights = {"sign": weigh(page, f"/plan/{version}/sign")}
    agreement = signed(page, site, version)
    for address in (page.url, agreement, "/home", f"/loan/{loan}"):
        weights[address] = weigh(page, address)
        fits(page)
    assert all(requests <= PAGE_REQUESTS and size <= PAGE_BYTES for requests, size in weights.values()), weights


def fits(page) -> None:
    for summary in page.locator("main summary").all():
        summary.click()
    fits_the_screen(page)


def look_at(page) -> None:
    for summary in page.locator("main summary").all():
        summary.click()
    axe(page)
    fits_the_screen(page)
