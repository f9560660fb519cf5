"""The PDF is made when it is first asked for: sealed, stamped, kept, the same bytes ever after."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.calendar import midnight
from app.domain.errors import GatewayDown, NotFound
from app.models import AuditEntry, CertificateFile, Plan
from app.services.agreements.checking import file_fault
from app.services.certificates import files
from app.services.certificates.files import (
    CertificateWithdrawn,
    make_certificate_file,
    own_certificate_pdf,
)
from app.services.signed_files.keeping import PaperDiffers
from app.services.signed_files.sweeping import SPARED, sweep_signed
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.certificates import certified, paid_off, signed_of, withdrawn
from tests.support.clock import NOW
from tests.support.signed_files import StoreDown, file_of, sealed_files
from tests.support.signing import plain, without_authority

DAY = (NOW + timedelta(days=3)).date()
LATER = midnight(DAY + timedelta(days=9))


@pytest.fixture
def gateways(gateways):
    return plain(gateways)


@pytest.fixture
def agreement(session, gateways, site):
    number = signed_of(session, gateways.vault, site)
    paid_off(session, number, on=DAY)
    return number


@pytest.fixture
def paper(session, gateways, site, agreement):
    one = certified(session, gateways.vault, site, agreement, on=DAY)
    return one.public_id, session.get_one(Plan, one.plan_id).borrower_id


def make(session, gateways, site, paper, *, now=LATER):
    session.rollback()
    context = acting(now=now, gateways=gateways, site=site)
    make_certificate_file(session, context, public_id=paper[0], borrower_id=paper[1])


def read(session, gateways, paper):
    return own_certificate_pdf(session, gateways=gateways, public_id=paper[0], borrower_id=paper[1])


def test_asked_for_again_it_is_the_very_file(session, gateways, site, paper):
    make(session, gateways, site, paper)
    first = read(session, gateways, paper)
    assert f"sealed {first.number}" in first.pdf.decode()
    make(session, gateways, site, paper, now=LATER + timedelta(days=400))
    assert read(session, gateways, paper) == first
    assert len(sealed_files(gateways)) == 1
    found = session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate.sealed"))
    assert [one.after for one in found] == [{"number": first.number, "sha256": first.sha256}]
    fault = file_fault(session, number=first.number, pdf_sha256=first.sha256, is_stamped=True)
    assert fault == ""
    assert (
        file_fault(session, number="JQ-9-1", pdf_sha256=first.sha256, is_stamped=True)
        == "unknown_number"
    )


def test_before_it_is_made_there_is_none_and_nobody_elses_is_made(
    session, gateways, site, paper, vault
):
    with pytest.raises(NotFound):
        read(session, gateways, paper)
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    for tried in ((paper[0], other.id), ("x" * 20, paper[1])):
        with pytest.raises(NotFound):
            make(session, gateways, site, tried)
        with pytest.raises(NotFound):
            read(session, gateways, tried)
    assert not sealed_files(gateways)


def test_once_withdrawn_it_is_neither_made_nor_handed_out(
    session, gateways, site, agreement, paper
):
    make(session, gateways, site, paper)
    kept = read(session, gateways, paper)
    withdrawn(session, agreement, now=LATER)
    with pytest.raises(CertificateWithdrawn):
        make(session, gateways, site, paper)
    with pytest.raises(CertificateWithdrawn):
        read(session, gateways, paper)
    fault = file_fault(session, number=kept.number, pdf_sha256=kept.sha256, is_stamped=True)
    assert fault == "withdrawn"


def test_withdrawn_while_it_is_made_no_row_names_the_file(
    session, gateways, site, agreement, paper, monkeypatch
):
    def seal_and_withdraw(*given, **told):
        withdrawn(session, agreement, now=LATER)
        return sealed(*given, **told)

    sealed = files.sealed_pdf
    monkeypatch.setattr(files, "sealed_pdf", seal_and_withdraw)
    with pytest.raises(CertificateWithdrawn):
        make(session, gateways, site, paper)
    assert session.scalars(select(CertificateFile)).all() == []


def test_of_two_at_once_the_first_is_kept(session, gateways, site, paper, monkeypatch):
    sealed = files.sealed_pdf

    def overtaken(*given, **told):
        monkeypatch.setattr(files, "sealed_pdf", sealed)
        make(session, gateways, site, paper)
        return sealed(*given, **told)

    monkeypatch.setattr(files, "sealed_pdf", overtaken)
    make(session, gateways, site, paper, now=LATER + timedelta(seconds=1))
    (row,) = session.scalars(select(CertificateFile)).all()
    assert row.sealed_at == LATER
    assert len(sealed_files(gateways)) == 2


def test_without_a_time_stamp_nothing_is_kept_and_it_can_be_had_later(
    session, gateways, site, paper
):
    with pytest.raises(GatewayDown):
        make(session, without_authority(gateways), site, paper)
    assert not sealed_files(gateways)
    make(session, gateways, site, paper)
    assert read(session, gateways, paper).pdf


def test_a_store_that_is_down_or_lost_it_is_told(session, gateways, site, paper):
    down = replace(gateways, agreements=StoreDown(gateways.agreements.root))
    with pytest.raises(GatewayDown):
        make(session, down, site, paper)
    make(session, gateways, site, paper)
    with pytest.raises(GatewayDown):
        read(session, down, paper)
    folder = session.scalars(select(CertificateFile.folder)).one()
    file_of(gateways, folder).write_bytes(b"another")
    with pytest.raises(PaperDiffers):
        read(session, gateways, paper)


def test_the_sweep_leaves_what_a_certificate_names(session, gateways, site, paper):
    make(session, gateways, site, paper)
    old = LATER + SPARED * 40
    swept = sweep_signed(session, acting(now=old, gateways=gateways), limit=200)
    assert swept == 0
    assert read(session, gateways, paper).pdf
