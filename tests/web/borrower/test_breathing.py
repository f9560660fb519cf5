"""The page of breathing space: the sum first, one tap, and how it stands afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models import Hold
from app.services.holds.breathing import breathing
from tests.factories import make_hold, make_loan, make_plan
from tests.support.acting import acting
from tests.support.asking import say_amounts, to_amounts
from tests.support.clock import NOW
from tests.support.month import tell_month
from tests.support.people import sign_in_as


def test_the_sum_stands_before_the_button(phone, loan, session, borrower):
    total = breathing(session, acting(), borrower_id=borrower.id).total_fen
    page = phone.get("/breathing")
    text = page.page.text()
    assert "这 30 天会多出" in text
    shown = f"¥{total // 100:,}.{total % 100:02d}"
    assert text.index(shown) < text.index("开始，30 天不联络我")
    assert "不算您同意还款" in text


def test_one_tap_begins_it_and_home_shows_it(phone, loan, session):
    page = phone.get("/breathing")
    for _tap in range(2):
        after = phone.post_form(page)
    assert after.request.path == "/breathing"
    assert "到 12月23日" in after.page.text()
    assert session.scalar(select(func.count()).select_from(Hold)) == 1
    home = phone.get("/home").page.text()
    assert "暂缓联络生效中" in home
    assert "12月23日前，不打电话，不发提醒。利息和罚息照常算。" in home


def test_a_second_one_says_why_not_and_leads_to_a_person(phone, loan, session, borrower, clock):
    phone.post_form(phone.get("/breathing"))
    clock.advance(days=40)
    sign_in_as(phone, session, borrower, now=clock.now())
    page = phone.get("/breathing")
    assert "下次是 2027年11月23日" in page.page.text()
    targets = {a.get("href") for a in page.page.iter("a")}
    assert "/callback?topic=talk" in targets
    assert not [b for b in page.page.first("main").iter("button")]


def test_while_a_plan_is_handled_it_is_kept_for_later(phone, loan, session, borrower):
    make_plan(session, loan, state="submitted")
    page = phone.get("/breathing").page  # a second hold within the policy's days waits for a person
    assert "有结果之前利息和罚息都停着" in page.text()
    assert "照常算" not in page.text()
    assert "天不联络我" in page.text()
    make_hold(session, borrower, loan_id=loan.id)
    text = phone.get("/breathing").page.text()
    assert "本来就不催收。这一次机会给您留着" in text
    assert "停着" not in text  # of a plan that is kept it would not be true


BEFORE = NOW - timedelta(days=100)  # 15 August 2026 in Beijing
USED = "您从 2026年8月15日用过，2027年8月15日起可以再用"


def options(phone, loan, monthly, income=None):
    """The page of options; with income, nothing is left of it."""
    page = say_amounts(phone, loan, to_amounts(phone, loan), monthly=monthly)
    if income:
        page = tell_month(phone, page, income, income)
    assert page.request.path.endswith("/options")
    return page


PAGES = {
    "home": lambda phone, loan: phone.get("/home"),
    "loan": lambda phone, loan: phone.get(f"/loan/{loan.public_id}"),
    "hold": lambda phone, loan: phone.get("/hold"),
    "nothing fits": lambda phone, loan: options(phone, loan, "50"),
    "nothing left": lambda phone, loan: options(phone, loan, "400", "3000"),
}


def ways(page):
    return [a.get("href") for a in page.page.first("main").iter("a")]


@pytest.mark.parametrize("name", PAGES)
def test_it_is_found_where_it_is_needed_and_says_how_often(phone, loan, name):
    page = PAGES[name](phone, loan)
    assert "/breathing" in ways(page)
    assert "12 个月里可以用一次" in page.page.text()


@pytest.mark.parametrize("name", PAGES)
def test_used_up_it_says_since_when_and_when_again_and_leads_to_a_person(
    phone, loan, session, borrower, name
):
    make_hold(session, borrower, cause="breathing", from_at=BEFORE, until_at=BEFORE)
    page = PAGES[name](phone, loan)
    assert "/breathing" not in ways(page)
    assert USED in page.page.text()
    assert "可以先缓一缓" not in page.page.text()
    assert "申请先缓一缓" not in page.page.text()
    assert "或者先缓一缓" not in page.page.text()
    assert "/callback?topic=talk" in ways(page)


@pytest.mark.parametrize("name", ["home", "hold"])
@pytest.mark.parametrize("paid", [11, 24], ids=["nothing due yet", "nothing owed"])
def test_it_is_not_offered_to_whom_it_does_not_help(phone, session, borrower, name, paid):
    loan = make_loan(session, borrower, paid=paid)
    page = PAGES[name](phone, loan)
    assert "/breathing" not in ways(page)
    assert "缓一缓" not in page.page.text()


def test_while_a_plan_holds_contact_no_page_offers_it(phone, session, borrower, loan):
    make_plan(session, loan, state="submitted")
    make_hold(session, borrower, loan_id=loan.id)
    for name in ("home", "loan", "hold"):
        assert "/breathing" not in ways(PAGES[name](phone, loan))


@pytest.mark.parametrize(
    ("paid", "used", "told"),
    [
        (11, False, "这一次机会给您留着"),
        (11, True, "12 个月里的一次您用过了，下次是 2027年8月15日"),
        (24, False, "您现在没有需要还的借款"),
    ],
)
def test_the_page_itself_says_why_not_now(phone, session, borrower, paid, used, told):
    make_loan(session, borrower, paid=paid)
    if used:
        make_hold(session, borrower, cause="breathing", from_at=BEFORE, until_at=BEFORE)
    page = phone.get("/breathing").page
    assert "现在不用申请" in page.text()
    assert told in page.text()
    assert ("给您留着" in page.text()) is (told == "这一次机会给您留着")
    assert not [b for b in page.first("main").iter("button")]
