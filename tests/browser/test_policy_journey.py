"""A version of the policy changed by one administrator and activated by another; the next proposal
is judged by it.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.support.databases import opened
from tests.support.people import make_staff
from tests.support.proposing import propose
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
def test_changed_by_one_activated_by_another_and_the_next_proposal_judged_by_it(
    open_page, site, second, javascript
):
    wu, chen = (open_page(LAPTOP, javascript=javascript) for _ in range(2))
    carry(wu, site, username=site.staff("admin").username)
    wu.goto("/admin/policies")
    look_at(wu)
    press(wu, "起草下一版")
    wu.get_by_label("每期最少", exact=True).fill("不知道")
    wu.get_by_label("期数最多", exact=True).fill("2")
    press(wu, "存草稿，重新算")
    expect(wu.get_by_label("每期最少", exact=True)).to_have_value("不知道")
    look_at(wu)
    wu.get_by_label("每期最少", exact=True).fill("100")
    press(wu, "存草稿，重新算")
    expect(wu.locator("aside")).to_contain_text("比「期数最多」的 2 期 多")
    wu.get_by_label("期数最少", exact=True).fill("2")
    wu.get_by_label("方案总额最多", exact=True).fill("6万")
    press(wu, "存草稿，重新算")
    expect(wu.locator("h1")).to_contain_text("改了 3 处")
    expect(wu.locator("aside")).to_contain_text("没有互相矛盾的")
    look_at(wu)
    press(wu, "存好，交给另一位管理员启用")
    expect(wu.locator("aside")).to_contain_text("等另一位管理员启用")
    look_at(wu)

    carry(chen, site, username=second)
    chen.goto("/admin/policies")
    look_at(chen)
    follow(chen.get_by_role("link", name=re.compile("^打开草稿")))
    look_at(chen)
    press(chen, "看过了，启用")
    expect(chen.locator("main")).to_contain_text("启用了。")
    expect(chen.locator("tbody tr").first).to_contain_text("正在用")
    look_at(chen)

    phone = open_page(PHONE, javascript=javascript)
    propose(phone, carry(phone, site, loan_ref=site.borrower.loans[0]), choice="最合适")
    expect(phone.locator("main")).not_to_contain_text("已经同意")
    carry(wu, site, username=site.staff("agent").username)
    wu.goto("/admin/")
    follow(wu.get_by_role("link", name=re.compile("^打开")).first)
    expect(wu.locator("main")).to_contain_text("期数")
    expect(wu.locator("main")).to_contain_text("2026-11-23.1")
