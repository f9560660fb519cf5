"""Pictures of transfers: what their borrower reads of them, what finance finds beside them."""

from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.services.evidence.proof_answers import answer_proof, view_proof
from app.services.evidence.proof_queries import own_proofs, proofs_waiting, waiting_proofs
from tests.factories import make_borrower
from tests.support.certificates import signed_of
from tests.support.clock import NOW
from tests.support.money import arrived, paid, plan_of
from tests.support.proofs import DAY, days_before, desk, financier, send


@pytest.fixture
def agreement(session, vault, site):
    number = signed_of(session, vault, site)
    session.commit()
    return number


def own(session, vault, folder, agreement):
    session.rollback()
    owner = plan_of(session, agreement).borrower_id
    context = desk(vault, folder, None)
    return own_proofs(session, context, borrower_id=owner, agreement=agreement)


def states(found):
    return [one.state for one in found.proofs]


def test_a_borrower_reads_what_became_of_each(session, vault, folder, agreement):
    assert not own(session, vault, folder, agreement).has_consented
    came = send(session, vault, folder, agreement, fen=100)
    lost = send(session, vault, folder, agreement, fen=200)
    found = own(session, vault, folder, agreement)
    assert states(found) == ["waiting", "waiting"]
    assert (found.may_send, found.has_consented) == (True, True)
    paid(session, agreement, fen=100, on=DAY)
    context = desk(vault, folder, financier(session))
    view_proof(session, context, public_id=lost, page=1)
    answer_proof(session, context, public_id=lost, reason="elsewhere")
    found = own(session, vault, folder, agreement)
    assert {one.public_id: one.state for one in found.proofs} == {came: "came", lost: "unfound"}
    assert "先不要再转" in found.proofs[0].reason
    assert proofs_waiting(session) == 0


def test_nobody_elses(session, vault, folder, agreement):
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    session.commit()
    with pytest.raises(NotFound):
        own_proofs(session, desk(vault, folder, None), borrower_id=other.id, agreement=agreement)


def test_finance_finds_the_unmatched_money_that_fits(session, vault, folder, agreement):
    assert waiting_proofs(session, desk(vault, folder, None)) == ()
    send(session, vault, folder, agreement, paid_on=days_before(2))
    fits = arrived(session, fen=94_344, on=DAY)
    arrived(session, fen=94_343, on=DAY)
    arrived(session, fen=94_344, on=days_before(6))
    arrived(session, fen=94_344, on=DAY, state="returned")
    session.commit()
    later = NOW + timedelta(days=3)
    (one,) = waiting_proofs(session, desk(vault, folder, None, now=later))
    assert [money.public_id for money in one.fitting] == [fits.public_id]
    assert (one.borrower, one.days, one.seen, one.pages) == ("*敏", 3, 0, 2)
    assert one.reference.startswith("AH-")
    assert proofs_waiting(session) == 1
