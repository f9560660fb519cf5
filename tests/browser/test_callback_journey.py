"""A call asked for on a phone, made at the desk."""

import re
from datetime import datetime, timedelta

import pytest

from app.domain.calendar import BEIJING
from tests.browser.conftest import DESK, PHONE
from tests.support.authenticator import sign_in_at_desk
from tests.support.walking import follow, press
from tests.support.watching import look_at

DAY = timedelta(days=1)
MOBILE, NOTE = "13812345678", "已核对身份，换成新号码"


@pytest.mark.parametrize(
    "dress", [{}, {"dark": True}, {"javascript": False}], ids=["light", "dark", "no-js"]
)
def test_from_asking_to_the_note(open_page, site, dress):
    phone = open_page(PHONE, **dress)
    phone.goto("/callback")
    phone.get_by_text("手机号换了", exact=True).click()
    phone.get_by_label("怎么称呼您").fill("王晓思")
    phone.get_by_label("打哪个手机号").fill(MOBILE)
    follow(phone.locator("main form button[type=submit]"))
    phone.wait_for_url("**/callback/*")

    desk = open_page(DESK, **dress)
    sign_in_at_desk(desk, site, site.staff("agent"))
    follow(desk.get_by_role("link", name=re.compile("^回电")))
    look_at(desk)
    follow(desk.get_by_role("link", name="打开"))
    look_at(desk)
    assert MOBILE not in desk.content()
    press(desk, "看完整号码")
    desk.get_by_text(MOBILE).wait_for()
    look_at(desk)
    desk.get_by_label("下次什么时候打").fill(f"{datetime.now(BEIJING) + DAY:%Y-%m-%dT10:30}")
    press(desk, "约了别的时间")
    desk.get_by_text("经办").wait_for()
    look_at(desk)
    desk.get_by_label("谈好了什么").fill(NOTE)
    press(desk, "回过电了")
    desk.get_by_text(NOTE).wait_for()
    look_at(desk)
    assert MOBILE not in desk.content()
