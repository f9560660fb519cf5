"""Finance at pictures of transfers: read on record, matched with one tap, answered in words."""

import pytest
from sqlalchemy import select

from app.models import Match, ProofView, TransferProof
from tests.factories import make_borrower, make_loan
from tests.support.clock import NOW
from tests.support.money import arrived, plan_of
from tests.support.people import make_staff, sign_in_staff
from tests.support.proofs import send
from tests.support.signing import signed

TODAY = NOW.date()


@pytest.fixture
def number(session, site, gateways):
    borrower = make_borrower(session, gateways.vault)
    return signed(session, gateways, site, borrower=borrower, loan=make_loan(session, borrower))


@pytest.fixture
def proof(session, gateways, number):
    folder = gateways.papers.root
    return send(session, gateways.vault, folder, number, fen=943_44)


@pytest.fixture
def desk(client, session):
    return sign_in_staff(client, session, make_staff(session, "finance", username="finance-9"))


def main(response):
    assert response.status_code == 200
    return next(response.page.iter("main")).text()


def test_the_list_of_money_leads_there_and_one_tap_matches(desk, session, number, proof):
    payment = arrived(session, fen=943_44, on=TODAY)
    session.commit()
    page = desk.follow(desk.get("/finance/money"), "转账凭证 1")
    words = main(page)
    assert "*敏" in words
    assert "罗涵敏" not in words
    page = desk.post_form(page, _action=f"/proofs/{proof}/match")
    assert page.request.path == f"/finance/money/{payment.public_id}"
    assert "借款人传来转账凭证，¥943.44，日期也对得上" in main(page)
    session.rollback()
    (match,) = session.scalars(select(Match)).all()
    assert match.plan_id == plan_of(session, number).id
    assert "没有凭证在等" in main(desk.get("/finance/proofs"))


def test_a_look_is_on_record_and_an_answer_is_read_by_the_borrower(desk, session, proof):
    page = desk.get("/finance/proofs")
    assert "没有金额和日期都对得上的来款" in main(page)
    answer = f"/proofs/{proof}/answer"
    assert "请选一选" in main(desk.post_form(page, _action=answer))
    assert "请先打开图看过" in main(desk.post_form(page, _action=answer, reason="not_arrived"))
    picture = desk.post_form(page, _action=f"/proofs/{proof}/1")
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    session.rollback()
    assert [one.page for one in session.scalars(select(ProofView))] == [1]
    page = desk.get("/finance/proofs")
    assert "看过 1 次" in main(page)
    assert "没有凭证在等" in main(desk.post_form(page, _action=answer, reason="not_arrived"))
    session.rollback()
    assert session.scalars(select(TransferProof.reason)).all() == ["not_arrived"]


def test_a_colleague_who_was_first_is_told(desk, session, proof):
    payment = arrived(session, fen=943_44, on=TODAY)
    session.commit()
    page = desk.get("/finance/proofs")
    payment.state = "returned"
    session.commit()
    words = main(desk.post_form(page, _action=f"/proofs/{proof}/match"))
    assert "别的同事刚刚把这一笔标成了要退回" in words
    assert desk.post_form(page, _action=f"/proofs/{proof}/match", payment="").status_code == 200


def test_what_was_taken_back_says_so(desk, session, proof):
    one = session.scalars(select(TransferProof)).one()
    one.deleted_at, one.deleted_why = NOW, "consent_withdrawn"
    session.commit()
    assert "本人已经收回" in main(desk.get("/finance/proofs"))
