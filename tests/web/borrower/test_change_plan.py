"""Pages on which a borrower changes what is not signed: before, while, and after."""

import pytest
from sqlalchemy import select

from app.models import PlanVersion
from app.services.proposals.submitting import withdraw_plan
from tests.support import people
from tests.support.acting import acting
from tests.support.proposals import (
    actor_of,
    approved_at_once,
    changed,
    decide,
    make_staff,
    submitted,
)


@pytest.fixture
def offered(session, gateways, site, borrower, loan) -> str:
    return approved_at_once(session, gateways.vault, site, borrower=borrower, loan=loan)


@pytest.fixture
def waiting(session, gateways, site, borrower, loan) -> str:
    return submitted(session, gateways.vault, site, borrower=borrower, loan=loan)


def text(page) -> str:
    return page.page.text()


def begin(phone, version):
    return phone.post_form(phone.get(f"/plan/{version}"), _action="/change")


def versions(session) -> list[tuple[str, str]]:
    session.rollback()
    query = select(PlanVersion.public_id, PlanVersion.state).order_by(PlanVersion.id)
    return [tuple(one) for one in session.execute(query)]


@pytest.mark.parametrize("kind", ["offered", "waiting"])
def test_the_page_offers_to_change_before_taking_back(phone, request, kind):
    version = request.getfixturevalue(kind)
    assert "改一改这个方案" in text(phone.get(f"/plan/{version}"))
    assert "不用撤回" in text(phone.get(f"/plan/{version}/withdraw"))


def test_every_answer_is_there_and_nothing_is_submitted_yet(phone, session, offered):
    page = begin(phone, offered)
    assert page.request.path.endswith("/plan/check")
    for words in ("请核对改动，然后提交", "和原来的一样，还没有改动", "¥1,300.00", "每月 10 日"):
        assert words in text(page)
    assert "提交改动" not in text(page)
    assert versions(session) == [(offered, "approved")]
    assert "接着改" in text(phone.get(f"/plan/{offered}"))


def test_one_answer_is_changed_and_the_new_one_stands_in_its_place(phone, session, loan, offered):
    begin(phone, offered)
    page = phone.get(f"/loan/{loan.public_id}/plan/monthly?back=check")
    page = phone.post_form(page, answer="2000")
    for words in ("原来", "改成", "马上有结果", "到 11月30日（含当天）有效", "提交改动"):
        assert words in text(page), words
    page = phone.post_form(page, _button="提交改动")
    assert page.request.path.endswith("/done")
    (_, first), (second, state) = versions(session)
    assert (first, state) == ("superseded", "approved")
    # The address of before leads on, and says what became of it.
    page = phone.get(f"/plan/{offered}")
    assert "这一份已经有新的代替" in text(page)
    assert f'/plan/{second}"' in page.get_data(as_text=True)
    assert "您改了方案" in text(phone.get(f"/plan/{second}"))
    assert "这份方案您改过了" in text(phone.get(f"/plan/{offered}/sign"))


def test_giving_up_an_offer_for_what_a_person_decides_is_said_first(phone, loan, offered):
    begin(phone, offered)
    page = phone.get(f"/loan/{loan.public_id}/plan/monthly?back=check")
    page = phone.post_form(page, answer="600")
    assert page.request.path.endswith("/household")  # so long a plan asks for it
    page = phone.post_form(page, _button="skip")
    assert "原来那份已经同意了" in text(page)
    assert "由人来看，最晚" in text(page)


def test_answered_while_it_was_changed_is_read_before_it_is_given_up(
    phone, session, gateways, site, loan, waiting
):
    begin(phone, waiting)
    page = phone.get(f"/loan/{loan.public_id}/plan/monthly?back=check")
    page = phone.post_form(page, answer="2000")
    decide(session, gateways.vault, site, waiting, make_staff(session))
    page = phone.post_form(page, _button="提交改动")
    assert "刚刚有了变化" in text(page)
    assert "原来那份已经同意了" in text(page)
    assert versions(session) == [(waiting, "approved")]


@pytest.mark.parametrize("how", ["withdrawn", "refused"])
def test_after_the_end_the_answers_are_there_again(
    phone, session, gateways, site, borrower, loan, waiting, how
):
    if how == "withdrawn":
        context = acting(actor=actor_of(borrower))
        withdraw_plan(session, context, borrower_id=borrower.id, version_public_id=waiting)
    else:
        decide(session, gateways.vault, site, waiting, make_staff(session), answer="refuse")
    page = phone.get(f"/loan/{loan.public_id}/plan", follow_redirects=True)
    assert page.request.path.endswith("/plan/check")
    assert "¥1,300.00" in text(page)
    page = phone.get(f"/loan/{loan.public_id}/plan/monthly?back=check")
    page = phone.post_form(phone.post_form(page, answer="2000"), _button="提交还款方案")
    assert page.request.path.endswith("/done")
    assert [state for _id, state in versions(session)] == [how, "submitted"]


def test_the_desk_comes_to_the_version_that_stands(
    client, session, gateways, site, borrower, waiting
):
    second = changed(session, gateways.vault, site, borrower, waiting, monthly_fen=200_000)
    desk = people.sign_in_staff(client, session, people.make_staff(session, "agent"))
    page = desk.get(f"/admin/plan/{waiting}", follow_redirects=True)
    assert page.request.path == f"/admin/plan/{second}"
    assert "本人改了方案" in text(page)
