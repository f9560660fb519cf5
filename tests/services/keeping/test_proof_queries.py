"""Pictures of transfers hold up the break of a plan until they are answered or their money came."""

from datetime import timedelta

import pytest

from app.models import TransferProof
from app.services.keeping.proof_queries import open_proofs, plans_with_open_proofs
from tests.factories import make_borrower
from tests.support.certificates import signed_of
from tests.support.clock import NOW
from tests.support.counting import statements
from tests.support.money import arrived, matched, paid, plan_of, undone
from tests.support.proofs import DAY, days_before, send


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "papers"


@pytest.fixture
def agreement(session, vault, site):
    return signed_of(session, vault, site)


@pytest.mark.parametrize(
    ("fen", "days", "is_open"),
    [(94_344, 0, False), (94_344, 3, False), (94_344, 4, True), (94_343, 0, True)],
)
def test_money_of_its_sum_about_its_day_closes_it(
    session, vault, folder, agreement, fen, days, is_open
):
    send(session, vault, folder, agreement, paid_on=days_before(days))
    plan_id = plan_of(session, agreement).id
    assert plans_with_open_proofs(session, plan_ids=[plan_id]) == {plan_id}
    paid(session, agreement, fen=fen, on=DAY)
    assert bool(open_proofs(session, plan_ids=[plan_id])) is is_open


def test_each_payment_closes_one_and_money_taken_off_none(session, vault, folder, agreement):
    first = send(session, vault, folder, agreement)
    second = send(session, vault, folder, agreement, content=b"another")
    payment = paid(session, agreement, fen=94_344, on=DAY)
    assert [one.public_id for one in open_proofs(session)] == [second]
    undone(session, payment, at=NOW)
    assert [one.public_id for one in open_proofs(session)] == [first, second]


def test_money_of_another_plan_or_of_nobody_closes_none(session, vault, site, folder, agreement):
    send(session, vault, folder, agreement)
    other = signed_of(
        session,
        vault,
        site,
        borrower=make_borrower(
            session, vault, mobile="19003740077", id_number="990101198901140022"
        ),
    )
    paid(session, other, fen=94_344, on=DAY)
    arrived(session, fen=94_344, on=DAY)
    session.commit()
    assert len(open_proofs(session)) == 1
    assert plans_with_open_proofs(session, plan_ids=[plan_of(session, other).id]) == frozenset()


def test_answered_it_is_open_no_longer(session, vault, folder, agreement):
    public_id = send(session, vault, folder, agreement)
    one = session.query(TransferProof).filter_by(public_id=public_id).one()
    one.state, one.reason, one.answered_at = "unfound", "not_arrived", NOW
    session.commit()
    assert open_proofs(session) == ()


def test_money_that_a_picture_was_matched_to_closes_no_other(session, vault, folder, agreement):
    first = send(session, vault, folder, agreement)
    payment = arrived(session, fen=94_344, on=DAY)
    matched(session, payment, plan=plan_of(session, agreement))
    one = session.query(TransferProof).filter_by(public_id=first).one()
    one.state, one.payment_id, one.answered_at = "matched", payment.id, NOW
    session.commit()
    second = send(
        session, vault, folder, agreement, content=b"another", now=NOW + timedelta(minutes=1)
    )
    assert [one.public_id for one in open_proofs(session)] == [second]


def test_where_none_waits_one_question_is_asked(session, agreement):
    session.rollback()
    with statements(session.get_bind()) as seen:
        assert open_proofs(session, plan_ids=[1, 2, 3]) == ()
    assert len([one for one in seen if one.lstrip().startswith("SELECT")]) == 1
