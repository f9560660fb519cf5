"""Papers go when their borrower says so and some days after the decision; what was found stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domain.errors import GatewayDown, NotFound
from app.domain.evidence import CONSENT
from app.integrations.storage.disk import DiskStorage
from app.models import AuditEntry, Consent, Evidence, TransferProof
from app.services.core.policy import active_policy
from app.services.evidence.reading import own_page, view_page
from app.services.evidence.removing import (
    remove_old_papers,
    remove_old_proofs,
    remove_paper,
    take_papers_back,
    take_proofs_back,
)
from tests.factories import make_borrower
from tests.support.cases import put
from tests.support.certificates import signed_of
from tests.support.clock import NOW
from tests.support.evidence import evidence_context, give, stored
from tests.support.money import paid, plan_of
from tests.support.proofs import send
from tests.support.proposals import actor_of


class Stuck(DiskStorage):
    def delete(self, folder):
        """Nothing goes."""


@pytest.fixture
def paper(session, vault, folder, borrower, version) -> str:
    return give(session, vault, folder, borrower, version)


@pytest.fixture
def remove(session, vault, folder, borrower, paper):
    def remove(*, who=borrower, storage=DiskStorage):
        context = evidence_context(vault, folder, storage=storage, actor=actor_of(who))
        remove_paper(session, context, borrower_id=who.id, paper=paper)

    return remove


def kept(session) -> list[str | None]:
    session.rollback()
    return list(session.scalars(select(Evidence.deleted_why).order_by(Evidence.id)))


def test_ones_own_paper_goes_file_and_all(session, vault, folder, borrower, version, paper, remove):
    remove()
    remove()
    assert kept(session) == ["taken_back"]
    assert stored(folder) == []
    actions = session.scalars(select(AuditEntry.action)).all()
    assert actions.count("evidence.deleted") == 1
    context = evidence_context(vault, folder)
    with pytest.raises(NotFound):
        own_page(session, context, borrower_id=borrower.id, paper=paper, page=1)
    with pytest.raises(NotFound):
        view_page(session, context, version_public_id=version, paper=paper, page=1)


def test_nobody_elses(session, vault, folder, remove):
    with pytest.raises(NotFound):
        remove(who=make_borrower(session, vault))
    assert kept(session) == [None]
    assert len(stored(folder)) == 2


def test_what_could_not_be_deleted_is_not_said_to_be(session, remove):
    with pytest.raises(GatewayDown):
        remove(storage=Stuck)
    assert kept(session) == [None]


def test_with_the_consent_go_the_private_ones(session, vault, folder, borrower, version, paper):
    give(
        session,
        vault,
        folder,
        borrower,
        version,
        kind="pay_receipts",
        has_consented=True,
        content=b"receipt",
    )
    context = evidence_context(vault, folder, actor=actor_of(borrower))
    assert take_papers_back(session, context, borrower_id=borrower.id)
    assert not take_papers_back(session, context, borrower_id=borrower.id)
    assert kept(session) == [None, "consent_withdrawn"]
    assert len(stored(folder)) == 2
    consent = session.scalars(select(Consent).where(Consent.document == CONSENT)).one()
    assert consent.withdrawn_at == NOW


@pytest.mark.parametrize(
    ("state", "columns", "goes"),
    [
        ("submitted", {}, False),
        ("needs_document", {}, False),
        ("under_appeal", {"decided_at": NOW}, False),
        ("refused", {"decided_at": NOW}, True),
        ("approved", {"decided_at": NOW}, True),
        ("signed", {"decided_at": NOW}, True),
        ("withdrawn", {"ended_at": NOW}, True),
        ("refused", {"decided_at": NOW + timedelta(seconds=1)}, False),
    ],
)
def test_some_days_after_the_decision_the_file_goes_and_the_verdict_stays(
    session, vault, folder, version, paper, state, columns, goes
):
    put(session, version, state, **columns)
    session.execute(update(Evidence).values(verdict="true", judged_at=NOW))
    session.commit()
    days = active_policy(session)[1].clocks.evidence_days
    assert days == 90

    def run(at):
        return remove_old_papers(session, evidence_context(vault, folder, now=at), limit=10)

    assert run(NOW + timedelta(days=days) - timedelta(seconds=1)) == 0
    assert run(NOW + timedelta(days=days)) == int(goes)
    assert run(NOW + timedelta(days=days)) == 0
    assert stored(folder) == [] if goes else len(stored(folder)) == 2
    assert kept(session) == ["kept_long_enough" if goes else None]
    assert session.scalars(select(Evidence.verdict)).one() == "true"


def proofs_gone(session) -> list[str | None]:
    session.rollback()
    return list(session.scalars(select(TransferProof.deleted_why).order_by(TransferProof.id)))


@pytest.mark.parametrize(
    ("days", "answered", "goes"), [(89, True, False), (90, True, True), (90, False, False)]
)
def test_a_picture_of_a_transfer_goes_in_time_once_it_is_answered(
    session, vault, site, folder, days, answered, goes
):
    agreement = signed_of(session, vault, site)
    send(session, vault, folder, agreement)
    if answered:
        paid(session, agreement, fen=94_344, on=NOW.date())
    context = evidence_context(vault, folder, now=NOW + timedelta(days=days))
    session.rollback()
    assert remove_old_proofs(session, context, limit=10) == int(goes)
    assert remove_old_proofs(session, context, limit=10) == 0
    assert proofs_gone(session) == (["kept_long_enough"] if goes else [None])
    assert len(stored(folder)) == (0 if goes else 2)


def test_with_the_consent_go_pictures_of_transfers(session, vault, site, folder):
    agreement = signed_of(session, vault, site)
    send(session, vault, folder, agreement)
    owner = plan_of(session, agreement).borrower_id
    session.rollback()
    context = evidence_context(vault, folder)
    assert not take_papers_back(session, context, borrower_id=owner)
    assert take_proofs_back(session, context, borrower_id=owner)
    assert not take_proofs_back(session, context, borrower_id=owner)
    assert proofs_gone(session) == ["consent_withdrawn"]
    assert stored(folder) == []
    # It may be sent again, with a new consent.
    assert send(session, vault, folder, agreement)
