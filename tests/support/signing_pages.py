"""The journey from an approved plan to an agreement in a real browser, as a borrower walks it."""

import re

import pypdfium2
from playwright.sync_api import Page, expect

from tests.support.live import LiveSite
from tests.support.proposing import heading
from tests.support.walking import download, follow, press
from tests.support.watching import look_at

ASK, SIGN = "都看明白了，发验证码", "同意并签署"


def read(page: Page, version: str) -> None:
    page.goto(f"/plan/{version}/sign")
    expect(heading(page)).to_have_text("看清楚，再签字")


def confirm(page: Page, *, but: str = "") -> None:
    """Tick every grave clause but one."""
    for box in page.locator(".ah-clause input").all():
        box.set_checked(box.get_attribute("name") != but)


def to_code(page: Page, site: LiveSite, version: str) -> str:
    """Read, confirm, and return the code that was sent."""
    read(page, version)
    confirm(page)
    site.clock.advance(seconds=10)
    press(page, ASK)
    expect(page).to_have_url(re.compile("/sign/code$"))
    return site.sms.code(site.borrower.mobile)


def signed(page: Page, site: LiveSite, version: str) -> str:
    """Sign and return the agreement's address."""
    page.locator("[name=code]").fill(to_code(page, site, version))
    press(page, SIGN)
    return agreement(page)


def agreement(page: Page) -> str:
    """The address of the agreement just signed."""
    expect(page).to_have_url(re.compile(r"/agreement/AH-\d{5}-\d/signed$"))
    return page.url.removesuffix("/signed")


def take_up(page: Page, site: LiveSite, *, mobile: str, begun: bool = False) -> str:
    """From where the plan is offered through the agreement to its paper, every page looked at; what
    the paper says, without blanks.
    """
    if not begun:
        follow(page.get_by_role("link", name="看协议，签字"))
    look_at(page)
    confirm(page)
    site.clock.advance(seconds=10)
    press(page, ASK)
    look_at(page)
    page.locator("[name=code]").fill(site.sms.code(mobile))
    press(page, SIGN)
    agreement(page)
    look_at(page)
    taken = download(page.get_by_role("link", name="下载协议 PDF"))
    with pypdfium2.PdfDocument(taken.path()) as paper:
        words = "".join(one.get_textpage().get_text_range() for one in paper)
    return "".join(words.split())
