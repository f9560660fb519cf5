"""A transfer without its reference: a picture of it from the phone, found and matched by finance
with one tap, and the answer on the phone.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, DRESSES
from tests.support.authenticator import sign_in_at_desk
from tests.support.databases import opened
from tests.support.money import arrived
from tests.support.papers import located
from tests.support.proposing import heading, propose
from tests.support.signed_in import carry
from tests.support.signing_pages import signed
from tests.support.walking import download, follow, press
from tests.support.watching import look_at

PICTURE = {"name": "IMG_0001.jpg", "mimeType": "image/jpeg"}
NARROW = {"viewport": {"width": 320, "height": 640}}
PHONES = {name: dress for name, dress in DRESSES.items() if name != "1366"} | {"320": NARROW}


@pytest.mark.parametrize("dress", PHONES.values(), ids=PHONES)
def test_a_transfer_is_shown_and_matched_by_finance(open_page, site, dress):
    phone = open_page(**dress)
    loan = carry(phone, site, loan_ref=site.borrower.loans[0])
    propose(phone, loan, choice="最合适")
    phone.goto("/home")
    follow(phone.get_by_role("link", name="看协议，签字"))
    agreement = signed(phone, site, phone.url.split("/")[-2])
    number = agreement.rsplit("/", 1)[-1]
    today = site.clock.now().date()
    with opened(site.settings.database_url) as database, database.sessions() as session:
        arrived(session, fen=943_44, on=today)
        session.commit()

    phone.goto(f"/agreement/{number}")
    follow(phone.get_by_role("link", name="转好了，传张截图"))
    look_at(phone)
    phone.get_by_label("转了多少").fill("943.44")
    press(phone, "上传")
    look_at(phone)
    phone.get_by_label("哪天转的").fill(today.isoformat())
    phone.get_by_label(re.compile("同意为核对")).check()
    phone.get_by_label("拍照，或从相册选").set_input_files([PICTURE | {"buffer": located()}])
    press(phone, "上传")
    expect(phone.locator("main")).to_contain_text("已收到凭证，正在核对")
    look_at(phone)

    desk = open_page(DESK, **{name: value for name, value in dress.items() if name != "viewport"})
    sign_in_at_desk(desk, site, site.staff("finance"), "/finance/")
    desk.goto("/finance/money")
    look_at(desk)
    follow(desk.get_by_role("link", name="转账凭证 1"))
    look_at(desk)
    picture = download(desk.get_by_role("button", name=re.compile("^看图"))).path().read_bytes()
    assert picture.startswith(b"\xff\xd8")
    press(desk, "就是这笔")
    expect(desk.locator("main")).to_contain_text("借款人传来转账凭证")
    desk.goto("/finance/proofs")
    expect(desk.locator("main")).to_contain_text("没有凭证在等")

    phone.goto(f"/agreement/{number}/proof")
    expect(heading(phone)).to_have_text("传一张转账凭证")
    expect(phone.locator("main")).to_contain_text("核对好了：钱到账了")
    look_at(phone)
