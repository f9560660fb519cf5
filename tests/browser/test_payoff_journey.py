"""Paying a plan off before its end, on a phone: from the agreement to the sum, another day, a wrong
day, and the account file.
"""

import json
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DRESSES
from tests.browser.test_paid_journey import carry_on, fen_in
from tests.support.databases import opened
from tests.support.money import paid
from tests.support.proposing import heading, propose
from tests.support.signed_in import carry
from tests.support.signing_pages import signed
from tests.support.walking import download, follow, press
from tests.support.watching import look_at

PHONES = {name: dress for name, dress in DRESSES.items() if name != "1366"}
NARROW = {"width": 320, "height": 700}


@pytest.mark.parametrize("dress", PHONES.values(), ids=PHONES)
def test_a_plan_is_paid_off_before_its_end_and_its_numbers_are_downloaded(open_page, site, dress):
    page = open_page(**dress)
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    propose(page, loan, choice="最合适")
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    agreement = signed(page, site, page.url.split("/")[-2])
    number = agreement.rsplit("/", 1)[-1]
    site.clock.advance(seconds=12 * 86_400)
    today = site.clock.now().date()
    with opened(site.settings.database_url) as database, database.sessions() as session:
        paid(session, number, fen=70_001, on=today - timedelta(days=4))

    page = carry_on(open_page, site, dress)
    page.goto("/home")
    expect(page.locator("main")).to_contain_text("想提前还清")
    look_at(page)
    page.goto(f"/agreement/{number}")
    follow(page.get_by_role("link", name="提前还清"))
    expect(heading(page)).to_have_text("提前还清")
    now = fen_in(page.locator(".ah-sheet--next .ah-sum").inner_text())
    page.locator("summary", has_text="这个数怎么来的").click()
    steps = page.locator(".ah-steps li:not(.is-rule):not(.is-sum) b").all_inner_texts()
    assert sum(signed_fen(one) for one in steps) == now
    look_at(page)

    choose(page, (today + timedelta(days=20)).isoformat())
    expect(page.locator("#off")).to_contain_text("日全部还清")
    later = fen_in(page.locator(".ah-sheet--next .ah-sum").inner_text())
    assert later > now
    look_at(page)

    page.goto(f"/agreement/{number}/payoff?on=2031-01-01")
    expect(page.locator(".ah-fixes")).to_contain_text("之间的一天（含这两天）")
    expect(page.locator("#on")).to_have_value("2031-01-01")
    look_at(page)
    page.set_viewport_size(NARROW)
    page.goto(f"/agreement/{number}/payoff?on={today + timedelta(days=20)}")
    look_at(page)

    got = download(page.get_by_role("link", name="我的账"))
    assert got.suggested_filename == f"我的账-{number}.json"
    file = json.loads(got.path().read_text("utf-8"))
    assert [one["fen"] for one in file["payments"]] == [70_001]

    with opened(site.settings.database_url) as database, database.sessions() as session:
        paid(session, number, fen=now + 50_000, on=today)
    page.goto(f"/agreement/{number}/payoff")
    expect(heading(page)).to_have_text("没有要提前还的")
    look_at(page)


def choose(page, day: str) -> None:
    page.get_by_label("哪一天还").fill(day)
    press(page, "算这一天")


def signed_fen(words: str) -> int:
    fen = fen_in(words.strip().lstrip("−"))
    return -fen if words.strip().startswith("−") else fen
