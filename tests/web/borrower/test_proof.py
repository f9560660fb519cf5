"""A picture of a transfer is sent from a phone without JavaScript; what became of it is told; seen
again by its sender only.
"""

import io

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from app.models import Plan, TransferProof
from tests.factories import make_borrower, make_loan
from tests.support.clock import NOW
from tests.support.money import paid
from tests.support.papers import located
from tests.support.people import sign_in_as
from tests.support.signing import signed

TODAY = NOW.date()


@pytest.fixture
def number(session, site, borrower, gateways):
    return signed(session, gateways, site, borrower=borrower, loan=make_loan(session, borrower))


@pytest.fixture
def send(phone, number):
    def send(content=None, **values):
        page = phone.get(f"/agreement/{number}/proof")
        files = {"file": FileStorage(io.BytesIO(content), "IMG_1.jpg")} if content else {}
        given = {"fen": "943.44", "on": TODAY.isoformat(), "consent": True}
        return phone.post_form(
            page, _action=f"/agreement/{number}/proof", _extra=files, **(given | values)
        )

    return send


def main(response):
    assert response.status_code == 200
    return next(response.page.iter("main")).text()


def proofs(session):
    session.rollback()
    return session.scalars(select(TransferProof)).all()


def test_the_plan_leads_there_and_says_that_it_is_being_checked(phone, session, number, send):
    page = phone.follow(phone.get(f"/agreement/{number}"), "转好了，传张截图")
    assert "凭证不算钱" in main(page)
    words = main(send(located()))
    assert "已收到凭证，正在核对" in words
    assert "2026年11月23日转的 ¥943.44" in words
    (one,) = proofs(session)
    assert (one.fen, one.paid_on, one.state) == (943_44, TODAY, "waiting")
    picture = phone.get(f"/agreement/{number}/proof/{one.public_id}/1.jpg")
    assert picture.data.startswith(b"\xff\xd8")
    assert b"HUAWEI" not in picture.data
    assert "no-store" in picture.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"fen": ""}, "请填写金额"),
        ({"fen": "0"}, "要比 0 多"),
        ({"on": ""}, "请选转账的那一天"),
        ({"on": "2026-11-24"}, "最晚今天"),
        ({"on": "soon"}, "请写成"),
        ({"consent": None}, "要您单独同意才收"),
        ({"content": b"no picture"}, "不是照片"),
        ({"content": None}, "还没有选图"),
    ],
)
def test_what_is_wrong_is_said_and_the_answers_stay(session, send, values, told):
    content = values.pop("content", located())
    page = send(content, **values)
    assert told in main(page)
    assert proofs(session) == []
    fields = {one.get("name"): one.get("value") for one in page.page.iter("input")}
    assert fields["fen"] == values.get("fen", "943.44")


def test_money_that_came_by_itself_and_an_answer_are_told(phone, session, number, send):
    send(located())
    paid(session, number, fen=943_44, on=TODAY)
    assert "核对好了：钱到账了" in main(phone.get(f"/agreement/{number}/proof"))
    (one,) = proofs(session)
    one.state, one.reason, one.answered_at = "unfound", "elsewhere", NOW
    session.commit()
    words = main(phone.get(f"/agreement/{number}/proof"))
    assert "图上的收款账户不是我们的。先不要再转" in words


def test_the_consent_is_taken_back_and_the_picture_goes(phone, session, number, send):
    page = send(located())
    page = phone.post_form(page, _action="/take-back")
    assert "同意已经收回，图都删掉了" in main(page)
    (one,) = proofs(session)
    assert one.deleted_why == "consent_withdrawn"
    assert phone.get(f"/agreement/{number}/proof/{one.public_id}/1.jpg").status_code == 404
    assert "看一眼" not in main(page)
    assert "转账凭证的单独同意" in main(phone.get("/legal/transfer_proof"))


def test_a_plan_that_is_over_takes_none(phone, session, number, send):
    page = phone.get(f"/agreement/{number}/proof")
    session.scalars(select(Plan).where(Plan.state == "active")).one().state = "completed"
    session.commit()
    files = {"file": FileStorage(io.BytesIO(located()), "IMG_1.jpg")}
    given = {"fen": "943.44", "on": TODAY.isoformat(), "consent": True}
    words = main(phone.post_form(page, _action=f"/agreement/{number}/proof", _extra=files, **given))
    assert "已经不用付款了" in words
    assert "上传" not in words


def test_another_persons_is_as_absent_as_none(client, session, gateways, number, send):
    send(located())
    (one,) = proofs(session)
    other = make_borrower(
        session, gateways.vault, mobile="19003740077", id_number="990101198901140022"
    )
    phone = sign_in_as(client, session, other)
    assert phone.get(f"/agreement/{number}/proof").status_code == 404
    assert phone.get(f"/agreement/{number}/proof/{one.public_id}/1.jpg").status_code == 404
