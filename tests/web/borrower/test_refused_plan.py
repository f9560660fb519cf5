"""After a refusal: the nearest plan that is agreed to at once, laid out by one tap; where there is
none, a person and breathing space.
"""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.models import PlanVersion
from tests.factories import make_loan
from tests.support.appeals import refused
from tests.support.people import make_staff as make_account
from tests.support.people import sign_in_staff
from tests.support.proposals import ANSWERS, answered, decide, make_staff, submit, submitted
from tests.support.several import proposed_over
from tests.support.telling import earn

LITTLE = replace(ANSWERS, monthly_fen=25_000)


@pytest.fixture
def asked(session, gateways, site, borrower, loan) -> str:
    earn(session, gateways.vault, borrower, loan, 800_000, 500_000)
    mine = {"borrower": borrower, "loan": loan}
    proposed = answered(session, gateways.vault, answers=LITTLE, **mine)
    return submit(session, gateways.vault, site, proposed)


@pytest.fixture
def no(session, gateways, site, asked) -> str:
    boss = make_staff(session, roles=("supervisor",))
    decide(session, gateways.vault, site, asked, boss, answer="refuse")
    return asked


def next_sheet(page) -> str:
    return next(one for one in page.page.iter("section") if one.has_class("ah-sheet--next")).text()


def test_the_nearest_plan_stands_beside_the_reason_and_is_agreed_to_at_once(
    session, phone, loan, no
):
    page = phone.get(f"/plan/{no}")
    text = next_sheet(page)
    assert "这样提，当场就能同意" in text
    assert "共 24 期" in text
    assert "您提的是每月" in text
    for way in ("换个数，再提一次", "要申诉"):
        assert way in text
    page = phone.post_form(page, _action="/nearest")
    assert page.request.path == f"/loan/{loan.public_id}/plan/check"
    page = phone.post_form(page)
    assert "您的方案已同意" in page.page.text()
    session.rollback()
    states = session.scalars(select(PlanVersion.state).order_by(PlanVersion.id)).all()
    assert states == ["refused", "approved"]


def test_what_is_no_longer_so_is_said_and_nothing_begun(
    session, gateways, site, phone, borrower, loan, no
):
    page = phone.get(f"/plan/{no}")
    loan.legal_review = True
    session.commit()
    page = phone.post_form(page, _action="/nearest")
    text = page.page.text()
    assert "这个方案不能再直接用" in text
    assert "还有别的路" in text


def test_where_no_plan_could_be_there_is_a_person_and_breathing_space(
    session, gateways, site, phone, borrower, loan
):
    version = refused(session, gateways.vault, site, borrower=borrower, loan=loan)[1]
    page = phone.get(f"/plan/{version}")
    text = page.page.text()
    assert "现在换个数也不能当场同意，要由人来看" in text
    assert "按这个方案提" not in text
    assert "请人给我打电话" in text
    links = {one.get("href") for one in page.page.iter("a")}
    assert "/breathing" in links


def test_beside_another_open_plan_it_leads_there_only(
    session, gateways, site, phone, borrower, loan, no
):
    submitted(session, gateways.vault, site, borrower=borrower, loan=loan)
    text = next_sheet(phone.get(f"/plan/{no}"))
    assert "看正在办的另一个方案" in text
    assert "当场" not in text


def test_the_desks_preview_shows_the_same(app, session, phone, asked):
    account = make_account(session, "supervisor", username="he")
    desk = sign_in_staff(app.test_client(), session, account)
    address = f"/admin/plan/{asked}"
    page = desk.post_form(
        desk.get(address),
        _action=address,
        _button="预览",
        answer="refuse",
        reason_code="amount_too_low",
        words="这个数要还很久，想和您一起再看看。",
    )
    shown = page.page.by_id("shown-page").text()
    assert "这样提，当场就能同意" in shown
    desk.post_form(page, _button="发出")
    session.rollback()
    read = phone.get(f"/plan/{asked}").page.first("main").text().split()
    assert [word for word in shown.split() if word not in read] == []


def test_of_several_loans_the_page_says_which_are_left_out(
    session, gateways, site, phone, borrower
):
    loans = [
        make_loan(session, borrower, product="教育分期", paid=7),
        make_loan(session, borrower, product="装修分期", paid=6, difference=True),
    ]
    made = proposed_over(
        session, gateways.vault, site, borrower, loans, disputed=False, choice="lowest"
    )
    boss = make_staff(session, roles=("supervisor",))
    version = made.public_id
    decide(session, gateways.vault, site, version, boss, answer="refuse")
    page = phone.get(f"/plan/{version}")
    text = next_sheet(page)
    assert "这样提，当场就能同意" in text
    assert f"只算 教育分期 尾号 {loans[0].ref[-4:]}；装修分期" in text
    page = phone.post_form(page, _action="/nearest")
    assert page.request.path == f"/loan/{loans[0].public_id}/plan/check"
    assert "装修分期" not in next(page.page.iter("main")).text()
