"""Home, loan and contact pages, and the desk's: accessible in every dress, fitting, light."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.signed_in import YESTERDAY, carry, mark_loan
from tests.support.walking import follow, press
from tests.support.watching import PAGE_BYTES, PAGE_REQUESTS, axe, fits_the_screen, weigh

DRESSES = [{}, {"dark": True}]


@pytest.mark.parametrize("dress", DRESSES, ids=["light", "dark"])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_what_is_owed_is_accessible_in_every_dress(open_page, site, size, dress):
    page = open_page(**dress)
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    for address in ("/home", f"/loan/{loan}", "/contacts"):
        assert page.goto(f"{address}?size={size}").status == 200
        for summary in page.locator("main summary").all():
            summary.click()
        axe(page)
        fits_the_screen(page)


def test_it_fits_the_smallest_phone_in_large_letters(open_page, site):
    page = open_page({"width": 320, "height": 640})
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    for address in ("/home", f"/loan/{loan}", "/contacts"):
        page.goto(f"{address}?size=large")
        fits_the_screen(page)
    page.goto(f"/loan/{loan}?size=large")
    ends = page.locator("summary").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right"
        " - one.querySelector('svg').getBoundingClientRect().right)"
    )
    assert max(ends) <= 1, ends  # the arrow stays at the right of its figure


def test_home_and_loan_are_light(phone, site):
    loan = carry(phone, site, loan_ref=site.borrower.loans[0])
    for address in ("/home", f"/loan/{loan}"):
        requests, size = weigh(phone, address)
        assert requests <= PAGE_REQUESTS
        assert size <= PAGE_BYTES


def test_a_figure_opens_without_script_and_home_leads_to_it(phone_without_js, site):
    page = phone_without_js
    carry(page, site, loan_ref=site.borrower.loans[0])
    page.goto("/home")
    follow(page.locator("#loans + ul a").first)
    lines = page.locator("details", has_text="罚息").first.locator("li").first
    expect(lines).to_be_hidden()
    page.locator("summary", has_text="罚息").first.click()
    expect(lines).to_be_visible()
    follow(page.get_by_role("link", name="说说我能还多少"))
    expect(page).to_have_url(re.compile(r"/loan/\w{20}/plan"))


def test_a_loan_being_checked_is_accessible_too(phone, site):
    ref = site.borrower.loans[0]
    mark_loan(site, ref, missing_since_on=YESTERDAY)
    loan = carry(phone, site, loan_ref=ref)
    for address in ("/home", f"/loan/{loan}"):
        phone.goto(address)
        expect(phone.locator("main")).to_contain_text("正在核对")
        axe(phone)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_desk_finds_reads_and_judges_files(open_page, site, dark):
    page = open_page({"width": 1366, "height": 900}, dark=dark)
    carry(page, site, username=site.staff("supervisor").username)
    page.goto("/admin/find")
    axe(page)
    page.get_by_label("姓名、手机号、证件号").fill(site.borrower.loans[0])
    press(page, "查找")
    expect(page).to_have_url(re.compile(r"/admin/loans/\w{20}$"))
    follow(page.get_by_role("link", name="回借款人"))
    axe(page)
    follow(page.locator("tbody th a").first)
    for summary in page.locator("main summary").all():
        summary.click()
    axe(page)
    page.goto("/admin/nightly-files")
    axe(page)
    follow(page.locator("tbody a").first)
    expect(page.locator("h1")).to_contain_text("夜间文件")
    axe(page)
    fits_the_screen(page)
