"""Who is calling, at the desk: what is asked, right or wrong, never the answer; the whole name."""

import pytest
from sqlalchemy import select

from app.models import AuditEntry, SessionRow
from app.services.signin.sessions import stored_page
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.callers import RIGHT, WRONG
from tests.support.people import make_staff, sign_in_staff

NAME = "罗涵敏"


@pytest.fixture
def page(desk, session, borrower):
    make_loan(session, borrower)
    return desk.follow(desk.get(f"/admin/borrowers/{borrower.public_id}"), "核对来电")


@pytest.fixture
def begun(desk, page):
    return desk.post_form(page, _button="开始核对")


def test_two_right_answers_pass_and_no_page_shows_one(desk, begun):
    first = desk.post_form(begun, _button="对不对", heard=RIGHT["id_last4"])
    second = desk.post_form(first, _button="对不对", heard=RIGHT["birth_on"])
    assert "第 1 问" in begun.page.text()
    assert "第 2 问" in first.page.text()
    assert "核对过，是本人" in second.page.text()
    for one in (begun, first, second):
        for said in RIGHT.values():
            assert said not in one.get_data(as_text=True)


def test_a_wrong_answer_says_so_and_asks_the_next(desk, begun):
    page = desk.post_form(begun, _button="对不对", heard=WRONG["id_last4"])
    assert "不对" in page.page.text()
    assert "1 / 3" in page.page.text()
    assert "请问您的出生年月日是哪一天" in page.page.text()
    assert WRONG["id_last4"] not in page.get_data(as_text=True)


def test_nothing_typed_or_nonsense_is_asked_again(desk, begun):
    for heard in ("", "不知道"):
        page = desk.post_form(begun, _button="对不对", heard=heard)
        assert "有一处要改一下" in page.page.text()
        assert "第 1 问" in page.page.text()
        assert "不知道" not in page.get_data(as_text=True)


def test_another_question_and_hanging_up(desk, begun):
    page = desk.post_form(begun, _button="换一问")
    assert "请问您的出生年月日是哪一天" in page.page.text()
    page = desk.post_form(page, _button="先挂断")
    assert "另一通电话，重新核对" in page.page.text()


def test_three_wrong_stop_and_say_from_when_it_goes_on(desk, begun, session, clock):
    page = begun
    for item in ("id_last4", "birth_on"):
        page = desk.post_form(page, _button="对不对", heard=WRONG[item])
    assert "这通电话没有核对过" in page.page.text()
    page = desk.post_form(page, _button="另一通电话")
    page = desk.post_form(page, _button="对不对", heard=WRONG["id_last4"])
    assert "先不核对" in page.page.text()
    assert "2026年11月24日 10:00 以后才能再核对" in page.page.text()
    assert "对不对" not in page.page.text()
    clock.advance(hours=23)
    sign_in_staff(desk, session, make_staff(session, "agent", username="lin"), now=clock.now())
    assert "开始核对" not in desk.get(page.request.path).page.text()
    clock.advance(hours=1)
    sign_in_staff(desk, session, make_staff(session, "agent", username="an"), now=clock.now())
    assert "开始核对" in desk.get(page.request.path).page.text()


def test_what_a_caller_said_is_not_kept_with_a_session_that_ran_out(
    desk, begun, session, gateways, clock
):
    clock.advance(minutes=31)
    desk.post_form(begun, _button="对不对", _follow=False, heard=RIGHT["id_last4"])
    session.rollback()
    row = session.scalars(select(SessionRow)).one()
    kept = stored_page(session, acting(vault=gateways.vault), session_id=row.id)
    assert kept is not None
    assert ("act", "hear") in kept.typed
    assert RIGHT["id_last4"] not in str(kept.typed)


def test_the_whole_name_by_password_and_on_record(desk, page, session, borrower, clock):
    address = f"/admin/borrowers/{borrower.public_id}"
    masked = desk.get(address)
    assert NAME not in masked.get_data(as_text=True)
    shown = desk.post_form(masked, _action="/name")
    assert NAME in shown.page.text()
    assert NAME not in desk.get(address).get_data(as_text=True)
    looks = select(AuditEntry.object_id).where(AuditEntry.action == "borrower.name_seen")
    session.rollback()
    assert session.scalars(looks).all() == [borrower.public_id]
    clock.advance(minutes=29)
    assert NAME not in desk.post_form(desk.get(address), _action="/name").get_data(as_text=True)
    session.rollback()
    assert session.scalars(looks).all() == [borrower.public_id]


def test_compliance_reads_and_checks_nobody(client, session, borrower):
    reader = sign_in_staff(client, session, make_staff(session, "compliance"))
    page = reader.get(f"/admin/borrowers/{borrower.public_id}")
    assert "核对来电" not in page.page.text()
    assert "看完整姓名" not in page.page.text()
    assert reader.get(f"/admin/borrowers/{borrower.public_id}/caller").status_code == 403
