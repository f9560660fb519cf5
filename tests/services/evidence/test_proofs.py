"""A picture of a transfer is kept sealed, once; it books nothing; refused, nothing is left."""

import pytest
from sqlalchemy import func, select

from app.domain.errors import GatewayDown, NotFound
from app.domain.evidence import FILE_BYTES, MOST_PROOFS, PROOF_CONSENT, PROOF_DAYS_BACK
from app.models import AuditEntry, Consent, Match, Payment, Plan, TransferProof
from app.ports.pictures import PictureRefused
from app.services.core.policy import active_policy
from app.services.evidence.adding import TooLarge, TooManyUploads
from app.services.evidence.proofs import (
    ProofConsentNeeded,
    ProofDay,
    ProofNotNeeded,
    ProofSum,
    TooManyProofs,
    send_proof,
)
from app.services.evidence.sweeping import sweep_pages
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.certificates import signed_of
from tests.support.clock import NOW
from tests.support.evidence import FullDisk, evidence_context, stored
from tests.support.money import plan_of
from tests.support.proofs import PICTURE, days_before, send, sent


@pytest.fixture
def agreement(session, vault, site):
    number = signed_of(session, vault, site)
    session.commit()
    return number


def test_it_lies_sealed_with_sum_and_day_and_books_nothing(session, vault, folder, agreement):
    public_id = send(session, vault, folder, agreement)
    row = session.scalars(select(TransferProof)).one()
    assert (row.public_id, row.fen, row.paid_on) == (public_id, 94_344, NOW.date())
    assert (row.state, row.pages) == ("waiting", 2)
    assert len(stored(folder)) == 2
    assert all(PICTURE not in one for one in stored(folder))
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.after["fen"]) == ("proof.sent", 94_344)
    assert session.scalars(select(Consent.document)).all() == [PROOF_CONSENT]
    for table in (Payment, Match):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_sent_again_it_is_kept_once(session, vault, folder, agreement):
    first = send(session, vault, folder, agreement)
    assert send(session, vault, folder, agreement) == first
    assert send(session, vault, folder, agreement, fen=1) != first
    assert len(stored(folder)) == 4


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"fen": 0}, ProofSum),
        ({"paid_on": days_before(-1)}, ProofDay),
        ({"paid_on": days_before(PROOF_DAYS_BACK + 1)}, ProofDay),
        ({"has_consented": False}, ProofConsentNeeded),
        ({"content": b""}, PictureRefused),
        ({"content": b"broken"}, PictureRefused),
        ({"content": b"x" * (FILE_BYTES + 1)}, TooLarge),
    ],
)
def test_what_is_refused_leaves_nothing(session, vault, folder, agreement, given, refusal):
    with pytest.raises(refusal):
        send(session, vault, folder, agreement, **given)
    assert session.scalars(select(TransferProof)).all() == []
    assert stored(folder) == []


def test_the_oldest_day_that_counts_is_taken(session, vault, folder, agreement):
    assert send(session, vault, folder, agreement, paid_on=days_before(PROOF_DAYS_BACK))


def test_nobody_elses_plan_and_none_that_is_over(session, vault, folder, agreement):
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    session.commit()
    with pytest.raises(NotFound):
        send(session, vault, folder, agreement, borrower_id=other.id)
    plan_of(session, agreement).state = "completed"
    session.commit()
    with pytest.raises(ProofNotNeeded):
        send(session, vault, folder, agreement)


def test_so_many_wait_and_so_many_a_day(session, vault, folder, agreement):
    for number in range(MOST_PROOFS):
        send(session, vault, folder, agreement, fen=number + 1)
    with pytest.raises(TooManyProofs):
        send(session, vault, folder, agreement, fen=99)
    most = active_policy(session)[1].limits.uploads_per_day
    plan_id = session.scalars(select(Plan.id)).one()
    consent_id = session.scalars(select(Consent.id)).first()
    for one in session.scalars(select(TransferProof)):
        one.state, one.reason, one.answered_at = "unfound", "not_arrived", NOW
    session.add_all(
        TransferProof(
            plan_id=plan_id,
            fen=1,
            paid_on=NOW.date(),
            consent_id=consent_id,
            pages=1,
            sha256="0" * 64,
            bytes=1,
            received_at=NOW,
            state="unfound",
            reason="not_arrived",
            answered_at=NOW,
            request_key=f"k{number}",
        )
        for number in range(most - MOST_PROOFS)
    )
    session.commit()
    with pytest.raises(TooManyUploads):
        send(session, vault, folder, agreement, fen=99)


def test_a_full_store_is_told_and_nothing_is_half_kept(session, vault, folder, agreement):
    owner = plan_of(session, agreement).borrower_id
    session.rollback()
    context = evidence_context(vault, folder, storage=FullDisk)
    with pytest.raises(GatewayDown):
        send_proof(session, context, borrower_id=owner, agreement=agreement, sent=sent())
    assert session.scalars(select(TransferProof)).all() == []
    assert stored(folder) == []


def test_the_sweep_leaves_what_a_proof_names(session, vault, folder, agreement):
    send(session, vault, folder, agreement)
    session.rollback()
    context = evidence_context(vault, folder, now=acting().now.replace(year=2036))
    assert sweep_pages(session, context, limit=100) == 0
    assert len(stored(folder)) == 2
