"""Papers of an instant, on a phone: the receipt of a payment, the paper of a hold, a quote; each
as a page, as a PDF, and to whoever checks it.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.models import Payment, Voucher
from tests.browser.conftest import DRESSES
from tests.support.databases import opened
from tests.support.money import paid, taken_back
from tests.support.proposing import heading, propose
from tests.support.signed_in import carry
from tests.support.signing_pages import signed
from tests.support.walking import follow, press
from tests.support.watching import look_at

NARROW = {"viewport": {"width": 320, "height": 640}}
PHONES = {name: dress for name, dress in DRESSES.items() if name != "1366"} | {"320": NARROW}


def newest_code(session) -> str:
    return session.scalars(select(Voucher.check_code).order_by(Voucher.id.desc())).first()


@pytest.mark.parametrize("dress", PHONES.values(), ids=PHONES)
def test_receipt_hold_and_quote_are_taken_and_checked(open_page, site, dress):
    page = open_page(**dress)
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    propose(page, loan, choice="最合适")
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    agreement = signed(page, site, page.url.split("/")[-2])
    number = agreement.rsplit("/", 1)[-1]
    today = site.clock.now().date()
    with opened(site.settings.database_url) as database, database.sessions() as session:
        paid(session, number, fen=70_001, on=today)

    page.goto(f"/agreement/{number}")
    page.locator("summary", has_text="付的 ¥700.01").click()
    look_at(page)
    press(page, "收据")
    expect(heading(page)).to_have_text("还款收据")
    expect(page.locator(".ah-paper")).to_contain_text("人民币柒佰元零壹分")
    look_at(page)
    with page.expect_download() as taken:
        page.locator("main").get_by_text("下载 PDF").click()
    assert Path(taken.value.path()).read_bytes().startswith(b"%PDF-")
    with opened(site.settings.database_url) as database, database.sessions() as session:
        code = newest_code(session)
    page.goto(f"/check/{code}")
    expect(heading(page)).to_have_text("这个编号是真的")
    look_at(page)
    page.get_by_label("纸上印的合计是多少").fill("700.01")
    press(page, "核对金额")
    expect(heading(page)).to_have_text("编号和金额都对得上")

    page.goto("/hold")
    look_at(page)
    press(page, "要一张能核对的，PDF")
    expect(heading(page)).to_have_text("暂缓联络证明")
    look_at(page)
    with opened(site.settings.database_url) as database, database.sessions() as session:
        held = newest_code(session)
    page.goto(f"/check/{held}")
    expect(heading(page)).to_have_text("暂缓联络正在生效")
    look_at(page)

    page.goto(f"/agreement/{number}/payoff?on={today + timedelta(days=9)}")
    look_at(page)
    press(page, "要一张报价单，PDF，能核对")
    expect(heading(page)).to_have_text("提前还清报价单")
    look_at(page)
    with opened(site.settings.database_url) as database, database.sessions() as session:
        quoted = newest_code(session)
        payment = session.scalars(select(Payment).order_by(Payment.id.desc())).first()
        taken_back(session, payment, number, on=today, at=site.clock.now())
    for paper, told in ((quoted, "编号是真的，数不再准确"), (code, "这张收据已撤回")):
        page.goto(f"/check/{paper}")
        expect(heading(page)).to_have_text(told)
        look_at(page)
