"""The desk fills in a proposal with the borrower on the phone."""

import re

import pytest
from sqlalchemy import select

from app.domain.plan import FirstPaymentTooLarge, MonthlyNeeded
from app.models import PlanDraft, PlanVersion
from app.services.hardship.records import open_hardship
from tests.factories import make_loan
from tests.support.people import make_staff, sign_in_as, sign_in_staff
from tests.support.proposals import submitted


@pytest.fixture
def loan(session, borrower):
    return make_loan(session, borrower, differences={"interest": 5})


def compute(desk, loan, **values):
    page = desk.follow(desk.get(f"/admin/loans/{loan.public_id}"), "帮本人填方案")
    return desk.post_form(page, _button="算一算", **({"monthly": "600", "pay_day": "10"} | values))


def test_computed_entered_confirmed_and_not_decided_by_the_maker(
    desk, app, session, borrower, loan
):
    page = compute(desk, loan)
    assert "每月" in page.page.text()
    assert "最合适" in page.page.text()
    page = desk.post_form(page, _button="帮本人填好", choice="best_fit")
    assert page.request.path == f"/admin/loans/{loan.public_id}"
    assert "已帮本人填好" in page.page.text()
    assert "帮本人填过一份" in desk.get(f"/admin/loans/{loan.public_id}/plan").page.text()
    phone = sign_in_as(app.test_client(), session, borrower)
    check = phone.get(f"/loan/{loan.public_id}/plan", follow_redirects=True)
    assert check.request.path.endswith("/plan/check")
    assert "客服帮您填好了" in check.page.text()
    done = phone.post_form(check, _action="/plan/check", _button="提交还款方案")
    version = re.search(r"/plan/(\w{20})", done.request.path).group(1)
    assert "帮本人填过一份" not in desk.get(f"/admin/loans/{loan.public_id}/plan").page.text()
    text = desk.get(f"/admin/plan/{version}").page.text()
    assert "在电话里帮本人填写" in text
    assert "要由另一位同事答复" in text
    assert "预览" not in text
    session.rollback()
    assert session.scalars(select(PlanVersion.author_kind)).one() == "staff"


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"monthly": ""}, "请填写金额"),
        ({"monthly": "一千"}, "请用数字写金额"),
        ({"pay_day": ""}, "请选一个日子"),
        ({"income_own": "5000"}, "要么都填，要么都不填"),
        ({"spending_housing": "800"}, "要么都填，要么都不填"),
        ({"people": "2"}, "要么都填，要么都不填"),
        ({"income_partner": "五千多"}, "请用数字写金额"),
        ({"monthly": "1500", "income_own": "5000", "spending_food": "3000"}, "这个数不看收入"),
        (
            {"monthly": "1500", "income_own": "3000", "spending_food": "4000"},
            "请先一起想想更少的数",
        ),
        ({"upfront": "9999999"}, FirstPaymentTooLarge.message),
        ({"monthly": "20"}, "每月最少要"),
    ],
)
def test_what_is_lacking_is_told_and_kept(desk, session, loan, values, advice):
    page = compute(desk, loan, **values)
    assert advice in page.page.text()
    for name, typed in values.items():
        kept = page.page.by_id(name)
        assert typed in (kept.get("value") or kept.text())
    assert session.scalars(select(PlanDraft)).all() == []


def test_an_amount_that_was_not_sent_at_all_is_asked_for(desk, loan):
    page = compute(desk, loan, monthly=None)
    assert page.status_code == 200
    assert MonthlyNeeded.message in page.page.text()


def test_a_loan_with_an_open_plan_says_so(desk, session, gateways, site, borrower, loan):
    submitted(session, gateways.vault, site, borrower=borrower, loan=loan)
    page = desk.get(f"/admin/loans/{loan.public_id}/plan")
    assert "已经有一个方案在进行" in page.page.text()
    page = desk.post_form(page, _button="算一算", monthly="600", pay_day="10")
    assert "最合适" in page.page.text()
    assert "帮本人填好" not in page.page.text()


def test_compliance_does_not_fill_in_plans(client, session, loan):
    desk = sign_in_staff(client, session, make_staff(session, "compliance"))
    assert "帮本人填方案" not in desk.get(f"/admin/loans/{loan.public_id}").page.text()
    assert desk.get(f"/admin/loans/{loan.public_id}/plan").status_code == 403


def test_a_month_is_told_group_by_group_and_an_empty_row_is_nothing(desk, session, gateways, loan):
    said = {"income_own": "4200", "income_partner": "1000", "spending_food": "1500.50"}
    page = compute(desk, loan, people="3", debts="500", **said)
    assert "每月余下 ¥3,199.50" in page.page.text()
    desk.post_form(page, _button="帮本人填好", choice="best_fit")
    row = session.scalars(select(PlanDraft)).one()
    told = open_hardship(
        row.hardship_enc, vault=gateways.vault, table="plan_drafts", row=row.request_key
    )
    assert (told.budget.people, told.surplus_fen) == (3, 319_950)
    assert told.budget.incomes == {"own": 420_000, "partner": 100_000, "benefits": 0, "other": 0}
    assert told.budget.spending["food"] == 150_050
    assert "420000" not in str(row.answers)


def test_what_the_other_loans_ask_for_is_shown_and_counts(desk, session, borrower, loan):
    other = make_loan(session, borrower)
    page = compute(desk, loan, income_own="5000", spending_food="1000")
    text = page.page.text()
    assert f"尾号 {other.ref[-4:]}" in text
    assert "已经算进开支" in text
    assert "每月余下 ¥4,000.00" not in text
