"""An approved plan whose figures changed, on the phone: told before it is signed, put right in one
tap, and recalled with a reason and a way on.
"""

import pytest
from sqlalchemy import select

from app.models import PlanVersion
from tests.support.counters import file_says, recall, version_of
from tests.support.proposals import approved_at_once, make_staff

WORDS = "有一笔还款后来入了账，按原来的数签会多还。"


@pytest.fixture
def offer(session, gateways, site, borrower, loan) -> str:
    return approved_at_once(session, gateways.vault, site, borrower=borrower, loan=loan)


@pytest.fixture
def less(session, offer, loan) -> str:
    file_says(session, loan, paid=loan.paid + 1)
    return offer


@pytest.fixture
def recalled(session, gateways, site, less) -> str:
    boss = make_staff(session, roles=("supervisor",))
    recall(session, gateways.vault, site, less, boss, words=WORDS)
    return less


@pytest.mark.parametrize("page", ["/home", "/plan/{}", "/plan/{}/done", "/plan/{}/sign"])
def test_less_owed_is_told_before_it_is_signed_and_put_right_in_one_tap(phone, session, less, page):
    found = phone.get(page.format(less))
    text = found.page.text()
    assert "借款欠的比提方案时少了" in text
    assert "看协议，签字" not in text
    check = phone.post_form(found, _button="按新的数字再提")
    assert check.request.path.endswith("/plan/check")
    phone.post_form(check, _button="提交")
    session.rollback()
    made = session.scalars(select(PlanVersion).order_by(PlanVersion.id.desc())).first()
    assert made.state == "approved"
    assert version_of(session, less).state == "superseded"
    text = phone.get(f"/plan/{made.public_id}").page.text()
    assert "看协议，签字" in text


def test_more_owed_changes_nothing_and_that_is_said(phone, session, offer, loan):
    before = phone.get(f"/plan/{offer}").page.text()
    file_says(session, loan, fee_fen=1)
    text = phone.get(f"/plan/{offer}").page.text()
    assert "同意的方案照旧，金额不变" in text
    assert "同意的方案照旧" not in before
    assert "看协议，签字" in text


def test_recalled_it_says_why_and_leads_on_with_todays_figures(phone, session, recalled):
    page = phone.get(f"/plan/{recalled}")
    text = page.page.text()
    for words in (
        "这份方案我们收回了",
        "不是您的原因：借款的数字变了",
        WORDS,
        "再提一次不算重复",
        "到 11月26日，不打电话也不发提醒",
        "我们收回了这份方案",
    ):
        assert words in text
    assert "建议" not in text
    check = phone.follow(page, "按今天的数字再提")
    assert check.request.path.endswith("/plan/check")
    phone.post_form(check, _button="提交")
    session.rollback()
    made = session.scalars(select(PlanVersion).order_by(PlanVersion.id.desc())).first()
    assert (made.state, made.number) == ("approved", 1)
    # a plan that is open again is where the way leads then
    page = phone.follow(phone.get(f"/plan/{recalled}"), "看正在办的另一个方案")
    assert page.request.path == f"/plan/{made.public_id}"


def test_home_and_the_page_to_sign_lead_to_the_reason(phone, recalled):
    home = phone.get("/home")
    assert "有答复了：我们收回了，还可以再提" in home.page.text()
    assert phone.follow(home, "看原因").request.path == f"/plan/{recalled}"
    page = phone.get(f"/plan/{recalled}/sign")
    assert "我们收回了它，不是您的原因" in page.page.text()
    assert phone.follow(page, "看为什么收回").request.path == f"/plan/{recalled}"
