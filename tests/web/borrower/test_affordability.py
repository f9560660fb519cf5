"""The pages about a month: asked where the policy says, left out in one tap, what is left and its
target; and a way for who can pay nothing now.
"""

import pytest
from sqlalchemy import select

from app.domain.budget import INCOMES, SPENDING, Budget
from app.models import AuditEntry, PlanDraft
from app.services.proposals.draft_queries import draft_of
from app.web.words import INCOME_SOURCES, SPENDING_GROUPS
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.month import tell_month, to_month, to_options

PAGES = ("household", "income", "spending", "debts", "left")


def journey(loan, step="") -> str:
    return f"/loan/{loan.public_id}/plan" + (f"/{step}" if step else "")


def told(session, gateways, loan) -> Budget | None:
    session.rollback()
    context = acting(vault=gateways.vault)
    draft = draft_of(session, context, borrower_id=loan.borrower_id, loan_id=loan.id)
    return draft.hardship.budget


def fields(page) -> dict[str, str]:
    return {one.get("name"): one.get("value") for one in page.page.iter("input")}


def test_a_month_is_asked_where_the_policy_says_and_only_there(phone, loan):
    page = to_month(phone, loan, monthly="1300")
    assert page.request.path == journey(loan, "options")
    for step in PAGES:
        page = phone.get(journey(loan, step), follow_redirects=True)
        assert page.request.path == journey(loan, "options")
    page = phone.post_form(phone.get(journey(loan, "monthly")), answer="400")
    page = phone.get(journey(loan), follow_redirects=True)
    assert page.request.path == journey(loan, "household")
    assert "第 4 步，共 10 步" in page.page.text()


def test_one_question_a_page_group_by_group(phone, loan, session, gateways):
    page = to_month(phone, loan)
    assert "几个人靠这份钱生活" in page.page.text()
    page = phone.post_form(page, answer="3")
    assert all(INCOME_SOURCES[one] in page.page.text() for one in INCOMES)
    assert fields(page)["partner"] == fields(page)["benefits"] == "0"
    page = phone.post_form(page, own="4200", partner="1000", benefits="")
    assert all(SPENDING_GROUPS[one] in page.page.text() for one in SPENDING)
    assert {fields(page)[one] for one in SPENDING} == {"", "0"}
    page = phone.post_form(page, food="1500", housing="1800.50")
    page = phone.post_form(page, answer="500")
    text = page.page.text()
    for words in ("¥5,200.00", "¥3,300.50", "¥500.00", "每月余下", "¥1,399.50", "¥699.75"):
        assert words in text
    assert "紧" not in text
    assert phone.post_form(page).request.path == journey(loan, "options")
    budget = told(session, gateways, loan)
    assert (budget.people, budget.surplus_fen) == (3, 139_950)
    assert budget.incomes == {"own": 420_000, "partner": 100_000, "benefits": 0, "other": 0}


def test_what_was_typed_stays_where_something_is_to_be_mended(phone, loan):
    page = phone.post_form(to_month(phone, loan), answer=None)
    assert page.request.path == journey(loan, "household")
    assert "请选一个" in page.page.text()
    page = phone.post_form(phone.post_form(page, answer="1"), own="四千多", partner="900")
    assert page.request.path == journey(loan, "income")
    assert page.page.text().count("请用数字写金额，例如 1300") == 2
    assert (fields(page)["own"], fields(page)["partner"]) == ("四千多", "900")
    page = phone.post_form(phone.post_form(page, own="0"), food="")
    assert page.request.path == journey(loan, "spending")
    assert "请填写金额" in page.page.text()


def test_back_shows_what_was_told_and_a_second_tap_changes_nothing(phone, loan, session, gateways):
    income = phone.post_form(to_month(phone, loan), answer="2")
    for _tap in range(2):
        assert phone.post_form(income, own="5200").request.path == journey(loan, "spending")
    page = phone.get(journey(loan, "income"))
    assert fields(page)["own"] == "5200"
    checked = [
        one.get("value")
        for one in phone.get(journey(loan, "household")).page.iter("input")
        if one.get("checked") is not None
    ]
    assert checked == ["2"]
    assert told(session, gateways, loan).incomes["own"] == 520_000


def test_pages_ahead_lead_to_the_first_open_one(phone, loan):
    phone.post_form(to_month(phone, loan), answer="2")
    for step in ("debts", "options"):
        page = phone.get(journey(loan, step), follow_redirects=True)
        assert page.request.path == journey(loan, "income")
    page = phone.get(journey(loan, "left"), follow_redirects=True)
    assert page.request.path == journey(loan, "household")


@pytest.mark.parametrize("step", PAGES[:-1])
def test_on_each_page_all_of_it_is_left_out_in_one_tap(phone, loan, session, gateways, step):
    page = to_month(phone, loan)
    for values in ({"answer": "2"}, {"own": "5200"}, {"food": "900"}, {"answer": "0"}):
        if page.request.path == journey(loan, step):
            break
        page = phone.post_form(page, **values)
    page = phone.post_form(page, _button="skip")
    assert page.request.path == journey(loan, "options")
    assert "收入和开支没有说，所以由人来看" in page.page.text()
    assert "马上通过" not in page.page.text()
    assert told(session, gateways, loan) is None


def test_who_left_it_out_may_tell_it_later_and_sees_what_is_left(phone, loan):
    page = phone.post_form(to_month(phone, loan), _button="skip")
    page = phone.post_form(page, _button="choose", choice="best_fit")
    page = phone.get(journey(loan, "left") + "?back=check", follow_redirects=True)
    assert page.request.path == journey(loan, "household")
    page = tell_month(phone, page, "5200", "3000")
    assert page.request.path == journey(loan, "check")
    assert "¥2,200.00" in page.page.text()


@pytest.mark.parametrize("step", ["monthly", *PAGES])
def test_who_can_pay_nothing_now_is_shown_a_rest_and_a_person(phone, loan, step):
    to_options(phone, loan, "5200", "3000")
    page = phone.follow(phone.get(journey(loan, step)), "现在一分都拿不出")
    assert page.request.path == "/breathing"
    assert "请人给我打电话" in page.page.text()
    assert "这 30 天会多出" in page.page.text()


def test_more_than_half_of_what_is_left_is_warned_of_and_never_blocked(phone, loan):
    page = tell_month(phone, to_month(phone, loan), "3500", "3000", monthly="401")
    assert page.request.path == journey(loan, "options")
    assert "按每月 ¥401.00 算的" in page.page.text()
    assert "比您余下的 50%（¥250.00）多" in page.page.text()
    left = phone.get(journey(loan, "left"))
    assert "您写的每月 ¥401.00，比余下的 50%（¥250.00）多" in left.page.text()
    page = phone.post_form(phone.get(journey(loan, "options")), _button="choose", choice="best_fit")
    assert "比您余下的 50%（¥250.00）多" in page.page.text()
    assert phone.post_form(page).request.path.endswith("/done")


def test_the_target_is_taken_in_one_tap(phone, loan):
    to_options(phone, loan, "3600.01", "3000")
    left = phone.get(journey(loan, "left"))
    page = phone.post_form(left, _button="target")
    assert page.request.path == journey(loan, "options")
    assert "按每月 ¥300.00 算的" in page.page.text()
    assert "改成每月" not in phone.get(journey(loan, "left")).page.text()


def test_an_amount_on_the_last_page_takes_an_own_number_back(phone, loan):
    to_options(phone, loan, "3600", "3000")
    page = phone.post_form(phone.get(journey(loan, "options")), _button="recompute", periods="30")
    page = phone.post_form(phone.get(journey(loan, "left")), answer="450")
    assert page.request.path == journey(loan, "options")
    assert "按每月 ¥450.00 算的" in page.page.text()
    phone.post_form(page, _button="recompute", periods="30")
    left = phone.post_form(phone.get(journey(loan, "left")), _button="target")
    assert "按每月 ¥300.00 算的" in left.page.text()


def test_a_larger_amount_that_needs_no_month_goes_on(phone, loan):
    page = tell_month(phone, to_month(phone, loan), "9000", "3000", monthly="1300")
    assert page.request.path == journey(loan, "options")
    assert "按每月 ¥1,300.00 算的" in page.page.text()
    assert "每月余下" not in page.page.text()


def test_the_other_loans_here_stand_beside_and_count_as_spending(
    phone, loan, session, borrower, gateways
):
    other = make_loan(session, borrower, ref="LN2088770001", due_day=5)
    session.commit()
    phone.post_form(phone.get(journey(loan, "loans")), answer=[loan.public_id])
    page = to_month(phone, loan)
    for values in ({"answer": "2"}, {"own": "9000"}, {"food": "3000"}):
        page = phone.post_form(page, **values)
    assert "在我们这里的其他借款" in page.page.text()
    assert f"尾号 {other.ref[-4:]}" in page.page.text()
    page = phone.post_form(page, answer="0")
    budget = told(session, gateways, loan)
    assert list(budget.regular) == [other.ref]
    assert budget.surplus_fen == 900_000 - 300_000 - budget.regular_fen
    assert budget.regular_fen > 0
    assert "在我们这里的其他借款" in page.page.text()


def test_nothing_of_it_stands_in_plain(phone, loan, session):
    to_options(phone, loan, "7777.77", "3333.33")
    session.rollback()
    row = session.scalars(select(PlanDraft)).one()
    kept = str(row.answers) + str([one.after for one in session.scalars(select(AuditEntry))])
    for figure in ("777777", "333333", "444444", "people", "incomes"):
        assert figure not in kept
    assert b"777777" not in row.hardship_enc


def test_the_fastest_follows_the_surplus_and_says_that_it_is_more(phone, loan):
    text = to_options(phone, loan, "5200", "3000").page.text()
    assert "按您说的收入和开支，每月余下 ¥2,200.00" in text
    assert "最快还完" in text
    assert "每月比您说的 ¥400.00 多" in text
    assert "可能有点紧" not in text


@pytest.mark.parametrize("essential", ["3000", "3500"])
def test_where_nothing_is_left_a_person_and_breathing_space_come_first(phone, loan, essential):
    page = to_options(phone, loan, "3000", essential)
    text = page.page.text()
    assert "先顾好生活" in text
    assert "最快还完" not in text
    html = page.get_data(as_text=True)
    assert html.index('href="/breathing"') < html.index('id="plan-offer"')
    assert html.index("tel:400") < html.index('id="plan-offer"')
    assert "先顾好生活" in phone.get(journey(loan, "left")).page.text()


def test_a_shortfall_that_was_told_is_known_where_nothing_fits(phone, loan):
    to_options(phone, loan, "3000", "4000")
    phone.post_form(phone.get(journey(loan, "monthly")), answer="50")
    page = phone.get(journey(loan, "options"))
    assert "每月最少要" in page.page.text()
    assert "先顾好生活" in page.page.text()
    assert "−¥" not in page.page.text()


def test_smaller_is_advised_only_where_a_plan_is_smaller(phone, loan):
    text = to_options(phone, loan, "3000", "2990").page.text()
    assert "就把下面的数调小些" in text
    phone.post_form(phone.get(journey(loan, "monthly")), answer="50")
    page = phone.post_form(phone.get(journey(loan, "options")), _button="smallest")
    assert "调小些" not in page.page.text()
    assert "每月没有更少的方案了" in page.page.text()
    page = phone.post_form(page, _button="choose", choice="best_fit")
    assert page.request.path == journey(loan, "check")
    assert "改小" not in page.page.text()
    assert "最合适" not in page.page.text()
    assert "每月没有更少的方案了" in page.page.text()


def test_more_spending_than_income_is_said_in_words_and_life_comes_first(phone, loan):
    page = to_options(phone, loan, "3000", "4000")
    assert "先顾好生活" in page.page.text()
    assert "每月还差 ¥1,000.00" in page.page.text()
    assert "−¥" not in page.page.text()
    page = phone.post_form(page, _button="choose", choice="best_fit")
    text = page.page.text()
    assert page.request.path == journey(loan, "check")
    assert "每月还差 ¥1,000.00" in text
    assert "先顾好生活" in text
    assert "−¥" not in text
