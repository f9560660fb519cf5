"""Other terms to and fro: written at the desk, answered with another number, accepted; beyond one
supervisor released by a second one.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from app.domain.concession import waived_in
from app.domain.plan_terms import read_terms
from app.wiring import make_gateways
from tests.browser.conftest import DESK, PHONE
from tests.support.counters import counter
from tests.support.databases import opened
from tests.support.desk_pages import another_supervisor
from tests.support.live import LiveSite
from tests.support.proposals import make_staff
from tests.support.proposing import propose
from tests.support.several import proposed_over, three_loans
from tests.support.signed_in import carry, mark_loan
from tests.support.walking import follow, press
from tests.support.watching import look_at

WITH_OR_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
WORDS = "每月少一些，您看看合不合适。"


@pytest.fixture
def loan_ref(site) -> str:
    """A loan that policy leaves to a person."""
    ref = site.borrower.loans[0]
    mark_loan(site, ref, difference=True)
    return ref


def at_desk(open_page, site: LiveSite, username: str, **dress) -> Page:
    desk = open_page(DESK, **dress)
    carry(desk, site, username=username)
    return desk


def write(desk: Page, version: str, *, summary: str = "", **numbers: str) -> None:
    """From the case to the preview: numbers changed, what they mean read, words written."""
    desk.goto(f"/admin/plan/{version}")
    follow(desk.get_by_role("link", name=re.compile("给一个建议|换一个建议")))
    look_at(desk)
    for name, typed in numbers.items():
        field = desk.locator(f"#counter [name={name}]")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(typed)
        else:
            field.fill(typed)
    press(desk, "重新算")
    expect(desk.locator("#means")).to_contain_text("公司让出")
    look_at(desk)
    desk.get_by_label("写给借款人的话").fill(WORDS)
    desk.get_by_label("给放行人的摘要").fill(summary)
    press(desk, "预览")
    expect(desk.get_by_role("heading", level=1)).to_have_text("发出前再看一遍")
    look_at(desk)


def test_what_it_means_follows_the_numbers_in_place(open_page, site, loan_ref):
    phone = open_page(PHONE)
    version = propose(phone, carry(phone, site, loan_ref=loan_ref), choice="最合适")
    desk = at_desk(open_page, site, site.staff("agent").username)
    desk.goto(f"/admin/plan/{version}/counter")
    expect(desk.locator("#means")).not_to_contain_text("要 1 位主管放行")
    desk.locator("[name=words]").fill(WORDS)
    desk.locator("[name=periods]").fill("40")
    desk.locator("[name=periods]").blur()
    expect(desk.locator("#means")).to_contain_text("要 1 位主管放行")
    # what was typed elsewhere stays
    expect(desk.locator("[name=words]")).to_have_value(WORDS)


@WITH_OR_WITHOUT
def test_counter_and_counter_back(open_page, site, loan_ref, javascript):
    phone = open_page(PHONE, javascript=javascript)
    version = propose(phone, carry(phone, site, loan_ref=loan_ref), choice="最合适")
    desk = at_desk(open_page, site, site.staff("agent").username, javascript=javascript)
    write(desk, version, periods="20")
    press(desk, "发出", exact=True)
    phone.goto(f"/plan/{version}")
    follow(phone.get_by_role("link", name="看现在的方案"))
    expect(phone.get_by_role("heading", level=1)).to_have_text("我们提了另一个数")
    expect(phone.locator("main")).to_contain_text(WORDS)
    look_at(phone)
    press(phone, "我再提一个数")
    expect(phone).to_have_url(re.compile("/plan/monthly"))
    phone.locator("[name=answer]").fill("900")
    press(phone, "继续")
    press(phone, "提交改动")
    again = re.search(r"/plan/(\w+)", phone.url)[1]
    write(desk, again, periods="22")
    press(desk, "发出", exact=True)
    phone.goto(f"/plan/{again}")
    follow(phone.get_by_role("link", name="看现在的方案"))
    expect(phone.locator("main")).to_contain_text("第 4 版")
    look_at(phone)
    press(phone, "接受，去看协议")
    expect(phone).to_have_url(re.compile("/sign$"))


def test_beyond_one_supervisor_another_releases_it(open_page, site, loan_ref):
    phone = open_page(PHONE)
    version = propose(phone, carry(phone, site, loan_ref=loan_ref), choice="最合适")
    author = at_desk(open_page, site, site.staff("supervisor").username)
    write(author, version, principal="100", periods="20", summary="本人收入降了，少还一些稳得住。")
    press(author, "交给主管放行")
    expect(author.locator("main")).to_contain_text("在等主管放行")
    look_at(author)
    phone.goto(f"/plan/{version}")
    expect(phone.locator("main")).not_to_contain_text(WORDS)
    other = at_desk(open_page, site, another_supervisor(site))
    other.goto("/admin/releases")
    look_at(other)
    follow(other.get_by_role("link", name="第 2 版"))
    expect(other.locator("main")).to_contain_text("减免本金，两位主管才行")
    look_at(other)
    press(other, "放行，马上发给本人")
    expect(other.locator("main")).to_contain_text("已放行")
    phone.goto(f"/plan/{version}")
    follow(phone.get_by_role("link", name="看现在的方案"))
    expect(phone.locator("main")).to_contain_text("复核后发出")
    look_at(phone)


def test_two_versions_over_three_loans_stand_beside_each_other(open_page, site):
    """However long the figures, none is hidden under the next card."""
    vault, now = make_gateways(site.settings).vault, site.clock.now()
    with opened(site.settings.database_url) as database, database.sessions() as session:
        borrower, loans = three_loans(session, vault)
        told = proposed_over(session, vault, site.settings.site, borrower, loans, now=now)
        granted = waived_in(read_terms(told.terms))
        wish = {"pay_day": "last", "rate": "half", "periods": 24, "waived": granted}
        author = make_staff(session, roles=("supervisor",))
        made = counter(session, vault, site.settings.site, told.public_id, author, now=now, **wish)
    desk = at_desk(open_page, site, site.staff("agent").username)
    desk.goto(f"/admin/plan/{made}")
    expect(desk.locator("#proposed")).to_be_visible()
    look_at(desk)
