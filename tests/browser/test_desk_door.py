"""The desk's door in a real browser: enrolling, a wrong code, a spare code, a code again."""

import re

import pytest
from playwright.sync_api import expect

from app.services.staff.accounts import add_staff
from app.wiring import make_gateways
from tests.browser.conftest import DESK, PHONE
from tests.support.acting import acting
from tests.support.authenticator import code_at, fresh_code, sign_in_at_desk
from tests.support.databases import opened
from tests.support.staff_accounts import ADMIN, PASSWORD
from tests.support.walking import follow, press
from tests.support.watching import look_at


@pytest.fixture
def newcomer(site) -> str:
    vault = make_gateways(site.settings).vault
    with opened(site.settings.database_url) as database, database.sessions() as session:
        add_staff(
            session,
            acting(actor=ADMIN, vault=vault, now=site.clock.now()),
            username="newcomer",
            display_name="何客服",
            password=PASSWORD,
            roles=["agent"],
        )
    return "newcomer"


def type_password(page, username):
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    press(page, "登录")


@pytest.mark.parametrize(
    "dress", [{}, {"dark": True}, {"javascript": False}], ids=["light", "dark", "no-js"]
)
def test_from_the_first_password_to_a_spare_code(open_page, site, newcomer, dress):
    desk = open_page(DESK, **dress)
    desk.goto("/admin/sign-in")
    look_at(desk)
    type_password(desk, newcomer)
    expect(desk.get_by_role("heading", level=1)).to_have_text("设置动态码")
    look_at(desk)
    secret = desk.locator("#secret").inner_text().replace(" ", "")
    desk.get_by_label("动态码").fill("000000")
    press(desk, "设置好了")
    expect(desk.locator("main")).to_contain_text("动态码不对")
    look_at(desk)
    desk.get_by_label("动态码").fill(fresh_code(secret, site.clock.now()))
    press(desk, "设置好了")
    expect(desk.get_by_role("heading", level=1)).to_have_text("请收好备用码")
    look_at(desk)
    spare = desk.locator("code").first.inner_text()
    follow(desk.get_by_role("link", name="收好了"))
    look_at(desk)

    press(desk, "退出")
    type_password(desk, newcomer)
    look_at(desk)
    desk.get_by_label("动态码").fill("000000")
    press(desk, "登录")
    expect(desk.locator("main")).to_contain_text("动态码不对")
    look_at(desk)
    desk.get_by_label("动态码").fill(spare)
    press(desk, "登录")
    expect(desk.locator("main")).to_contain_text("还剩 9 个")
    expect(desk.locator("main")).to_contain_text("有 1 次密码对了、动态码不对")
    look_at(desk)


def test_the_door_fits_a_phone(open_page, site, newcomer):
    phone = open_page(PHONE)
    phone.goto("/admin/sign-in")
    type_password(phone, newcomer)
    look_at(phone)


def test_a_code_again_on_the_way_to_what_was_pressed(open_page, site):
    desk, staff = open_page(DESK), site.staff("finance")
    sign_in_at_desk(desk, site, staff)
    follow(desk.get_by_role("link", name="导出筛选结果"))
    desk.get_by_label("做什么用").fill("月底对账")
    site.clock.advance(minutes=16)
    press(desk, "开始导出")
    expect(desk.get_by_role("heading", level=1)).to_have_text("再填一次动态码")
    look_at(desk)
    desk.get_by_label("动态码").fill("000000")
    press(desk, "确认")
    look_at(desk)
    desk.get_by_label("动态码").fill(code_at(site, staff))
    press(desk, "确认")
    expect(desk).to_have_url(re.compile("/finance/exports$"))
    expect(desk.locator("main")).to_contain_text("月底对账")


def test_an_administrator_shuts_out_someone_who_is_signed_in(open_page, site):
    desk, boss = open_page(DESK), open_page(DESK)
    sign_in_at_desk(desk, site, site.staff("agent"))
    sign_in_at_desk(boss, site, site.staff("admin"), "/admin/staff")
    look_at(boss)
    follow(boss.get_by_role("link", name="打开 林客服"))
    look_at(boss)
    boss.get_by_label("合规").check()
    press(boss, "改成这些角色")
    expect(boss.locator("main")).to_contain_text("角色改好了")
    expect(boss.get_by_label("合规")).to_be_checked()
    press(boss, "重设密码")
    expect(boss.get_by_role("heading", name="新密码")).to_be_visible()
    look_at(boss)
    press(boss, "停用账号")
    expect(boss.locator("main")).to_contain_text("账号停用了")
    look_at(boss)
    desk.goto("/admin/find")
    expect(desk.get_by_role("heading", level=1)).to_have_text("工作台登录")


def test_the_accounts_fit_a_phone(open_page, site):
    phone = open_page(PHONE)
    sign_in_at_desk(phone, site, site.staff("admin"), "/admin/staff")
    look_at(phone)
    follow(phone.get_by_role("link", name="打开 林客服"))
    look_at(phone)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_ones_own_account(open_page, site, size):
    desk = open_page(size)
    sign_in_at_desk(desk, site, site.staff("agent"))
    follow(desk.get_by_role("link", name="林客服"))
    look_at(desk)
    press(desk, "换一组备用码")
    expect(desk.locator("code")).to_have_count(10)
    look_at(desk)
