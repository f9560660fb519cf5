"""Finance at the desk: a line nobody has claimed is matched, undone, split over two, returned."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.domain.references import reference_of
from app.wiring import make_gateways
from tests.browser.conftest import PHONE
from tests.support.authenticator import code_at, sign_in_at_desk
from tests.support.databases import opened
from tests.support.payments import TODAY, make_payment, make_statement, running_plan
from tests.support.walking import download, follow, press
from tests.support.watching import look_at

SMALL_DESK = {"width": 1366, "height": 768}
WHY = "电话里问过本人，两个人的一起付了"
DRESSES = pytest.mark.parametrize(
    "dress", [{}, {"dark": True}, {"javascript": False}], ids=["light", "dark", "no-js"]
)


@pytest.fixture
def plans(site):
    """Two running plans, and money of a bank file: one line for both, some of nobody's."""
    vault = make_gateways(site.settings).vault
    with opened(site.settings.database_url) as database, database.sessions() as session:
        first = running_plan(session, vault, name="罗小芳", mobile="19003741001")
        second = running_plan(session, vault, name="张一洋", mobile="19003741002")
        faults = [
            (7, "金额", "amount", "请用数字写金额"),
            (19, "入账日期", "date", "入账日期在今天以后"),
        ]
        file = make_statement(session, faults=faults, covers_until_on=TODAY - timedelta(days=3))
        reference = reference_of(first.number)
        wrong = reference[:-1] + str((int(reference[-1]) + 1) % 10)
        line = {"file_id": file.id, "channel": "对公"}
        make_payment(
            session,
            vault,
            payer="罗小芳",
            account_tail="5512",
            remark=f"{wrong} 十一月",
            fen=1_660_20,
            line=12,
            channel_ref="DG20261123004406",
            reason="wrong_reference",
            **line,
        )
        for number, (payer, fen, days) in enumerate(
            [
                ("李明", 2_000_00, 5),
                ("陈一", 318_40, 3),
                ("某某贸易公司", 12_000_00, 1),
                ("", 120_00, 1),
                ("刘洋", 512_75, 0),
            ]
        ):
            day = TODAY - timedelta(days=days)
            make_payment(
                session,
                vault,
                payer=payer,
                fen=fen,
                arrived_on=day,
                paid_on=day,
                account_tail="7710" if payer else "",
                reason=("unknown_payer", "same_name", "unknown_payer", "common_amount", "unsure")[
                    number
                ],
                channel=("对公", "支付宝", "对公", "微信支付", "对公")[number],
            )
        return reference, reference_of(second.number)


def sign_in(page, site):
    staff = site.staff("finance")
    sign_in_at_desk(page, site, staff, "/finance/")
    return staff


@DRESSES
def test_from_the_list_to_the_plan_and_back_and_over_two_and_away(open_page, site, plans, dress):
    first, second = plans
    desk = open_page(SMALL_DESK, **dress)
    sign_in(desk, site)
    follow(desk.get_by_role("link", name=re.compile("^未认领")))
    expect(desk.get_by_role("heading", level=1)).to_have_text("6 笔钱还不知道是谁的")
    look_at(desk)
    follow(desk.get_by_role("link", name=re.compile("对公 .*004406")))
    expect(desk.locator("main")).to_contain_text(f"和还款编号 {first} 只差一处")
    look_at(desk)

    press(desk, "接过来办")
    expect(desk.locator("main")).to_contain_text("您在办这一笔")
    expect(desk.get_by_label(re.compile(f"芳，{first}"))).to_be_checked()
    press(desk, "就这样记")
    expect(desk.get_by_role("status").first).to_contain_text("记好了")
    look_at(desk)

    press(desk, "撤回认领")
    expect(desk.get_by_role("alert")).to_contain_text("请写明为什么")
    desk.get_by_label("为什么").fill("里面还有张一洋的")
    press(desk, "撤回认领")
    expect(desk.locator("main")).to_contain_text("由您在办")

    desk.get_by_label("都不是，或者要拆开").check()
    desk.get_by_label("第 1 份记到").fill(first)
    desk.get_by_label("第 1 份金额").fill("1160.20")
    desk.get_by_label("第 2 份记到").fill(second)
    desk.get_by_label("第 2 份金额").fill("499")
    desk.locator("#match").get_by_label("为什么").fill(WHY)
    press(desk, "就这样记")
    expect(desk.get_by_role("alert")).to_contain_text("还差 ¥1.00")
    expect(desk.get_by_label("第 2 份记到")).to_have_value(second)
    look_at(desk)
    desk.get_by_label("第 2 份金额").fill("500")
    press(desk, "就这样记")
    expect(desk.locator("main")).to_contain_text("500.00")
    look_at(desk)

    desk.get_by_label("为什么").fill("本人说不是他们的")
    press(desk, "撤回认领")
    desk.locator("summary").filter(has_text="要退回").click()
    desk.locator("details").get_by_label("为什么").fill("付错了公司，退给流水上的付款户名")
    press(desk, "标为要退回")
    expect(desk.get_by_role("heading", name="要退给付款人")).to_be_visible()
    look_at(desk)
    follow(desk.get_by_role("link", name="回未认领"))
    follow(desk.get_by_role("link", name="要退回 1"))
    expect(desk.locator("tbody").first.locator("tr")).to_have_count(1)
    look_at(desk)


@DRESSES
def test_what_a_bank_wrote_opens_after_a_code(open_page, site, plans, dress):
    desk = open_page(SMALL_DESK, **dress)
    staff = sign_in(desk, site)
    desk.goto("/finance/money/all?number=DG20261123004406")
    look_at(desk)
    follow(desk.locator("tbody a"))
    assert "十一月" not in desk.content()
    desk.get_by_label("都不是，或者要拆开").check()
    desk.get_by_label("第 1 份记到").fill(plans[1])
    site.clock.advance(minutes=16)
    press(desk, "看附言和付款人全名")
    desk.get_by_label("动态码").fill(code_at(site, staff))
    press(desk, "确认")
    expect(desk.locator("main")).to_contain_text("十一月")
    expect(desk.get_by_label("第 1 份记到")).to_have_value(plans[1])
    look_at(desk)


def test_files_and_what_was_not_taken(open_page, site, plans, tmp_path):
    desk = open_page(SMALL_DESK)
    sign_in(desk, site)
    desk.goto("/finance/money/files")
    expect(desk.locator("main")).to_contain_text("从 2026年11月21日起没有收到还款文件")
    look_at(desk)
    follow(desk.locator("tbody a"))
    look_at(desk)
    taken = download(desk.get_by_role("link", name="下载 CSV"))
    taken.save_as(tmp_path / "faults.csv")
    assert "请用数字写金额" in (tmp_path / "faults.csv").read_text(encoding="utf-8-sig")


def test_pages_fit_a_phone(open_page, site, plans):
    phone = open_page(PHONE)
    sign_in(phone, site)
    for address in ("", "/all", "/files"):
        phone.goto(f"/finance/money{address}")
        look_at(phone)
    phone.goto("/finance/money/all?number=DG20261123004406")
    follow(phone.locator("tbody a"))
    look_at(phone)
