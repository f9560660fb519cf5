"""A paper asked for at the desk and given from a phone picture, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.support.desk_pages import open_case
from tests.support.papers import located
from tests.support.proposing import propose
from tests.support.signed_in import carry, mark_loan
from tests.support.walking import another_page, download, follow, press
from tests.support.watching import look_at

WORDS = "工资截图看不到月份，麻烦补一张单位的证明，谢谢。"
PICTURE = {"name": "IMG_0001.jpg", "mimeType": "image/jpeg"}


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_a_paper_is_asked_for_and_given_from_a_phone(open_page, site, javascript):
    phone, desk = open_page(PHONE, javascript=javascript), open_page(DESK, javascript=javascript)
    loan = carry(phone, site, loan_ref=site.borrower.loans[0])
    mark_loan(site, site.borrower.loans[0], disputed=True)
    propose(phone, loan)
    open_case(desk, site, "agent")
    if not desk.get_by_label("补哪一样").is_visible():
        desk.get_by_text("请本人补一样材料").click()
    desk.get_by_label("补哪一样").select_option("income")
    desk.get_by_label("写给借款人：补什么、为什么").fill(WORDS)
    look_at(desk)
    press(desk, "请本人补，发短信")
    expect(desk.locator("main")).to_contain_text("等材料")
    look_at(desk)

    phone.goto("/home")
    look_at(phone)
    follow(phone.get_by_role("link", name="看要补什么，去上传"))
    expect(phone.locator("main")).to_contain_text(WORDS)
    look_at(phone)
    part = phone.locator("section", has=phone.get_by_role("heading", name=re.compile("现在的收入")))
    part.get_by_label("近三个月工资到账").check()
    choose(part, located())
    send(part)  # without the consent it is not taken, and the page says so
    expect(phone.locator("main")).to_contain_text("要您单独同意才收")
    if not javascript:
        look_at(phone)
    part.get_by_label("单位开的收入证明").check()
    choose(part, located())
    with another_page(phone):
        send(part)
    expect(part).to_contain_text("已收到")
    look_at(phone)
    picture = download(part.get_by_role("link", name=re.compile("^看一眼"))).path().read_bytes()
    assert picture.startswith(b"\xff\xd8")
    assert b"HUAWEI" not in picture

    desk.reload()
    expect(desk.locator("main")).to_contain_text("单位开的收入证明")
    download(desk.get_by_role("button", name=re.compile("^打开第 1 页")))
    desk.reload()
    expect(desk.locator("#papers").locator("..").locator("..")).to_contain_text("看过 1 次")
    press(desk, "看过，属实")
    expect(desk.locator("main")).to_contain_text("看过，属实")
    look_at(desk)


def choose(part, picture: bytes) -> None:
    part.locator('input[type="file"]').set_input_files([{**PICTURE, "buffer": picture}])


def send(part) -> None:
    button = part.get_by_role("button", name=re.compile("^上传选好的"))
    button.click()  # files may go one by one, without another page


def test_a_line_that_stands_still_is_told_and_the_file_goes_again(open_page, site):
    phone = open_page(PHONE)
    loan = carry(phone, site, loan_ref=site.borrower.loans[0])
    mark_loan(site, site.borrower.loans[0], disputed=True)
    version = propose(phone, loan)
    phone.clock.install()
    phone.goto(f"/plan/{version}/papers")
    part = phone.locator("main section", has=phone.locator("form[data-upload]")).first
    with another_page(phone):
        send(part)  # nothing picked: the server says so, above
    expect(phone.locator(".ah-fixes")).to_be_visible()
    part.locator(".ah-pick input:not([data-private])").first.check()
    choose(part, located())
    held = []
    phone.route("**/papers", lambda route: held.append(route))  # what is sent arrives nowhere
    send(part)
    row = part.locator("[data-files] li")
    expect(row).to_contain_text("在传")
    expect(phone.locator(".ah-fixes")).to_have_count(0)  # what was said before is over
    phone.clock.run_for(61_000)
    expect(row).to_contain_text("没收")
    expect(row).to_contain_text("网好了再传一次就行")
    look_at(phone)
    phone.unroute("**/papers")
    follow(row.get_by_role("button", name="再传一次"))
    expect(part).to_contain_text("已收到")
