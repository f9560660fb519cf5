"""The desk answers appeals: another person than refused, shown before it is sent."""

import pytest
from sqlalchemy import select

from app.models import Appeal, Decision, OutboxItem, PlanVersion
from tests.support.appeals import WORDS, appeal, refused
from tests.support.people import make_staff, sign_in_as, sign_in_staff
from tests.support.proposals import StaffMember

ANSWER = "再看了一遍，按现在的收入还是太紧。我们会打电话和您商量。"


@pytest.fixture
def refuser(session):
    return make_staff(session, "agent", username="jing", display_name="李静")


@pytest.fixture
def appealed(session, gateways, site, refuser):
    """(borrower, version) of an appeal that waits."""
    decider = StaffMember(refuser.id, refuser.public_id, refuser.person_id, frozenset({"agent"}))
    borrower, version = refused(session, gateways.vault, site, decider=decider)
    appeal(session, gateways.vault, borrower, version)
    session.commit()
    return borrower, version


@pytest.fixture
def desk(client, session):
    return sign_in_staff(
        client, session, make_staff(session, "agent", username="fang", display_name="王芳")
    )


def preview(desk, version, **values):
    address = f"/admin/plan/{version}"
    return desk.post_form(desk.get(address), _action=address, _button="预览", **values)


def state(session, version) -> str:
    session.rollback()
    return session.scalars(select(PlanVersion.state).where(PlanVersion.public_id == version)).one()


def test_the_list_and_the_case_tell_of_the_appeal_with_its_clock(desk, appealed):
    page = desk.get("/admin/?tab=appeals")
    assert "申诉 1" in page.page.text()
    text = desk.follow(page, "打开").page.text()
    assert WORDS in text
    assert "最晚 12月2日" in text
    assert "本人申诉" in text
    assert "没有通过" in text
    assert "请本人改一改写明" not in text  # an appeal is answered, not turned into a change


@pytest.mark.parametrize(
    ("answer", "reason", "ends"),
    [("approve", "within_means", "approved"), ("refuse", "amount_too_low", "upheld")],
)
def test_answered_as_shown(desk, app, session, gateways, appealed, answer, reason, ends):
    borrower, version = appealed
    page = preview(desk, version, answer=answer, reason_code=reason, words=ANSWER)
    shown_sms, shown_page = (
        page.page.by_id("sms-text").text(),
        page.page.by_id("shown-page").text().split(),
    )
    assert state(session, version) == "under_appeal"
    page = desk.post_form(page, _button="发出")
    assert state(session, version) == ends
    assert ANSWER in page.page.text()
    one = session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc()).limit(1)).one()
    sent = gateways.vault.unseal(
        one.payload_enc, table="outbox", row=one.idempotency_key, column="payload"
    )
    assert shown_sms in sent
    read = (
        sign_in_as(app.test_client(), session, borrower)
        .get(f"/plan/{version}")
        .page.first("main")
        .text()
        .split()
    )
    assert [word for word in shown_page if word not in read] == []
    assert session.scalars(select(Appeal.answered_by)).one() == "person-fang"


def test_who_refused_reads_that_another_person_answers(app, session, refuser, appealed):
    _borrower, version = appealed
    desk = sign_in_staff(app.test_client(), session, refuser)
    page = desk.get(f"/admin/plan/{version}")
    assert "申诉要由另一位同事来看" in page.page.text()
    assert "预览" not in page.page.text()
    token = next(
        one.get("value") for one in page.page.iter("input") if one.get("name") == "csrf_token"
    )
    sent = {
        "csrf_token": token,
        "answer": "approve",
        "reason_code": "within_means",
        "request_key": "k",
        "act": "send",
    }
    assert "申诉要由另一位同事来看" in desk.post(f"/admin/plan/{version}", data=sent).page.text()
    assert (
        "申诉要由另一位同事来看"
        in desk.post(f"/admin/plan/{version}/take", data={"csrf_token": token}).page.text()
    )
    assert state(session, version) == "under_appeal"


def test_a_double_click_answers_an_appeal_once(desk, session, appealed):
    _borrower, version = appealed
    page = preview(desk, version, answer="refuse", reason_code="amount_too_low", words=ANSWER)
    for _ in range(2):
        desk.post_form(page, _button="发出")
    assert session.scalars(select(Decision.round).order_by(Decision.round)).all() == [1, 2]


def test_compliance_does_not_read_what_was_told(app, session, appealed):
    _borrower, version = appealed
    desk = sign_in_staff(
        app.test_client(), session, make_staff(session, "compliance", username="hegui")
    )
    assert WORDS not in desk.get(f"/admin/plan/{version}").get_data(as_text=True)
