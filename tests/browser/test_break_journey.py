"""Missed and broken, on the phone of who could not pay: how every amount came, and a smaller plan;
then the bank's money comes to light that was paid in time, and all of it is forgiven.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.services.core.transaction import transaction
from app.services.upholding.following import follow as follow_plan
from app.wiring import make_gateways
from tests.browser.conftest import DRESSES
from tests.support.acting import acting
from tests.support.breaking import MISSED_DAYS, broken
from tests.support.databases import opened
from tests.support.money import paid, plan_of
from tests.support.proposing import heading, propose
from tests.support.signed_in import carry
from tests.support.signing_pages import signed
from tests.support.walking import follow, press
from tests.support.watching import look_at

PHONES = {name: dress for name, dress in DRESSES.items() if name != "1366"}


@pytest.mark.parametrize("dress", PHONES.values(), ids=PHONES)
def test_missed_and_broken_then_paid_late_by_the_bank_and_forgiven(open_page, site, dress):
    page = open_page(**dress)
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    propose(page, loan, choice="最合适")
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    agreement = signed(page, site, page.url.split("/")[-2])
    number = agreement.rsplit("/", 1)[-1]
    gateways, now = make_gateways(site.settings), site.clock.now()
    with opened(site.settings.database_url) as database, database.sessions() as session:
        paid(session, number, fen=12_345, on=(now + timedelta(days=5)).date())
        missed_at = now + timedelta(days=MISSED_DAYS)
        after = broken(session, gateways, site.settings.site, agreement=number, now=missed_at)
    site.clock.advance(seconds=(after - now).total_seconds())

    page = open_page(**dress)
    carry(page, site, loan_ref=site.borrower.loans[0])
    page.goto("/home")
    expect(page.locator("main")).to_contain_text("方案停了，还有别的办法")
    look_at(page)
    page.goto(f"/loan/{loan}")
    expect(page.locator("main")).to_contain_text("您付过的，都算进来了")
    look_at(page)
    page.goto(agreement)
    expect(heading(page)).to_have_text("方案停了，还有别的办法")
    expect(page.locator("main")).to_contain_text("小一点的方案，每月最多")
    look_at(page)
    press(page, "就看这个方案")
    # The amounts are laid out; what is still asked is why it is hard now.
    expect(heading(page)).to_contain_text("最近遇到了什么")
    look_at(page)

    with opened(site.settings.database_url) as database, database.sessions() as session:
        paid(session, number, fen=9_000_000, on=(missed_at + timedelta(days=1)).date())
        context = acting(now=after, gateways=gateways, site=site.settings.site)
        with transaction(session):
            follow_plan(session, context, plan_ids=[plan_of(session, number).id])
    page.goto(agreement)
    expect(page.locator("main")).not_to_contain_text("方案停了")
    look_at(page)
