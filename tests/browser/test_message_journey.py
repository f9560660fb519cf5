"""A question and a complaint from a phone to the desk and back, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.support.live import LiveSite
from tests.support.proposing import run_outbox
from tests.support.signed_in import carry
from tests.support.walking import follow, press, press_twice
from tests.support.watching import PAGE_BYTES, PAGE_REQUESTS, look_at, weigh

WORDS, REPLY = "这个月少还一点可以吗？", "可以的，我们一起看看"


@pytest.mark.parametrize(
    "dress", [{}, {"dark": True}, {"javascript": False}], ids=["light", "dark", "no-js"]
)
def test_a_question_and_its_answer(open_page, site, dress):
    phone, desk = open_page(PHONE, **dress), open_page(DESK, **dress)
    carry(phone, site, loan_ref=site.borrower.loans[0])
    carry(desk, site, username="agent")
    phone.goto("/home")
    follow(phone.locator("footer").get_by_role("link", name=re.compile("给客服留言")))
    follow(phone.get_by_role("link", name="给客服留言", exact=True))
    send(phone, " ")
    expect(phone.get_by_role("alert")).to_be_visible()
    look_at(phone)
    phone.get_by_label("哪件事").select_option("talk")
    phone.locator("textarea").fill(WORDS)
    press_twice(phone, "发给客服", site.door)  # one message
    expect(phone.locator("main")).to_contain_text("已收到")
    number = re.search(r"ZX-\d{5}", phone.locator("main").inner_text())[0]
    look_at(phone)

    desk.goto("/admin/")
    follow(desk.get_by_role("link", name=re.compile("^消息")))
    look_at(desk)
    assert desk.get_by_role("link", name=re.compile("^打开")).count() == 1
    follow(desk.get_by_role("link", name=re.compile(number)))
    look_at(desk)
    press(desk, "领取")
    desk.get_by_label("写给借款人的话").fill(REPLY)
    press(desk, "发出答复")
    expect(desk.locator("main")).to_contain_text("已答复")
    look_at(desk)
    run_outbox(site)
    (told,) = [text for text in site.sms.to(site.borrower.mobile) if number in text]
    assert REPLY not in told

    phone.goto("/home")
    look_at(phone)
    follow(phone.get_by_role("link", name="看回复"))
    expect(phone.locator("main")).to_contain_text(REPLY)
    expect(phone.locator("main")).to_contain_text("林客服")
    look_at(phone)


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_a_complaint_and_its_second_level(open_page, site, javascript):
    phone, desk = open_page(PHONE, javascript=javascript), open_page(DESK, javascript=javascript)
    carry(phone, site, loan_ref=site.borrower.loans[0])
    phone.goto("/help")
    look_at(phone)
    follow(phone.get_by_role("link", name=re.compile("^投诉 马上给编号")))
    look_at(phone)
    phone.get_by_label("哪件事").select_option("staff")
    send(phone, "说话不客气", button="提交投诉")
    expect(phone.locator("main")).to_contain_text("最晚 2026年12月8日 答复")
    look_at(phone)
    thread = phone.url

    answer_as(desk, site, "agent", "已经提醒这位同事，向您道歉")
    phone.goto(thread)
    send(phone, "谢谢", button="发出")  # thanks ask for nothing
    expect(phone.locator("main")).not_to_contain_text("已收到")
    look_at(phone)
    send(phone, "不同意这个答复", button="不同意答复，申请核查")
    expect(phone.locator("main")).to_contain_text("已收到")
    expect(phone.locator("main")).to_contain_text("由没有答复过的主管重新看，有回复会发短信")
    answer_as(desk, site, "agent2", "")
    expect(desk.locator("main")).to_contain_text("要由没有答复过的主管重新看")
    look_at(desk)
    answer_as(desk, site, "supervisor", "重新看过录音，您说得对")
    phone.goto(thread)
    expect(phone.locator("main")).to_contain_text("周主管")
    press(phone, "撤回这件投诉")
    expect(phone.locator("main")).to_contain_text("这件事已经办结")
    look_at(phone)


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("size", ["normal", "large"])
def test_the_pages_fit_and_are_light(open_page, site, width, size):
    phone = open_page({"width": width, "height": 844})
    carry(phone, site, loan_ref=site.borrower.loans[0])
    for path in ("/messages", "/messages/new", "/messages/new?about=complain"):
        phone.goto(f"{path}{'&' if '?' in path else '?'}size={size}")
        look_at(phone)
        requests, weight = weigh(phone, site.url + path)
        assert (requests <= PAGE_REQUESTS, weight <= PAGE_BYTES) == (True, True)


def answer_as(desk, site: LiveSite, username: str, words: str) -> None:
    """Open the one complaint as a member of staff and answer it; without words only look."""
    carry(desk, site, username=username)
    desk.goto("/admin/messages?tab=complaint")
    follow(desk.get_by_role("link", name=re.compile("^打开")))
    if words:
        desk.get_by_label("写给借款人的话").fill(words)
        press(desk, "发出答复")
        expect(desk.locator("main")).to_contain_text(words)


def send(page, words: str, *, button: str = "发给客服") -> None:
    page.locator("textarea").fill(words)
    press(page, button)
