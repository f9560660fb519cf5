"""A signed plan that runs is changed from its page: asked, offered, signed; the earlier stays."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.models import Plan, PlanVersion
from app.services.proposals.basis import Answers
from tests.support.asking import pick, say_amounts
from tests.support.changing import change_signed
from tests.support.money import paid, plan_of
from tests.support.signing import plain, signed

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PLAIN = Answers(upfront_fen=0, monthly_fen=130_000, pay_day=10, choice="best_fit")


@pytest.fixture
def number(session, gateways, site, borrower, loan) -> str:
    return signed(session, plain(gateways), site, borrower=borrower, loan=loan, answers=PLAIN)


def text(page) -> str:
    return page.page.text()


def begun(phone, number):
    """From the agreement's page to the page of amounts."""
    page = phone.post_form(phone.get(f"/agreement/{number}"), _action="/change")
    assert page.request.path.endswith("/plan/reason")
    return pick(phone, phone.post_form(page, _action="/reason", _button="skip"))


def test_the_page_of_an_agreement_says_what_a_change_means(phone, number):
    page = phone.get(f"/agreement/{number}")
    for words in ("还是有困难？后面的可以改", "已经还的都算数", "新的协议要再签一次字"):
        assert words in text(page)


def test_it_is_asked_and_the_old_one_goes_on(phone, number, loan, session):
    page = say_amounts(phone, loan, begun(phone, number), monthly="1500")
    page = phone.post_form(page, _button="choose", choice="best_fit")
    assert page.request.path.endswith("/plan/check")
    assert "新的协议签字之前，现在这份照旧" in text(page)
    assert "利息和罚息也不再增加" not in text(page)
    page = phone.post_form(page, _button="提交")
    version = session.scalars(select(PlanVersion).order_by(PlanVersion.id.desc())).first()
    plans = session.scalars(select(Plan).order_by(Plan.id)).all()
    assert [one.state for one in plans] == ["active", version.state]
    assert f"现在的协议 {number} 照旧" in text(page)
    page = phone.get(f"/agreement/{number}")
    assert "改后面的安排：" in text(page)
    assert "执行中" in text(page)
    assert "改后面的安排：" in text(phone.get("/home"))
    page = phone.post_form(phone.get(f"/plan/{version.public_id}/withdraw"), _action="/withdraw")
    assert f"都按现在的协议 {number}" in text(page)
    session.rollback()
    assert plan_of(session, number).state == "active"


def test_signed_the_earlier_names_the_new_one_and_the_reverse(
    phone, number, loan, session, gateways, site, borrower, client
):
    paid(session, number, fen=20_000, on=date(2026, 11, 23))
    now = plan_of(session, number).created_at + timedelta(hours=5)
    new = change_signed(
        session,
        plain(gateways),
        site,
        borrower=borrower,
        loan=loan,
        agreement=number,
        now=now,
    )
    page = phone.get(f"/agreement/{number}")
    assert f"协议 {new} 取代了这一份" in text(page)
    assert "已由新的协议取代" in text(page)
    page = phone.get(f"/agreement/{new}")
    assert number in text(page)
    assert "执行中" in text(page)
    assert "取代还款协议" in text(page)
    assert new in text(phone.get(f"/loan/{loan.public_id}"))
