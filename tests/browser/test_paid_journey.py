"""Money that came, on the phone of who paid it: what it covered, what is left, what comes next."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.domain.references import reference_of
from tests.browser.conftest import DRESSES
from tests.support.databases import opened
from tests.support.money import paid, taken_back
from tests.support.proposing import heading, propose
from tests.support.signed_in import carry
from tests.support.signing_pages import signed
from tests.support.walking import follow
from tests.support.watching import look_at

PHONES = {name: dress for name, dress in DRESSES.items() if name != "1366"}


@pytest.mark.parametrize("dress", PHONES.values(), ids=PHONES)
def test_what_was_paid_shows_with_what_it_covered_and_what_is_taken_back_no_more(
    open_page, site, dress
):
    page = open_page(**dress)
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    propose(page, loan, choice="最合适")
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    agreement = signed(page, site, page.url.split("/")[-2])
    number = agreement.rsplit("/", 1)[-1]
    page.goto("/home")
    expect(page.locator("main")).to_contain_text(reference_of(number.rsplit("-", 1)[0]))

    page.goto(agreement)
    asked = fen_in(page.locator(".ah-ring .ah-sum").inner_text())
    day = site.clock.now().date() + timedelta(days=20)
    site.clock.advance(seconds=30 * 86_400)
    page = carry_on(open_page, site, dress)
    with opened(site.settings.database_url) as database, database.sessions() as session:
        part = paid(session, number, fen=asked // 2, on=day)
    page.goto("/home")
    expect(page.locator("main")).to_contain_text("已有")
    look_at(page)
    page.goto(agreement)
    expect(page.locator("#received + details")).to_contain_text("付的")
    page.locator("#received + details summary").click()
    expect(page.locator("#received + details")).to_contain_text("第 1 期")
    look_at(page)
    page.goto(f"/loan/{loan}")
    expect(page.locator("main")).to_contain_text("还剩")
    look_at(page)

    with opened(site.settings.database_url) as database, database.sessions() as session:
        taken_back(session, session.merge(part), number, on=day)
        paid(session, number, fen=asked, on=day)
    page.goto(agreement)
    expect(heading(page)).to_have_text("已经还了 1 笔")
    expect(page.locator("#received").locator("..")).to_contain_text("后来撤回了，不算在内")
    look_at(page)


def carry_on(open_page, site, dress):
    page = open_page(**dress)
    carry(page, site, loan_ref=site.borrower.loans[0])
    return page


def fen_in(words: str) -> int:
    return int(words.strip().lstrip("¥").replace(",", "").replace(".", ""))
