"""What someone wrote is still there when the database was away for a moment."""

import pytest

from tests.browser.conftest import PHONE
from tests.support.outages import outage
from tests.support.walking import press
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
