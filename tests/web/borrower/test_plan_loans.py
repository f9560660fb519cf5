"""Which loans go into one plan, on the page."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app.domain.money import yuan
from app.models import PlanLoan, PlanVersion
from tests.factories import make_loan, make_plan
from tests.support.asking import pick


@pytest.fixture
def loans(session, borrower):
    return [make_loan(session, borrower, paid=6), make_loan(session, borrower, paid=7)]


def page_of(phone, loan):
    return phone.get(f"/loan/{loan.public_id}/plan", follow_redirects=True)


def ticked(page):
    return [
        one.get("value")
        for one in page.page.iter("input")
        if one.get("type") == "checkbox" and one.get("checked") is not None
    ]


def test_two_loans_make_one_plan_with_one_question_more(phone, session, loans):
    page = page_of(phone, loans[0])
    assert page.request.path.endswith("/plan/loans")
    assert "第 1 步，共 6 步" in page.page.text()
    assert ticked(page) == [one.public_id for one in loans]
    page = phone.post_form(page, answer=[one.public_id for one in loans])
    page = phone.post_form(page, _action="/reason", _button="skip")
    page = phone.post_form(pick(phone, page), answer="2600")
    assert "2 笔借款合成一份" in page.page.text()
    assert "，2 笔放在一起" in " ".join(page.page.text().split())
    page = phone.post_form(page, _button="choose", choice="best_fit")
    assert phone.post_form(page).request.path.endswith("/done")
    session.rollback()
    assert session.scalar(select(func.count()).select_from(PlanLoan)) == 2
    assert len(session.scalars(select(PlanVersion.terms)).one()["loans"]) == 2


def test_the_sum_follows_the_ticks_and_nothing_is_kept_yet(phone, loans):
    page = page_of(phone, loans[0])
    page = phone.post_form(page, answer=[loans[1].public_id], _button="recount")
    assert ticked(page) == [loans[1].public_id]
    assert "选了 1 笔" in page.page.text()
    assert ticked(page_of(phone, loans[0])) == [one.public_id for one in loans]


def test_none_ticked_is_said_at_the_question(phone, loans):
    page = phone.post_form(page_of(phone, loans[0]), answer=[])
    assert "请至少选一笔" in page.page.text()
    assert "¥0.00" not in page.page.text()


def test_what_needs_a_person_and_what_cannot_be_chosen_say_so(phone, session, borrower, loans):
    disputed = make_loan(session, borrower, disputed=True)
    differs = make_loan(session, borrower, differences={"penalty": 37})
    current = make_loan(session, borrower, paid=11)
    taken = make_loan(session, borrower)
    version = make_plan(session, taken)
    make_loan(session, borrower, missing_since_on=date(2026, 11, 20))
    page = page_of(phone, loans[0])
    text = page.page.text()
    for words in ("整份就由人来看", "还在核对", yuan(37), "还没到还款日", "正在核对，核对好之前"):
        assert words in text
    offered = {one.get("value") for one in page.page.iter("input") if one.get("name") == "answer"}
    assert {disputed.public_id, differs.public_id} <= offered
    assert not {current.public_id, taken.public_id} & offered
    put_off = next(a for a in page.page.iter("a") if "给这一笔办延期" in a.text())
    assert current.public_id in put_off.get("href")
    assert phone.follow(page, "看那份方案").request.path == f"/plan/{version.public_id}"


def test_the_loan_of_the_start_may_be_left_out(phone, loans):
    page = phone.post_form(page_of(phone, loans[0]), answer=[loans[1].public_id])
    assert page.request.path == f"/loan/{loans[1].public_id}/plan/reason"


def test_one_loan_is_not_asked_about(phone, session, borrower):
    only = make_loan(session, borrower)
    make_loan(session, borrower, paid=11)
    assert page_of(phone, only).request.path.endswith("/reason")
