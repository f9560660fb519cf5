"""What someone wrote is still there when the database, or the file store, was away for a moment."""

import pytest
from playwright.sync_api import expect

from app.domain.errors import GatewayDown
from app.integrations.storage.disk import DiskStorage
from tests.browser.conftest import PHONE
from tests.support.outages import outage
from tests.support.proposing import propose
from tests.support.signed_in import carry
from tests.support.signing_pages import SIGN, agreement, to_code
from tests.support.walking import follow, press
from tests.support.watching import look_at

WORDS = "想先谈谈，每月 500 元可以吗？"


@pytest.mark.parametrize(
    "dress",
    [{}, {"javascript": False}, {"dark": True, "viewport": {"width": 320, "height": 640}}],
    ids=["light", "no-js", "dark-320"],
)
def test_words_outlive_an_outage(open_page, site, dress):
    page = open_page(**({"viewport": PHONE} | dress))
    page.goto("/callback")
    page.get_by_text("想和人商量", exact=True).click()
    page.get_by_label("怎么称呼您").fill("王晓思")
    page.get_by_label("打哪个手机号").fill("13812345678")
    page.get_by_label("想先告诉我们的话").fill(WORDS)
    with outage(site.door.app):
        press(page, "请给我回电话")
        page.get_by_role("heading", name="刚才填的没有送出去").wait_for()
        assert page.get_by_label("您写的话").input_value() == WORDS
        look_at(page)
        press(page, "再发一次")  # too early: the words stay
        assert page.get_by_label("您写的话").input_value() == WORDS
    press(page, "再发一次")
    page.get_by_role("heading", name="已收到").wait_for()


@pytest.mark.parametrize(
    "dress",
    [{}, {"javascript": False}, {"dark": True, "viewport": {"width": 320, "height": 640}}],
    ids=["light", "no-js", "dark-320"],
)
def test_the_code_signs_once_the_file_store_is_back(open_page, site, dress, monkeypatch):
    page = open_page(**({"viewport": PHONE} | dress))
    loan = carry(page, site, loan_ref=site.borrower.loans[0])
    propose(page, loan, choice="最合适")
    page.goto("/home")
    follow(page.get_by_role("link", name="看协议，签字"))
    code = to_code(page, site, page.url.split("/")[-2])
    with monkeypatch.context() as patch:
        patch.setattr(DiskStorage, "writing", no_answer)
        page.locator("[name=code]").fill(code)
        press(page, SIGN)
        expect(page.get_by_role("alert")).to_contain_text("请过一两分钟再填一次")
        look_at(page)
    page.locator("[name=code]").fill(code)
    press(page, SIGN)
    agreement(page)


def no_answer(*_args, **_values):
    raise GatewayDown
