"""Finance at the desk: filter, export without and with a purpose, watch it, take the file."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from app.services.proposals.basis import Answers
from app.wiring import make_gateways
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_borrower, make_loan
from tests.support.authenticator import code_at, sign_in_at_desk
from tests.support.clock import NOW
from tests.support.databases import opened
from tests.support.exporting import WITH_FIRST, run_exports, signed
from tests.support.money import paid
from tests.support.reading_back import csv_rows, table
from tests.support.walking import another_page, download, follow, press
from tests.support.watching import look_at

SMALL_DESK = {"width": 1366, "height": 768}
WITH_OR_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])


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
    desk.get_by_text("CSV：台账、分期明细和借款").click()
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


@pytest.fixture
def several(site, agreements):
    """Beside those, one of a small debt paid at once, on a loan of another product."""
    gateways = make_gateways(site.settings)
    with opened(site.settings.database_url) as database, database.sessions() as session:
        borrower = make_borrower(session, gateways.vault, name="顾一诺")
        loan = make_loan(
            session,
            borrower,
            principal_fen=15_000,
            annual_ppm=0,
            product="应急金",
            ref="YJ20260001",
        )
        small = signed(
            session,
            gateways.vault,
            site.settings.site,
            borrower=borrower,
            loan=loan,
            answers=Answers(pay_on=date(2026, 11, 30), choice="best_fit"),
            pdf=b"%PDF-1",
        )
        return [*agreements, small.number]


@WITH_OR_WITHOUT
def test_from_a_number_and_a_month_to_the_agreement_and_the_file(
    open_page, site, several, javascript, tmp_path
):
    desk = open_page(SMALL_DESK, javascript=javascript)
    sign_in(desk, site)
    title, rows = desk.locator(".dk-title"), desk.locator("tbody tr")
    desk.get_by_label("方案种类").select_option("分期重组")
    desk.get_by_label("产品").select_option("装修分期")
    desk.get_by_label("到期月份").fill("2026-12")
    press(desk, "筛选")
    expect(title).to_contain_text("分期重组，产品是装修分期，2026年12月有一期到期，3 份")
    expect(desk.get_by_label("到期月份")).to_have_value("2026-12")
    look_at(desk)

    desk.get_by_label("方案种类").select_option("全部")
    desk.get_by_label("产品").select_option("全部")
    desk.get_by_label("到期月份").fill("2026-11")
    desk.get_by_label("协议号、借据号或合同编号").fill("YJ2026")
    press(desk, "筛选")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(several[3])
    look_at(desk)

    # the whole row opens it, its last cell too
    cell = rows.locator("td").last.bounding_box()
    with another_page(desk):
        desk.mouse.click(cell["x"] + cell["width"] - 4, cell["y"] + cell["height"] - 4)
    expect(desk).to_have_url(re.compile(f"/finance/agreements/{several[3]}$"))
    expect(desk.locator("main")).to_contain_text("2026年11月30日")
    look_at(desk)
    desk.go_back()
    follow(desk.get_by_role("link", name="导出筛选结果"))
    expect(title).to_contain_text("2026年11月有一期到期，号码是 YJ2026 或以它开头，1 份")
    look_at(desk)
    desk.get_by_text("CSV：台账、分期明细和借款").click()
    desk.get_by_label("做什么用").fill("11月对账")
    press(desk, "开始导出")
    run_exports(site)
    desk.goto("/finance/exports")
    taken = download(desk.get_by_role("button", name="下载").first)
    taken.save_as(tmp_path / "taken.csv")
    exported, _total, note = table(csv_rows((tmp_path / "taken.csv").read_bytes()))
    assert [row["协议号"] for row in exported] == [several[3]]
    assert "到期月份：2026-11，号码：YJ2026，或以它开头，共 1 份协议" in note


@WITH_OR_WITHOUT
def test_what_came_and_what_is_open_stand_in_the_row_and_on_the_page(
    open_page, site, several, javascript
):
    with opened(site.settings.database_url) as database, database.sessions() as session:
        paid(session, several[0], fen=60_000, on=NOW.date())
        paid(session, several[3], fen=5_000_000, on=NOW.date())
    desk = open_page(SMALL_DESK, javascript=javascript)
    sign_in(desk, site)
    row = desk.locator("tbody tr").filter(has_text=several[0])
    expect(row).to_contain_text("600.00")
    expect(desk.locator("tfoot")).to_contain_text("50,600.00")
    look_at(desk)
    with another_page(desk):
        row.locator("a").click()
    expect(desk.locator(".dk-kpi")).to_contain_text("¥600.00")
    first = desk.locator("tr").filter(has_text="先还")
    expect(first).to_contain_text("已还")
    expect(desk.locator("main")).to_contain_text("还了一部分")
    look_at(desk)


@WITH_OR_WITHOUT
def test_what_a_filter_cannot_read_is_told_and_stands_there(open_page, site, several, javascript):
    desk = open_page(SMALL_DESK, javascript=javascript)
    sign_in(desk, site)
    desk.goto("/finance/?due=2026-13&from=2026-02-30&product=没有&number=" + "9" * 41)
    for label, typed in (
        ("到期月份", "2026-13"),
        ("签署日从", "2026-02-30"),
        ("产品", "没有"),
        ("协议号、借据号或合同编号", "9" * 41),
    ):
        expect(desk.get_by_label(label)).to_have_value(typed)
    expect(desk.get_by_role("alert")).to_contain_text("请写成 2026-12 这样的年月")
    look_at(desk)
    desk.get_by_label("到期月份").fill("2026年12月")
    desk.get_by_label("签署日从").fill("")
    desk.get_by_label("产品").select_option("全部")
    desk.get_by_label("协议号、借据号或合同编号").fill("")
    press(desk, "筛选")
    expect(desk.locator(".dk-title")).to_contain_text("2026年12月有一期到期，3 份")


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
