"""A mobile is changed at the desk: typed twice, confirmed by a colleague, objected to, decided."""

import pytest
from sqlalchemy import select

from app.models import Borrower
from tests.factories import make_borrower, make_loan
from tests.support.callers import NEW, RIGHT
from tests.support.people import make_staff, sign_in_as, sign_in_staff


class Desks:
    """Three members of staff, each with a browser of their own."""

    def __init__(self, app, session, borrower):
        self.app, self.session = app, session
        self.address = f"/admin/borrowers/{borrower.public_id}/caller"
        self.mei, self.lin = self.sits("mei", "agent"), self.sits("lin", "agent")
        self.boss = self.sits("zhou", "supervisor")

    def sits(self, username, role):
        staff = make_staff(self.session, role, username=username, display_name=username)
        return sign_in_staff(self.app.test_client(), self.session, staff)

    def check(self):
        page = self.mei.post_form(self.mei.get(self.address), _button="开始核对")
        for item in ("id_last4", "birth_on"):
            page = self.mei.post_form(page, _button="对不对", heard=RIGHT[item])
        return page

    def enter(self, **typed):
        values = {"mobile": NEW, "again": NEW, "reason": "closed"} | typed
        return self.mei.post_form(self.check(), _action="/mobile", **values)

    def confirm(self):
        page = self.lin.get(self.address)
        return self.lin.post_form(page, _action="/confirm", _button="确认换成新号")


@pytest.fixture
def borrower(session, gateways):
    one = make_borrower(session, gateways.vault)
    make_loan(session, one)
    return one


@pytest.fixture
def desks(app, session, borrower):
    return Desks(app, session, borrower)


def mobile(session, gateways):
    session.rollback()
    one = session.scalars(select(Borrower)).one()
    return gateways.vault.unseal(
        one.mobile_enc, table="borrowers", row=one.public_id, column="mobile"
    )


def test_before_the_check_no_number_can_be_entered(desks):
    page = desks.mei.get(desks.address)
    assert "录入，等另一位同事确认" not in page.page.text()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"again": "19003740001"}, "两遍不一样"),
        ({"mobile": "12345"}, "11 位手机号"),
        ({"reason": ""}, "请选一个原因"),
        ({"mobile": "19003740000", "again": "19003740000"}, "这就是现在登记的号码"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(desks, session, typed, words):
    page = desks.enter(**typed)
    assert words in page.page.text()
    assert "等另一位同事确认" in page.page.text()


def test_one_enters_another_confirms(desks, session, gateways, sms, client, borrower):
    page = desks.enter()
    assert "您录的，要别的同事来确认" in page.page.text()
    assert NEW not in page.get_data(as_text=True)
    assert mobile(session, gateways) == "19003740000"
    waiting = desks.lin.follow(desks.lin.get("/admin/callbacks"), "等确认的换号")
    assert "1 次换手机号等着办" in waiting.page.text()
    assert desks.lin.follow(waiting, "打开").request.path == desks.address
    page = desks.confirm()
    assert "2026年11月24日 10:00 前不能签字、退款、再换号" in page.page.text()
    assert mobile(session, gateways) == NEW
    assert "没有等着办的换号" in desks.lin.get("/admin/mobile-changes").page.text()


def test_who_entered_it_has_no_button_and_is_refused(desks, session, gateways):
    page = desks.enter()
    assert "确认换成新号" not in page.page.text()
    address = desks.lin.get(desks.address).page
    target = next(
        form.get("action") for form in address.iter("form") if "/confirm" in form.get("action", "")
    )
    page = desks.mei.post_form(page, _action="/mobile/", _button="撤下", _follow=True)
    assert "已撤下" in page.page.text()
    token = next(
        one.get("value") for one in page.page.iter("input") if one.get("name") == "csrf_token"
    )
    headers = {"Referer": f"http://localhost{desks.address}"}
    refused = desks.mei.post(
        target, data={"csrf_token": token}, headers=headers, follow_redirects=True
    )
    assert "这次换号的状态已经变了" in refused.page.text()
    assert mobile(session, gateways) == "19003740000"


def test_the_old_number_objects_and_a_supervisor_decides(desks, session, gateways):
    desks.enter()
    page = desks.confirm()
    page = desks.mei.post_form(
        desks.mei.get(desks.address), _action="/mobile/", _button="原号来电说不是本人换的"
    )
    assert "要没经手过的主管来定" in page.page.text()
    assert mobile(session, gateways) == "19003740000"
    page = desks.boss.post_form(desks.boss.get(desks.address), _action="/decide", _button="用新号")
    assert "已换，以这里为准" in page.page.text()
    assert mobile(session, gateways) == NEW


def test_the_borrower_is_out_at_once(app, desks, session, borrower):
    phone = sign_in_as(app.test_client(), session, borrower)
    assert phone.get("/home").status_code == 200
    desks.enter()
    desks.confirm()
    assert phone.get("/home").status_code in (302, 303)
