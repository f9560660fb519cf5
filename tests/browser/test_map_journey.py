"""A lender's own ledger: a map made from a sample by one administrator, activated by another."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.databases import opened
from tests.support.layouts import FOLDER, ROWS
from tests.support.people import make_staff
from tests.support.signed_in import carry
from tests.support.walking import follow, press
from tests.support.watching import look_at

LAPTOP = {"width": 1366, "height": 768}


@pytest.fixture
def second(site) -> str:
    """Another administrator, at a desk of their own."""
    with opened(site.settings.database_url) as database, database.sessions() as session:
        return make_staff(session, "admin", username="chen", display_name="陈二").username


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_made_from_a_sample_and_activated_by_another(open_page, site, second, javascript):
    wu, chen = (open_page(LAPTOP, javascript=javascript) for _ in range(2))
    carry(wu, site, username=site.staff("admin").username)
    wu.goto("/admin/maps")
    look_at(wu)
    wu.get_by_label("这个对照叫什么").fill("催收名单")
    press(wu, "读样本")
    expect(wu.locator("main")).to_contain_text("请选一个样本文件")
    expect(wu.get_by_label("这个对照叫什么")).to_have_value("催收名单")
    look_at(wu)
    wu.get_by_label("样本文件").set_input_files(FOLDER / "collection.csv")
    press(wu, "读样本")
    expect(wu.locator("aside")).to_contain_text("读得进")
    for code, means in (("1", "等额本息"), ("2", "等额本金"), ("3", "先息后本")):
        wu.get_by_label(f"{code} 是什么", exact=True).select_option(means)
    wu.get_by_label("列名在第几行").fill("7")
    press(wu, "存好再试读")
    expect(wu.get_by_role("alert")).to_contain_text("还读不了样本")
    look_at(wu)
    wu.get_by_label("列名在第几行").fill("1")
    press(wu, "存好再试读")
    expect(wu.locator("aside")).to_contain_text(f"{ROWS} 行")
    look_at(wu)
    press(wu, "存好，交给另一位启用")
    expect(wu.locator("main")).to_contain_text("交出去了")

    carry(chen, site, username=second)
    chen.goto("/admin/maps")
    follow(chen.get_by_role("link", name=re.compile("^打开")).first)
    look_at(chen)
    press(chen, "看过了，启用")
    expect(chen.locator("main")).to_contain_text("启用了")
    look_at(chen)
