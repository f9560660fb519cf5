"""After the submission, as people walk it on a phone: agreed at once, taken back, refused and
appealed.
"""

import re

import pytest
from playwright.sync_api import expect

from app.wiring import make_gateways
from tests.browser.conftest import PHONE
from tests.support.databases import opened
from tests.support.proposals import decide, make_staff
from tests.support.proposing import heading, propose, propose_again
from tests.support.signed_in import carry
from tests.support.walking import follow, press
from tests.support.watching import PAGE_BYTES, PAGE_REQUESTS, axe, look_at, weigh

WORDS = "我下个月开始上班，能按这个数还。"
WITH_OR_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])


@pytest.fixture
def loan_ref(site) -> str:
    return site.borrower.loans[0]


def refuse(site, version: str) -> None:
    with opened(site.settings.database_url) as database, database.sessions() as session:
        vault = make_gateways(site.settings).vault
        decide(
            session,
            vault,
            site.settings.site,
            version,
            make_staff(session, roles=("supervisor",)),
            answer="refuse",
            now=site.clock.now(),
        )


@WITH_OR_WITHOUT
def test_agreed_at_once_shown_on_paper_and_taken_back(open_page, site, loan_ref, javascript):
    page = open_page(PHONE, javascript=javascript)
    loan = carry(page, site, loan_ref=loan_ref)
    version = propose(page, loan, choice="最合适")
    expect(heading(page)).to_have_text("您的方案已同意")
    expect(page.get_by_role("link", name="看协议，签字")).to_be_visible()
    follow(page.get_by_role("link", name="看暂缓联络证明"))
    expect(page.locator(".ah-paper")).to_contain_text("暂缓联络证明")
    follow(page.get_by_role("link", name="看方案和进展"))
    follow(page.get_by_role("link", name="撤回这次方案"))
    press(page, "撤回这次方案")
    expect(heading(page)).to_have_text("方案已经撤回")
    page.go_back()
    page.reload()
    expect(page).to_have_url(re.compile(f"/plan/{version}$"))
    page.goto("/hold")
    expect(heading(page)).to_have_text("现在没有暂缓联络")


@WITH_OR_WITHOUT
def test_refused_the_nearest_plan_is_one_tap_away(open_page, site, loan_ref, javascript):
    page = open_page(PHONE, javascript=javascript)
    version = propose(page, carry(page, site, loan_ref=loan_ref))
    refuse(site, version)
    page.goto(f"/plan/{version}")
    expect(page.locator("main")).to_contain_text("这样提，当场就能同意")
    look_at(page)
    press(page, "按这个方案提")
    expect(page).to_have_url(re.compile("/plan/check$"))
    look_at(page)
    press(page, "提交还款方案")
    expect(heading(page)).to_have_text("您的方案已同意")


@pytest.mark.parametrize("dress", [{}, {"dark": True}], ids=["light", "dark"])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_pages_after_the_submission_are_accessible_in_every_dress(
    open_page, site, loan_ref, size, dress
):
    page = open_page({"width": 320, "height": 640}, **dress)
    loan = carry(page, site, loan_ref=loan_ref)
    page.goto(f"/home?size={size}")
    first = propose(page, loan, choice="最合适")
    for address in (f"/plan/{first}/done", f"/plan/{first}", f"/plan/{first}/withdraw", "/hold"):
        look(page, address)
    page.goto(f"/plan/{first}/withdraw")
    press(page, "撤回这次方案")
    second = propose_again(page, loan)
    look(page, f"/plan/{second}")
    refuse(site, second)
    for address in (f"/plan/{first}", f"/plan/{second}", f"/plan/{second}/appeal", "/hold"):
        look(page, address)
    page.goto(f"/plan/{second}/appeal")
    press(page, "提交申诉")
    expect(page).to_have_title(re.compile("^错误："))
    axe(page)
    page.get_by_label("为什么不同意？").fill(WORDS)
    press(page, "提交申诉")
    look(page, f"/plan/{second}")


def test_pages_after_the_submission_are_light(phone, site, loan_ref):
    version = propose(phone, carry(phone, site, loan_ref=loan_ref), choice="最合适")
    for address in (f"/plan/{version}", f"/plan/{version}/withdraw", "/hold"):
        requests, size = weigh(phone, address)
        assert (address, requests <= PAGE_REQUESTS, size <= PAGE_BYTES) == (address, True, True), (
            size
        )


def look(page, address: str) -> None:
    page.goto(address)
    look_at(page)
