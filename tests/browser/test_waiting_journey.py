"""A borrower with two loans, one over the ceiling by the lender's own figures: why each plan waits
and by when, what home says meanwhile, and when breathing space is offered. With and without script.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.support.proposing import heading, propose, propose_again
from tests.support.signed_in import carry, mark_loan
from tests.support.walking import follow, press
from tests.support.watching import look_at

CEILING = "按贷款机构的数字，息费超过了年化 24% 的上限"
AGAIN = "30 天内有方案撤回或过期，所以再提的这一次由人来看"
BY = re.compile(r"最晚 (2026年)?12月2日")


@pytest.fixture
def two(site):
    """The demo's borrower of two loans; the first is over the ceiling."""
    one = next(one for one in site.demo.borrowers if len(one.loans) == 2)
    mark_loan(site, one.loans[0], annual_ppm=300_000)
    return one


def says(page, *told, never=()):
    for words in told:
        expect(page.locator("main")).to_contain_text(words)
    for words in never:
        expect(page.locator("main")).not_to_contain_text(words)
    look_at(page)


def time_line(page) -> list[str]:
    """What home says will happen, in its order."""
    return page.locator("section[aria-labelledby=then] .is-later b").all_inner_texts()


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_two_loans_two_plans_and_why_each_waits(open_page, site, two, javascript):
    page = open_page(PHONE, javascript=javascript)
    plain = carry(page, site, loan_ref=two.loans[1])
    over = carry(page, site, loan_ref=two.loans[0])
    page.goto("/home")
    says(page, "客服会联系您", "12 个月里可以用一次")

    # over the ceiling: before it is sent, after it, and on home
    waiting = propose(page, over, choice="最合适")
    says(page, "方案已经收到", "为什么由人来看", CEILING, BY)
    page.goto(f"/plan/{waiting}")
    says(page, CEILING, BY, "利息和罚息也停在 11月23日")
    page.goto("/home")
    says(page, CEILING, BY)
    assert time_line(page)[0] == "最晚 12月2日答复您"

    # the other loan's plan is approved at once: its last day stands first until it is signed
    offer = propose(page, plain, choice="最合适")
    says(page, "您的方案已同意")
    page.goto("/home")
    expect(heading(page)).to_have_text("您的方案已经同意")
    says(page, "有效到11月30日（含当天）", "今天应还合计", never=["客服会联系您", "用一次"])
    assert time_line(page)[:2] == ["签字有效到11月30日（含当天）", "最晚 12月2日答复您"]

    # taken back and proposed again: that one waits for another reason too
    page.goto(f"/plan/{waiting}")
    follow(page.get_by_role("link", name="撤回这次方案"))
    press(page, "撤回")
    says(page, "方案已经撤回")
    second = propose_again(page, over, choice="最合适")
    says(page, AGAIN, CEILING, BY)
    page.goto(f"/plan/{second}")
    says(page, AGAIN, CEILING, BY, "这次暂缓联络要等同意后开始")
    page.goto("/home")
    expect(heading(page)).to_have_text("您的方案已经同意")
    assert time_line(page)[:2] == ["签字有效到11月30日（含当天）", "最晚 12月2日答复您"]

    # nothing holds contact on that loan now, so breathing space would help: once
    follow(page.get_by_role("link", name="先缓一缓"))
    look_at(page)
    press(page, "开始")
    page.goto("/home")
    says(page, "暂缓联络生效中", never=["客服会联系您", "缓一缓"])
    page.goto(f"/plan/{offer}")
    look_at(page)
    site.clock.advance(days=31)
    carry(page, site, loan_ref=two.loans[0])
    for address in ("/home", f"/loan/{plain}"):
        page.goto(address)
        says(page, "您从 2026年11月23日用过，2027年11月23日起可以再用", never=["可以先缓一缓"])
        expect(page.locator("main a[href='/breathing']")).to_have_count(0)
