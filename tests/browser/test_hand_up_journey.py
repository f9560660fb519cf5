"""Beyond one's authority in a real browser: a note, handed up with a summary, answered by a
supervisor, and on to the next case.
"""

import re

import pytest
from playwright.sync_api import expect

from app.wiring import make_gateways
from tests.support.authenticator import sign_in_at_desk
from tests.support.databases import opened
from tests.support.desk_pages import prepare_answer
from tests.support.proposals import submitted
from tests.support.walking import another_page, follow, press
from tests.support.watching import look_at

LAPTOP = {"width": 1366, "height": 768}
NOTE = "电话里说孩子 3 月开学，想第一期再低些。"
SUMMARY = "期数超出我的权限；本人说能按月还，收入也对得上。"


@pytest.fixture
def versions(site) -> list[str]:
    """Two proposals that wait for a person."""
    with opened(site.settings.database_url) as database, database.sessions() as session:
        vault, now = make_gateways(site.settings).vault, site.clock.now()
        return [submitted(session, vault, site.settings.site, now=now) for _ in range(2)]


def hand_up(desk) -> str:
    """The first case of the queue, with a note and a summary; its address."""
    follow(desk.get_by_role("link", name=re.compile("^打开")).first)
    look_at(desk)
    address = desk.url
    desk.get_by_label("加一条").fill(NOTE)
    press(desk, "记下")
    expect(desk.locator("#notes")).to_be_visible()
    desk.locator("summary", has_text="交给主管").click()
    desk.get_by_label("说明，主管接着办要知道什么").fill(SUMMARY)
    press(desk, "交给主管", exact=True)
    for words in ("等主管来领", NOTE, SUMMARY):
        expect(desk.locator("main")).to_contain_text(words)
    look_at(desk)
    return address


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_handed_up_answered_and_on_to_the_next(open_page, site, versions, javascript):
    desk, boss = (open_page(LAPTOP, javascript=javascript) for _ in range(2))
    sign_in_at_desk(desk, site, site.staff("agent"))
    look_at(desk)
    handed_up = [hand_up(desk)]
    desk.goto("/admin/?tab=free")
    handed_up.append(hand_up(desk))
    assert {url.rsplit("/", 1)[1] for url in handed_up} == set(versions)

    sign_in_at_desk(boss, site, site.staff("supervisor"))
    follow(boss.get_by_role("link", name="等主管 2"))
    look_at(boss)
    follow(boss.get_by_role("link", name=re.compile("^打开")).first)
    expect(boss.locator("main")).to_contain_text(SUMMARY)
    first = boss.url
    prepare_answer(boss, "同意", "within_means")
    press(boss, "发出", exact=True)
    expect(boss.locator("#answered")).to_have_text("已同意")
    look_at(boss)
    if javascript:
        with another_page(boss):
            boss.keyboard.press("n")
    else:
        follow(boss.get_by_role("link", name="办下一件"))
    assert boss.url in set(handed_up) - {first}
    expect(boss.locator("main")).to_contain_text(SUMMARY)
    look_at(boss)
