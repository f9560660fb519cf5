"""From a proposal approved at once to a signed agreement on a phone, as people walk it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DRESSES, PHONE
from tests.support.proposing import give_number, heading, propose, sign_in
from tests.support.signed_in import carry
from tests.support.signing_pages import ASK, SIGN, agreement, confirm, read, signed, to_code
from tests.support.walking import download, follow, press, press_twice
from tests.support.watching import PAGE_BYTES, PAGE_REQUESTS, look_at, weigh


@pytest.fixture
def loan_ref(site) -> str:
    return site.borrower.loans[0]


def proposed(page, loan: str) -> str:
    """A proposal that policy approves at once."""
    return propose(page, loan, choice="最合适")


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_approved_at_once_and_signed_after_every_slip(open_page, site, loan_ref, dress):
    page = open_page(**dress)
    loan = carry(page, site, loan_ref=loan_ref)
    proposed(page, loan)
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    version = page.url.split("/")[-2]
    # on a slow machine it is over
    expect(page.locator("[data-reading] span")).to_contain_text(re.compile("秒|看过了"))
    code = to_code_after_slips(page, site)
    page.locator("[name=code]").fill("000000" if code != "000000" else "111111")
    press(page, SIGN)
    expect(page.get_by_role("alert")).to_contain_text("没有对上")
    look_at(page)
    page.locator("[name=code]").fill(code)
    press_twice(page, SIGN, site.door)
    signed_at = agreement(page)
    expect(heading(page)).to_have_text("签好了")
    look_at(page)
    for address in (f"/plan/{version}/sign/code", f"/plan/{version}/sign"):
        page.goto(address)
        expect(page).to_have_url(signed_at)
        expect(page.locator("main")).to_contain_text("已经签好了，不用再签")
    look_at(page)
    expect(page.locator("main")).to_contain_text("先还费用，再还罚息")
    taken = download(page.get_by_role("link", name="下载协议 PDF"))
    assert taken.path().read_bytes().startswith(b"%PDF-")
    assert taken.suggested_filename.endswith(".pdf")
    page.goto("/home")
    expect(heading(page)).to_have_text("照方案还就好")
    expect(page.locator("main")).to_contain_text(site.settings.site.payee_account)
    expect(page.get_by_role("button", name=re.compile("复制"))).to_have_count(
        5 if dress.get("javascript", True) else 0
    )
    look_at(page)
    page.goto(f"/loan/{loan}")
    expect(heading(page)).to_have_text("现在按方案还")
    look_at(page)


def to_code_after_slips(page, site) -> str:
    """A clause missed, pressed too early, back from the code: told kindly, and what was ticked
    stays ticked.
    """
    confirm(page, but="clause_missed")
    press(page, ASK)
    expect(page.get_by_role("alert")).to_contain_text("“有一期没还上会怎样”这一条还没有确认")
    look_at(page)
    confirm(page)
    press(page, ASK)
    expect(page.get_by_role("alert")).to_contain_text("请再看一会儿")
    look_at(page)
    expect(page.locator(".ah-clause input:checked")).to_have_count(4)
    site.clock.advance(seconds=10)
    press(page, ASK)
    expect(page).to_have_url(re.compile("/sign/code$"))
    look_at(page)
    follow(page.get_by_role("link", name="返回"))
    expect(page.locator(".ah-clause input:checked")).to_have_count(4)
    page.goto(f"{page.url}/code")
    return site.sms.code(site.borrower.mobile)


def test_back_to_a_slip_shows_the_page_and_never_asks_to_send_again(phone, site, loan_ref):
    version = proposed(phone, carry(phone, site, loan_ref=loan_ref))
    code = to_code(phone, site, version)
    phone.locator("[name=code]").fill("000000" if code != "000000" else "111111")
    press(phone, SIGN)
    expect(phone.get_by_role("alert")).to_contain_text("没有对上")
    press(phone, "再发一条")
    expect(phone.get_by_role("alert")).to_contain_text("再")
    expect(phone).to_have_url(re.compile("/sign/code$"))
    phone.reload()
    phone.go_back()
    expect(heading(phone)).to_have_text("填验证码，签字")
    phone.locator("[name=code]").fill(code)
    press(phone, SIGN)
    agreement(phone)
    phone.go_back()
    expect(phone.locator("main")).to_contain_text("已经签好了，不用再签")


def test_two_tabs_sign_once_and_the_other_is_told(phone, site, loan_ref):
    version = proposed(phone, carry(phone, site, loan_ref=loan_ref))
    other = phone.context.new_page()
    code = to_code(phone, site, version)
    for tab in (other, phone.context.new_page()):
        read(tab, version)
        confirm(tab)
    tab.goto(f"/plan/{version}/sign/code")
    phone.locator("[name=code]").fill(code)
    press(phone, SIGN)
    signed_at = agreement(phone)
    press(other, ASK)
    expect(other).to_have_url(signed_at)
    expect(other.locator("main")).to_contain_text("已经签好了，不用再签")
    tab.locator("[name=code]").fill(code)
    press(tab, SIGN)
    assert agreement(tab) == signed_at
    assert len([text for text in site.sms.to(site.borrower.mobile) if code in text]) == 1


def test_what_was_confirmed_outlives_an_expired_session(phone, site, loan_ref):
    sign_in(phone, site)
    version = proposed(phone, carry(phone, site, loan_ref=loan_ref))
    read(phone, version)
    confirm(phone, but="clause_order")
    expire(phone, site, ASK)
    expect(phone.locator(".ah-clause input:checked")).to_have_count(3)
    phone.locator("[name=code]").fill(to_code(phone, site, version))
    expire(phone, site, SIGN)
    expect(phone).to_have_url(re.compile(f"/plan/{version}/sign$"))
    expect(phone.locator(".ah-clause input:checked")).to_have_count(4)
    press(phone, ASK)  # the old code is no good, a new one is a tap away
    phone.locator("[name=code]").fill(site.sms.code(site.borrower.mobile))
    press(phone, SIGN)
    agreement(phone)


def expire(page, site, button: str) -> None:
    """Press a button after the session has run out, and sign in again."""
    site.clock.advance(minutes=16)
    press(page, button)
    expect(page).to_have_url(re.compile("/sign-in"))
    give_number(page, site)
    expect(heading(page)).to_have_text("看清楚，再签字")


def test_the_countdown_ends_in_words(phone, site, loan_ref):
    version = proposed(phone, carry(phone, site, loan_ref=loan_ref))
    phone.clock.install(time=0)
    phone.clock.pause_at(site.clock.now())  # from here on it moves only when told to
    read(phone, version)
    words = phone.locator("[data-reading] span")
    expect(words).to_have_text("请再看 10 秒")
    phone.clock.run_for(6_000)
    expect(words).to_have_text("请再看 4 秒")
    phone.clock.run_for(5_000)
    expect(words).to_have_text("看过了，可以往下走")


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
    look_at(page)
    weights = {"sign": weigh(page, f"/plan/{version}/sign")}
    agreement = signed(page, site, version)
    for address in (page.url, agreement, "/home", f"/loan/{loan}"):
        weights[address] = weigh(page, address)
        look_at(page)
    assert all(
        requests <= PAGE_REQUESTS and size <= PAGE_BYTES for requests, size in weights.values()
    ), weights


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_a_clause_is_explained_in_place_before_a_person_is_asked(open_page, site, loan_ref, dress):
    page = open_page(**dress)
    proposed(page, carry(page, site, loan_ref=loan_ref))
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    told = page.locator(".ah-clause .ah-explain")
    expect(told).to_have_count(4)
    one, person = told.nth(1), told.nth(1).get_by_role("link", name=re.compile("请人给我解释"))
    expect(one.locator("p").first).to_be_hidden()
    one.locator("summary").click()
    expect(one.locator("p").first).to_be_visible()
    expect(one.locator(".ah-example")).to_contain_text("按您的数字 比如")
    expect(person).to_be_visible()
    look_at(page)
    confirm(page)
    follow(person)
    expect(page.locator("main textarea")).to_be_visible()
