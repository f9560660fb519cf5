"""A file changes what is owed under an approved plan: told on the phone, listed at the desk,
recalled word by word, proposed anew with today's figures in one tap; with and without script.
"""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.models import Loan
from app.services.recalls.noticing import notice_changed_figures
from app.wiring import make_gateways
from tests.browser.conftest import DESK, PHONE
from tests.support.acting import acting
from tests.support.counters import file_says
from tests.support.databases import opened
from tests.support.live import LiveSite
from tests.support.proposing import propose
from tests.support.signed_in import carry
from tests.support.walking import follow, press
from tests.support.watching import look_at

WORDS = "有一笔还款后来入了账，按原来的数签会多还。"
NARROW = {"width": 320, "height": 640}


def another_file(site: LiveSite, ref: str) -> None:
    """A payment came in, and the job came by."""
    settings = site.settings
    with opened(settings.database_url) as database, database.sessions() as session:
        loan = session.scalars(select(Loan).where(Loan.ref == ref)).one()
        file_says(session, loan, paid=loan.paid + 1)
        vault = make_gateways(settings).vault
        context = acting(now=site.clock.now(), vault=vault, site=settings.site)
        assert notice_changed_figures(session, context, limit=10) == 1


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_recalled_with_a_reason_and_proposed_anew_in_one_tap(open_page, site, javascript):
    phone = open_page(PHONE, javascript=javascript)
    ref = site.borrower.loans[0]
    version = propose(phone, carry(phone, site, loan_ref=ref), choice="最合适")
    another_file(site, ref)
    for address in ("/home", f"/plan/{version}/sign", f"/plan/{version}"):
        phone.goto(address)
        expect(phone.get_by_role("button", name="按新的数字再提")).to_be_visible()
        look_at(phone)
    desk = open_page(DESK, javascript=javascript)
    carry(desk, site, username=site.staff("supervisor").username)
    desk.goto("/admin/")
    follow(desk.get_by_role("link", name="借款的数字变了"))
    look_at(desk)
    follow(desk.get_by_role("link", name=re.compile("^打开")).first)
    look_at(desk)
    expect(desk.locator("main")).to_contain_text("本人现在签不了")
    desk.get_by_label("为什么收回").fill(WORDS)
    press(desk, "预览，确认后才收回")
    expect(desk.locator("#shown-page")).to_contain_text(WORDS)
    look_at(desk)
    press(desk, "收回并告诉本人")
    expect(desk.locator("main")).to_contain_text("已收回")
    look_at(desk)
    phone.goto("/home")
    look_at(phone)
    follow(phone.get_by_role("link", name="看原因"))
    expect(phone.locator("main")).to_contain_text(WORDS)
    look_at(phone)
    phone.set_viewport_size(NARROW)
    look_at(phone)
    follow(phone.get_by_role("link", name="按今天的数字再提"))
    press(phone, "提交")
    expect(phone.get_by_role("heading", level=1)).to_have_text("您的方案已同意")
