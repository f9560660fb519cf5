"""Finance at the desk, two people: a refund asked for by one is paid by the other and comes back; a
month frozen by one is closed by the other.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.services.closing.closing import freeze_month
from app.services.core.context import Actor
from app.wiring import make_gateways
from tests.services.closing.conftest import NOVEMBER
from tests.support.acting import acting
from tests.support.authenticator import sign_in_at_desk
from tests.support.clock import NOW
from tests.support.databases import opened
from tests.support.payments import TODAY, make_payment
from tests.support.refunds import make_refund
from tests.support.threads import handler
from tests.support.walking import follow, press
from tests.support.watching import look_at

SMALL_DESK = {"width": 1366, "height": 768}
DRESSES = pytest.mark.parametrize("dress", [{}, {"javascript": False}], ids=["light", "no-js"])


@pytest.fixture
def waiting(site):
    """A refund that a colleague asked for, and a payment that goes back, too."""
    vault = make_gateways(site.settings).vault
    with opened(site.settings.database_url) as database, database.sessions() as session:
        asked, free = (
            make_payment(session, vault, state="returned", fen=fen).public_id
            for fen in (500_20, 318_40)
        )
        make_refund(session, vault, payment=asked)
        return free


@pytest.fixture
def frozen(site, waiting):
    """November, frozen by a colleague; then it is the fourth of December."""
    vault = make_gateways(site.settings).vault
    with opened(site.settings.database_url) as database, database.sessions() as session:
        who = handler(session, "finance", username="freezing")
        now = NOW + timedelta(days=11)
        context = acting(now=now, actor=Actor(who.author), staff=who, vault=vault)
        freeze_month(session, context, month=NOVEMBER, request_key="freeze-1")
    site.clock.advance(days=11)


@DRESSES
def test_one_asks_another_pays_and_the_bank_sends_it_back(open_page, site, waiting, dress):
    desk = open_page(SMALL_DESK, **dress)
    sign_in_at_desk(desk, site, site.staff("finance"), "/finance/")
    follow(desk.get_by_role("link", name="退款", exact=True))
    look_at(desk)
    desk.goto(f"/finance/refunds/payment/{waiting}")
    desk.get_by_label("收款人姓名").fill("罗涵敏")
    desk.get_by_label("银行卡号").fill("6225")
    desk.get_by_label("开户行").fill("招商银行")
    desk.get_by_label("怎么核实的").fill("照银行流水")
    press(desk, "提退款 ¥318.40")
    expect(desk.locator("main")).to_contain_text("只有数字")
    look_at(desk)
    desk.get_by_label("银行卡号").fill("6225 8802 1234 5678")
    press(desk, "提退款 ¥318.40")
    expect(desk.locator("main")).to_contain_text("由另一位同事支付")
    look_at(desk)

    desk.goto("/finance/refunds?tab=asked")
    look_at(desk)
    follow(desk.locator("tbody tr:not(.is-mine) a"))
    desk.get_by_label("从哪个渠道付的").fill("招行")
    desk.get_by_label("付款流水号").fill("T-OUT-1")
    desk.get_by_label("哪天付的").fill(TODAY.isoformat())
    look_at(desk)
    press(desk, "登记已付 ¥500.20")
    expect(desk.get_by_role("status").first).to_contain_text("登记好了")
    desk.locator("summary").filter(has_text="银行退回来了").click()
    desk.get_by_label("哪天退回的").fill(TODAY.isoformat())
    desk.get_by_label("为什么退回").or_(desk.get_by_label("为什么")).first.fill("户名不符")
    press(desk, "登记退回")
    expect(desk.locator("main")).to_contain_text("户名不符")
    look_at(desk)


@DRESSES
def test_a_month_that_one_froze_is_closed_by_another(open_page, site, frozen, dress):
    desk = open_page(SMALL_DESK, **dress)
    sign_in_at_desk(desk, site, site.staff("finance"), "/finance/")
    follow(desk.get_by_role("link", name="应收和实收"))
    look_at(desk)
    follow(desk.get_by_role("link", name="对账", exact=True))
    look_at(desk)
    follow(desk.get_by_role("link", name="月结", exact=True))
    expect(desk.locator("main")).to_contain_text("等复核")
    look_at(desk)
    press(desk, "核对过报表，复核")
    expect(desk.locator("main")).to_contain_text("已结账")
    look_at(desk)
