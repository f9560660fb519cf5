"""Finance reads a picture on record, matches it with one tap, or says why no money is found."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry, Match, PaymentAct, ProofView, TransferProof
from app.services.claims.acts import PaymentOfAnother, PaymentSettled
from app.services.core.request_keys import KeyReused
from app.services.evidence.proof_answers import (
    ProofAnswered,
    ProofDiffers,
    ProofNotRead,
    ProofReasonNeeded,
    answer_proof,
    match_proof,
    own_proof_page,
    view_proof,
)
from app.services.keeping.accounts import accounts_of
from tests.factories import make_borrower
from tests.support.certificates import signed_of
from tests.support.clock import NOW
from tests.support.evidence import evidence_context
from tests.support.money import arrived, plan_of
from tests.support.proofs import DAY, PICTURE, days_before, desk, financier, send
from tests.support.races import rounds, run_together


@pytest.fixture
def agreement(session, vault, site):
    number = signed_of(session, vault, site)
    session.commit()
    return number


@pytest.fixture
def proof(session, vault, folder, agreement):
    return send(session, vault, folder, agreement)


@pytest.fixture
def member(session):
    return financier(session)


def money(session, *, fen=94_344, on=DAY):
    payment = arrived(session, fen=fen, on=on)
    session.commit()
    return payment.public_id


def match(session, vault, folder, member, proof, payment, *, key="k1"):
    session.rollback()
    context = desk(vault, folder, member)
    match_proof(session, context, public_id=proof, payment=payment, request_key=key)


def row(session, proof):
    session.rollback()
    return session.scalars(select(TransferProof).where(TransferProof.public_id == proof)).one()


def test_one_tap_lays_the_money_on_the_plan_with_the_picture_as_the_reason(
    session, vault, folder, agreement, proof, member
):
    payment = money(session)
    match(session, vault, folder, member, proof, payment)
    match(session, vault, folder, member, proof, payment)  # the same tap again
    (one,) = session.scalars(select(Match)).all()
    assert [reason["code"] for reason in one.reasons] == ["proof"]
    assert (one.fen, one.rule) == (94_344, "person")
    plan = plan_of(session, agreement)
    assert [came.fen for came in accounts_of(session, plan_ids=[plan.id])[plan.id].money] == [
        94_344
    ]
    found = row(session, proof)
    assert (found.state, found.answered_by) == ("matched", member.staff_id)
    assert session.scalars(select(PaymentAct.act)).all() == ["matched"]
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert actions[-2:] == ["payment_matched", "proof.matched"]


@pytest.mark.parametrize(
    ("fen", "days"), [(94_343, 0), (94_344, 4), (94_344, -4)], ids=["sum", "early", "late"]
)
def test_what_does_not_fit_is_not_matched_by_a_tap(
    session, vault, folder, agreement, member, fen, days
):
    proof = send(session, vault, folder, agreement, paid_on=days_before(10))
    payment = money(session, fen=fen, on=days_before(10 + days))
    with pytest.raises(ProofDiffers):
        match(session, vault, folder, member, proof, payment)
    assert row(session, proof).state == "waiting"


def test_who_was_first_stays_first(session, vault, folder, agreement, proof, member):
    first, second = money(session), money(session)
    match(session, vault, folder, member, proof, first)
    with pytest.raises(ProofAnswered):
        match(session, vault, folder, member, proof, second, key="k2")
    other = send(session, vault, folder, agreement, content=b"another")
    with pytest.raises(PaymentSettled):
        match(session, vault, folder, member, other, first, key="k3")
    with pytest.raises(KeyReused):
        match(session, vault, folder, member, other, second)
    assert len(session.scalars(select(Match)).all()) == 1


def test_money_a_colleague_sees_to_is_theirs(session, vault, folder, proof, member):
    payment = arrived(session, fen=94_344, on=DAY)
    payment.owner_id = financier(session, "finance-2").staff_id
    session.commit()
    with pytest.raises(PaymentOfAnother):
        match(session, vault, folder, member, proof, payment.public_id)


def test_each_look_is_on_record_and_an_answer_needs_one(session, vault, folder, proof, member):
    context = desk(vault, folder, member)
    for reason in ("", "because"):
        with pytest.raises(ProofReasonNeeded):
            answer_proof(session, context, public_id=proof, reason=reason)
    with pytest.raises(ProofNotRead):
        answer_proof(session, context, public_id=proof, reason="not_arrived")
    assert view_proof(session, context, public_id=proof, page=1) == PICTURE
    views = session.scalars(select(ProofView)).all()
    assert [(one.staff_id, one.page, one.at) for one in views] == [(member.staff_id, 1, NOW)]
    session.rollback()
    answer_proof(session, context, public_id=proof, reason="not_arrived")
    answer_proof(session, context, public_id=proof, reason="not_arrived")
    found = row(session, proof)
    assert (found.state, found.reason) == ("unfound", "not_arrived")
    session.rollback()
    with pytest.raises(ProofAnswered):
        answer_proof(session, context, public_id=proof, reason="elsewhere")


def test_what_its_borrower_took_back_is_answered_unread(session, vault, folder, proof, member):
    found = row(session, proof)
    found.deleted_at, found.deleted_why = NOW, "consent_withdrawn"
    session.commit()
    context = desk(vault, folder, member)
    with pytest.raises(NotFound):
        view_proof(session, context, public_id=proof, page=1)
    answer_proof(session, context, public_id=proof, reason="unreadable")
    assert row(session, proof).state == "unfound"


def test_its_sender_sees_it_again_and_nobody_else(session, vault, folder, agreement, proof):
    context = evidence_context(vault, folder)
    mine = plan_of(session, agreement).borrower_id
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    session.commit()
    shown = own_proof_page(session, context, borrower_id=mine, public_id=proof, page=1)
    assert shown == PICTURE
    for borrower_id, public_id, page in (
        (other.id, proof, 1),
        (mine, "x" * 20, 1),
        (mine, proof, 3),
        (mine, proof, 0),
    ):
        with pytest.raises(NotFound):
            own_proof_page(
                session, context, borrower_id=borrower_id, public_id=public_id, page=page
            )


@pytest.mark.race
def test_of_two_people_at_once_one_matches(database, vault, site, folder):
    with database.sessions() as session:
        agreement = signed_of(session, vault, site)
        members = [financier(session, f"finance-{number}") for number in range(2)]
    for number in rounds():
        with database.sessions() as session:
            proof = send(session, vault, folder, agreement, fen=1_000 + number)
            payments = [money(session, fen=1_000 + number) for _ in members]

        def tap(place, proof=proof, payments=payments, number=number):
            with database.sessions() as mine:
                context = desk(vault, folder, members[place])
                match_proof(
                    mine,
                    context,
                    public_id=proof,
                    payment=payments[place],
                    request_key=f"k{number}-{place}",
                )

        found = run_together(tap, threads=2)
        assert sorted(map(type, found), key=str) == sorted([type(None), ProofAnswered], key=str)
        with database.sessions() as session:
            laid = session.scalars(select(Match).where(Match.fen == 1_000 + number)).all()
            assert len(laid) == 1
