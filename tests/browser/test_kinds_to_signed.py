"""Every kind of plan from its way in to the signed paper, as its borrower walks it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DRESSES
from tests.support.borrowing import borrow
from tests.support.live import LiveSite
from tests.support.proposing import answer, heading, pick, pick_way
from tests.support.signed_in import carry
from tests.support.signing_pages import take_up
from tests.support.walking import follow, press
from tests.support.watching import look_at

WITH_OR_WITHOUT = pytest.mark.parametrize(
    "dress", [DRESSES["390"], DRESSES["390-no-js"]], ids=["js", "no-js"]
)


def at_ways(page: Page, loan: str) -> None:
    """From the loan to the question when it will be easier."""
    page.goto(f"/loan/{loan}/plan")
    press(page, "跳过这一题")
    look_at(page)


def submit(page: Page, *told: str) -> None:
    """The check page says it all; submitted, it is approved at once."""
    expect(page).to_have_url(re.compile("/plan/check$"))
    for words in told:
        expect(page.locator("main")).to_contain_text(words)
    look_at(page)
    press(page, "提交还款方案")
    expect(heading(page)).to_have_text("您的方案已同意")
    look_at(page)


@WITH_OR_WITHOUT
def test_three_loans_in_one_plan(open_page, site, dress):
    page = open_page(**dress)
    borrow(site, ["教育分期", "手机分期"])
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    page.goto(f"/loan/{loan}/plan")
    expect(page.locator("main [name=answer]:checked")).to_have_count(3)
    expect(page.locator("#chosen")).to_contain_text("选了 3 笔")
    look_at(page)
    press(page, "继续")
    press(page, "跳过这一题")
    press(page, "就按选的")
    answer(page, "2000")
    expect(page).to_have_url(re.compile("/plan/options$"))
    expect(page.locator("main")).to_contain_text("3 笔借款合成一份")
    look_at(page)
    press(page, "选好了，去核对")
    shares = page.locator("details", has_text="每笔借款各还多少")
    expect(shares.locator("li")).to_have_count(4)
    fen = [_fen(one) for one in shares.locator("li b").all_text_contents()]
    assert sum(fen[:3]) == fen[3]
    submit(page, "教育分期", "手机分期")
    paper = take_up(page, site, mobile=site.borrower.mobile)
    for product in ("教育分期", "手机分期"):
        assert product in paper


def _fen(words: str) -> int:
    return int(words.replace("¥", "").replace(",", "").replace(".", ""))


@WITH_OR_WITHOUT
def test_low_instalments_first(open_page, site, dress):
    page = open_page(**dress)
    at_ways(page, carry(page, site, loan_ref=site.borrower.loans[0]))
    pick_way(page, "现在还说不准", "step_up")
    look_at(page)
    page.locator("[name=low]").fill("200")
    page.locator("[name=low_months]").select_option("3")
    press(page, "继续")
    look_at(page)
    answer(page, "800")
    look_at(page)
    press(page, "选好了，去核对")
    submit(page, "头 3 个月")
    assert "200.00" in take_up(page, site, mobile=site.borrower.mobile)


@WITH_OR_WITHOUT
def test_arrears_caught_up_beside_the_contract(open_page, site, dress):
    page = open_page(**dress)
    at_ways(page, carry(page, site, loan_ref=site.borrower.loans[0]))
    pick_way(page, "现在已经好些了", "catch_up")
    look_at(page)
    answer(page, "1800")
    expect(page).to_have_url(re.compile("/plan/options$"))
    look_at(page)
    press(page, "选好了，去核对")
    submit(page, "合同照常要还的")
    take_up(page, site, mobile=site.borrower.mobile)


@WITH_OR_WITHOUT
@pytest.mark.parametrize(
    ("way", "told"),
    [("先不还，利息摊到以后的每一期", "先不还"), ("每月只还利息，以后每期照旧", "每月只还利息")],
    ids=["later", "monthly"],
)
def test_put_off_before_it_is_due(open_page, site, dress, way, told):
    page, borrower = open_page(**dress), not_behind(site)
    loan = carry(page, site, loan_ref=borrower.loans[0])
    page.goto(f"/loan/{loan}")
    follow(page.get_by_role("link", name="怕到时还不上，往后推几个月"))
    press(page, "跳过这一题")
    look_at(page)
    pick_way(page, "还没到还款日", "deferral")
    page.locator("[name=months]").select_option("2")
    pick(page, way)
    look_at(page)
    press(page, "继续")
    submit(page, "2 个月", told)
    take_up(page, site, mobile=borrower.mobile)


def not_behind(site: LiveSite):
    """The demo's borrower with one loan that is paid as agreed."""
    return site.demo.borrowers[4]
