"""Finance at the desk: filter, export without and with a purpose, watch it, take the file."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.wiring import make_gateways
from tests.browser.conftest import DESK, PHONE
from tests.support.authenticator import code_at, sign_in_at_desk
from tests.support.clock import NOW
from tests.support.databases import opened
from tests.support.exporting import WITH_FIRST, run_exports, signed
from tests.support.reading_back import csv_rows, table
from tests.support.walking import download, follow, press
from tests.support.watching import look_at


@pytest.fixture
def agreements(site):
    gateways = make_gateways(site.settings)
    with opened(site.settings.database_url) as database, database.sessions() as session:
        make = {
            "session": session,
            "vault": gateways.vault,
            "site": site.settings.site,
            "answers": WITH_FIRST,
        }
        return [signed(**make, signed_at=NOW - timedelta(days=days)).number for days in (0, 1, 60)]


def sign_in(page, site):
    staff = site.staff("finance")
    sign_in_at_desk(page, site, staff, "/finance/")
    page.wait_for_url("**/finance/")
    return staff


@pytest.mark.parametrize(
    "dress", [{}, {"dark": True}, {"javascript": False}], ids=["light", "dark", "no-js"]
)
def test_from_the_filter_to_the_file(open_page, site, agreements, dress, tmp_path):
    desk = open_page(DESK, **dress)
    sign_in(desk, site)
    look_at(desk)
    desk.get_by_label("签署日从").fill("2026-11-01")
    press(desk, "筛选")
    desk.get_by_text("2026年11月1日起签署，2 份").wait_for()
    assert agreements[2] not in desk.content()

    follow(desk.get_by_role("link", name="导出筛选结果"))
    desk.get_by_text("CSV：台账和分期明细").click()
    press(desk, "开始导出")
    expect(desk.get_by_role("alert")).to_contain_text("请写明导出做什么用")
    look_at(desk)
    desk.get_by_label("做什么用").fill("11月对账")
    press(desk, "开始导出")
    desk.get_by_text("排队中，共 2 份").wait_for()
    look_at(desk)

    run_exports(site)
    if dress.get("javascript") is False:
        follow(desk.get_by_role("link", name="看最新进度"))
    desk.get_by_text("2 份协议，合计").wait_for()  # with script the page finds out by itself
    look_at(desk)
    taken = download(desk.get_by_role("button", name="下载").first)
    assert taken.suggested_filename == "协议台账-20261123-100000.csv"
    taken.save_as(tmp_path / "taken.csv")
    rows, _total, _note = table(csv_rows((tmp_path / "taken.csv").read_bytes()))
    assert [row["协议号"] for row in rows] == agreements[:2]


def test_a_code_is_asked_for_again_and_what_was_pressed_goes_on(desk, site, agreements):
    staff = sign_in(desk, site)
    desk.goto("/finance/exports/new?from=2026-11-01")
    desk.get_by_label("做什么用").fill("审计抽查")
    site.clock.advance(minutes=16)
    press(desk, "开始导出")
    look_at(desk)
    desk.get_by_label("动态码").fill(code_at(site, staff))
    press(desk, "确认")
    desk.get_by_text("用途：审计抽查").wait_for()


def test_pages_fit_a_phone(open_page, site, agreements):
    phone = open_page(PHONE)
    sign_in(phone, site)
    for address in ("/finance/", "/finance/exports/new", "/finance/exports"):
        phone.goto(address)
        look_at(phone)
