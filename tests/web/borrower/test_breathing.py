"""The page of breathing space: the sum first, one tap, and how it stands afterwards."""

import pytest
from sqlalchemy import func, select

from app.models import Hold
from app.services.holds.breathing import breathing
from tests.factories import make_hold, make_plan
from tests.support.acting import acting
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


@pytest.mark.parametrize("address", ["/home", "/loan/{}"])
def test_it_is_found_where_it_is_needed(phone, loan, address):
    page = phone.get(address.format(loan.public_id))
    assert "/breathing" in {a.get("href") for a in page.page.iter("a")}
