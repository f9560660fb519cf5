"""The desk at work on a case in a real browser: taken, prepared, shown, sent."""

import re
from itertools import pairwise

from playwright.sync_api import Page, expect

from tests.support.databases import opened
from tests.support.live import LiveSite
from tests.support.people import make_staff
from tests.support.proposing import heading, run_outbox
from tests.support.signed_in import carry
from tests.support.walking import follow, press
from tests.support.watching import look_at

WORDS = "这个数要还很久，想和您一起再看看。"


def another_supervisor(site: LiveSite) -> str:
    """A second one beside the demo's; their user name."""
    with opened(site.settings.database_url) as database, database.sessions() as session:
        make_staff(session, "supervisor", username="second-supervisor")
        session.commit()
    return "second-supervisor"


def prepare_answer(desk: Page, answer: str, reason: str, words: str = WORDS) -> None:
    desk.get_by_role("radio", name=answer).check()
    desk.get_by_label("理由", exact=True).select_option(reason)
    desk.get_by_label("写给借款人的话").fill(words)
    press(desk, "预览")


def open_case(desk: Page, site: LiveSite, username: str, tab: str = "free") -> None:
    """Sign in and open the first case of a list."""
    carry(desk, site, username=username)
    desk.goto(f"/admin/?tab={tab}")
    look_at(desk)
    follow(desk.get_by_role("link", name=re.compile("^打开")).first)
    look_at(desk)


def take_and_answer(
    desk: Page, site: LiveSite, answer: str, reason: str, told: str, words: str = WORDS
) -> list[str]:
    """Take the open case, show what the borrower would get, change one's mind once, send; the lines
    that were shown.
    """
    press(desk, "领取")
    expect(desk.locator("main")).to_contain_text("在您名下")
    desk.get_by_role("radio", name=answer).check()
    expect(desk.get_by_role("heading", name="对借款人意味着")).to_be_visible()
    press(desk, "预览")
    expect(desk.locator("#reason_code-fix")).to_be_visible()
    look_at(desk)
    prepare_answer(desk, answer, reason, words)
    expect(heading(desk)).to_have_text("发出前再看一遍")
    look_at(desk)
    sms, shown = desk.locator("#sms-text").inner_text(), lines(desk.locator("#shown-page"))
    press(desk, "回去改")
    expect(desk.get_by_label("写给借款人的话")).to_have_value(words)
    press(desk, "预览")
    press(desk, "发出", exact=True)
    expect(desk.locator("#answered")).to_have_text(told)
    look_at(desk)
    run_outbox(site)
    assert site.sms.to(site.borrower.mobile)[-1] == sms
    return shown


def lines(locator) -> list[str]:
    return [line for line in locator.inner_text().split("\n") if line.strip()]


def cards_stand_apart(page: Page) -> None:
    """However far the page is scrolled, no card of the right column covers another."""
    page.evaluate("window.scrollTo(0, document.body.scrollHeight / 3)")
    boxes = [
        card.bounding_box() for card in page.locator(".dk-cols > :last-child, .dk-cols + *").all()
    ]
    assert not [
        (one, after) for one, after in pairwise(boxes) if one["y"] + one["height"] > after["y"]
    ]
