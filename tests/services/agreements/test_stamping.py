"""Time stamps that come later: the file gets one, once, and is handed to nobody before."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import GatewayDown, NotFound
from app.domain.stamps import NotStampedYet
from app.integrations.storage.disk import DiskStorage
from app.models import Agreement, AgreementFile, AuditEntry
from app.services.agreements.queries import agreement_view
from app.services.agreements.stamping import stamp_agreement, waiting_for_stamp
from app.services.signed_files.handing_out import own_pdf
from app.services.signed_files.keeping import PaperDiffers
from app.services.upkeep.invariants import check_invariants
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.signed_files import StoreDown, file_of, sealed_files, stored_pdf
from tests.support.signing import PlainSigner, sign, without_authority

LATER = NOW + timedelta(hours=3)


@pytest.fixture
def number(session, gateways, site, asked):
    """An agreement that was signed while no authority answered."""
    return sign(session, without_authority(gateways), site, asked)


def stamp(session, gateways, number):
    return stamp_agreement(session, acting(now=LATER, gateways=gateways), number=number)


def kept(session, gateways):
    session.expire_all()
    return session.scalars(select(Agreement)).one(), stored_pdf(session, gateways)


def test_what_waits_gets_its_stamp_and_everything_still_agrees(session, gateways, number):
    _agreement, sealed = kept(session, gateways)
    assert waiting_for_stamp(session, limit=9) == (number,)
    assert stamp(session, gateways, number)
    agreement, pdf = kept(session, gateways)
    assert pdf == sealed + f" stamped {LATER.isoformat()}".encode()
    assert (agreement.stamp, agreement.stamped_at) == ("stamped", LATER)
    assert agreement.pdf_sha256 == hashlib.sha256(pdf).hexdigest()
    assert agreement.signed_at == NOW
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.stamped")).one()
    assert (entry.actor, entry.before) == (
        "job:stamps",
        {"stamp": "due", "pdf_sha256": hashlib.sha256(sealed).hexdigest()},
    )
    assert check_invariants(session, gateways=gateways)[1] == ()
    assert waiting_for_stamp(session, limit=9) == ()


def test_until_then_its_borrower_reads_it_and_cannot_take_the_file(
    session, gateways, number, borrower
):
    def view():
        context = acting(now=LATER, gateways=gateways)
        return agreement_view(session, context, borrower_id=borrower.id, number=number)

    assert view().awaits_stamp
    with pytest.raises(NotStampedYet):
        own_pdf(session, gateways=gateways, borrower_id=borrower.id, number=number)
    stamp(session, gateways, number)
    assert (view().awaits_stamp, view().stamped_at) == (False, LATER)
    found = own_pdf(session, gateways=gateways, borrower_id=borrower.id, number=number)
    assert found.pdf == kept(session, gateways)[1]


def test_an_authority_that_is_still_down_changes_nothing(session, gateways, number):
    before = kept(session, gateways)[1]
    with pytest.raises(GatewayDown):
        stamp(session, without_authority(gateways), number)
    assert (kept(session, gateways)[1], kept(session, gateways)[0].stamp) == (before, "due")
    assert waiting_for_stamp(session, limit=9) == (number,)


def test_a_store_that_is_down_changes_nothing(session, gateways, number):
    class TakesNone(StoreDown):
        opened = DiskStorage.opened

    root = gateways.agreements.root
    for store, stamped in ((StoreDown(root), 0), (TakesNone(root), 1)):
        with pytest.raises(GatewayDown):
            stamp(session, replace(gateways, agreements=store), number)
        assert gateways.signer.stamped == stamped
        assert kept(session, gateways)[0].stamp == "due"
    assert stamp(session, gateways, number)


def test_one_that_is_not_the_signed_one_is_not_stamped(session, gateways, number):
    (folder,) = sealed_files(gateways)
    file_of(gateways, folder).unlink()
    with pytest.raises(PaperDiffers):
        stamp(session, gateways, number)
    assert gateways.signer.stamped == 0


def test_one_from_before_is_stamped_out_of_the_table(session, gateways, number):
    file = session.scalars(select(AgreementFile)).one()
    file.pdf, file.folder, file.size = stored_pdf(session, gateways), None, None
    session.commit()
    assert stamp(session, gateways, number)
    session.expire_all()
    file = session.scalars(select(AgreementFile)).one()
    assert (file.pdf, file.unstamped_folder) == (None, None)
    assert kept(session, gateways)[1].endswith(b"stamped 2026-11-23T05:00:00+00:00")


def test_a_file_is_stamped_once(session, gateways, number):
    assert [stamp(session, gateways, number) for _ in range(2)] == [True, False]
    assert gateways.signer.stamped == 1
    with pytest.raises(NotFound):
        stamp(session, gateways, "AH-00000-1")


def test_of_two_at_once_one_puts_its_stamp_in(session, gateways, number):
    class WhileAnotherDoes(PlainSigner):
        def stamp(self, pdf, *, at):
            assert stamp(session, gateways, number)
            return super().stamp(pdf, at=at)

    late = replace(gateways, signer=WhileAnotherDoes())
    assert not stamp(session, late, number)
    agreement, pdf = kept(session, gateways)
    assert agreement.pdf_sha256 == hashlib.sha256(pdf).hexdigest()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.stamped")).all()
    assert len(entries) == 1


def test_what_was_signed_before_there_were_stamps_waits_for_none(session, gateways, number):
    session.scalars(select(Agreement)).one().stamp = None
    session.commit()
    assert waiting_for_stamp(session, limit=9) == ()
    assert not stamp(session, gateways, number)
