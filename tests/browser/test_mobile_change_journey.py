"""A changed mobile from the call to the signature: one checks the caller and enters the number,
another confirms it, the old number is told how to object, and for a day nothing is signed.
"""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app import create_app
from app.domain.id_papers import BIRTH
from app.models import Borrower, Loan
from app.wiring import make_gateways
from tests.browser.conftest import PHONE
from tests.support.clock import FixedClock
from tests.support.proposing import heading, propose, run_outbox
from tests.support.signed_in import carry
from tests.support.walking import follow, press
from tests.support.watching import look_at

DESK = {"width": 1366, "height": 768}
NEW = "19003749955"
ONE_LINE = 40


@pytest.fixture
def person(site) -> tuple[str, str]:
    """The public id and the id number of whose loan the demo's first borrower has."""
    gateways = make_gateways(site.settings)
    app = create_app(site.settings, gateways=gateways, clock=FixedClock())
    with app.extensions["anhuan"].sessions() as session:
        query = select(Borrower).join(Loan, Loan.borrower_id == Borrower.id)
        one = session.scalars(query.where(Loan.ref == site.borrower.loans[0])).one()
        row = one.public_id
        told = gateways.vault.unseal(one.id_enc, table="borrowers", row=row, column="id")
    app.extensions["anhuan_engine"].dispose()
    return row, told


def caller_page(open_page, site, person, role, *, javascript):
    desk = open_page(DESK, javascript=javascript)
    carry(desk, site, username=site.staff(role).username)
    desk.goto(f"/admin/borrowers/{person[0]}")
    look_at(desk)
    follow(desk.get_by_role("link", name="核对来电"))
    look_at(desk)
    return desk


def enter(desk, id_number: str) -> None:
    """Two of three items, the first one not known; then the new number, twice."""
    press(desk, "开始核对")
    press(desk, "说不上来，换一问")
    desk.get_by_label("听到的").fill(id_number[BIRTH])
    press(desk, "对不对")
    press(desk, "说不上来，换一问")
    expect(desk.locator("main")).to_contain_text("请问您证件号码的最后四位是什么")
    desk.get_by_label("听到的").fill(id_number[-4:])
    press(desk, "对不对")
    expect(desk.locator("main")).to_contain_text("核对过，是本人")
    look_at(desk)
    desk.get_by_label("新手机号，本人报的").fill(NEW)
    desk.get_by_label("再打一遍").fill(NEW)
    desk.get_by_label("为什么换").select_option("closed")
    press(desk, "录入，等另一位同事确认")
    expect(desk.locator("main")).to_contain_text("您录的，要别的同事来确认")
    expect(desk.get_by_role("button", name="确认换成新号")).to_have_count(0)
    look_at(desk)


def sign_in(page, site, mobile: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("手机号").fill(mobile)
    press(page, "获取验证码")
    page.locator("input[name=code]").fill(site.sms.code(mobile))
    press(page, "登录")
    if page.url.endswith("/person"):  # the first time on this phone
        page.get_by_label("证件号码后四位").fill(site.borrower.id_last4)
        press(page, "继续")
    expect(page).to_have_url(re.compile("/home$"))


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_a_new_number_from_the_call_to_the_signature(open_page, site, person, javascript):
    phone = open_page(PHONE, javascript=javascript)
    offer = propose(phone, carry(phone, site, loan_ref=site.borrower.loans[0]), choice="最合适")

    mei = caller_page(open_page, site, person, "agent", javascript=javascript)
    enter(mei, person[1])
    run_outbox(site)
    assert not site.sms.to(NEW)
    assert not [text for text in site.sms.to(site.borrower.mobile) if "登录手机号" in text]

    boss = open_page(DESK, javascript=javascript)
    carry(boss, site, username=site.staff("supervisor").username)
    boss.goto("/admin/mobile-changes")
    look_at(boss)
    follow(boss.get_by_role("link", name="打开"))
    press(boss, "确认换成新号")
    expect(boss.locator("main")).to_contain_text("2026年11月24日 10:00 前不能签字、退款、再换号")
    when = boss.locator(".dk-steps small").first
    assert when.bounding_box()["height"] < ONE_LINE  # a day is read in one line
    look_at(boss)
    run_outbox(site)
    told = site.sms.to(site.borrower.mobile)[-1]
    assert f"登录手机号已换成尾号 {NEW[-4:]}。不是您换的，请马上拨 400-000-0000" in told
    assert "24 小时内先不签字" in site.sms.to(NEW)[-1]

    # whoever was signed in by the old number is out; the new one signs in and may look at all
    phone.goto("/home")
    expect(phone).to_have_url(re.compile("/sign-in"))
    sign_in(phone, site, NEW)
    expect(heading(phone)).to_have_text("您的方案已经同意")
    follow(phone.get_by_role("link", name="看协议，签字"))
    expect(heading(phone)).to_have_text("先等一等再签")
    main = phone.locator("main")
    expect(main).to_contain_text("2026年11月24日 10:00")
    expect(main).to_contain_text("您的登录手机号刚换过")
    expect(main).to_contain_text("这份方案到 2026年11月30日都有效，您不用做什么")
    look_at(phone)

    site.clock.advance(hours=24, minutes=1)
    sign_in(phone, site, NEW)
    phone.goto(f"/plan/{offer}/sign")
    expect(heading(phone)).to_have_text("看清楚，再签字")
