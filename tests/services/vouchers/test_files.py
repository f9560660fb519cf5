"""The PDF is made when it is first asked for: sealed, stamped, kept, the same bytes ever after."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import GatewayDown, NotFound
from app.models import AuditEntry, Payment, VoucherFile
from app.services.agreements.checking import file_fault
from app.services.signed_files.keeping import PaperDiffers
from app.services.signed_files.sweeping import SPARED, sweep_signed
from app.services.vouchers import files
from app.services.vouchers.files import make_voucher_file, own_voucher_pdf
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.money import taken_back
from tests.support.signed_files import StoreDown, file_of, sealed_files
from tests.support.signing import plain, without_authority
from tests.support.vouchers import DAY, kept_with, later, owner_of, receipt


@pytest.fixture
def gateways(gateways):
    return plain(gateways)


@pytest.fixture
def kept(session, gateways, site):
    return kept_with(session, gateways.vault, site)


@pytest.fixture
def paper(session, gateways, site, kept):
    agreement, number = kept
    one = receipt(session, gateways.vault, site, agreement, number)
    return one.public_id, owner_of(session, agreement)


def make(session, gateways, site, paper, *, now=None):
    session.rollback()
    context = acting(now=now or later(1), gateways=gateways, site=site)
    make_voucher_file(session, context, public_id=paper[0], borrower_id=paper[1])


def read(session, gateways, paper):
    return own_voucher_pdf(session, gateways=gateways, public_id=paper[0], borrower_id=paper[1])


def test_asked_for_again_it_is_the_very_file(session, gateways, site, paper):
    make(session, gateways, site, paper)
    first = read(session, gateways, paper)
    assert f"sealed {first.number}" in first.pdf.decode()
    make(session, gateways, site, paper, now=later(400))
    assert read(session, gateways, paper) == first
    assert len(sealed_files(gateways)) == 1
    sha256 = session.scalars(select(VoucherFile.sha256)).one()
    found = session.scalars(select(AuditEntry).where(AuditEntry.action == "voucher.sealed"))
    assert [one.after for one in found] == [{"number": first.number, "sha256": sha256}]
    for number, fault in ((first.number, ""), ("SJ-99999", "unknown_number")):
        assert file_fault(session, number=number, pdf_sha256=sha256, is_stamped=True) == fault


def test_money_taken_back_makes_its_file_no_proof(session, gateways, site, kept, paper):
    make(session, gateways, site, paper)
    first = read(session, gateways, paper)
    payment = session.scalars(select(Payment)).one()
    taken_back(session, payment, kept[0], on=DAY)
    sha256 = session.scalars(select(VoucherFile.sha256)).one()
    fault = file_fault(session, number=first.number, pdf_sha256=sha256, is_stamped=True)
    assert fault == "withdrawn"


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


def test_of_two_at_once_the_first_is_kept(session, gateways, site, paper, monkeypatch):
    sealed = files.sealed_pdf

    def overtaken(*given, **told):
        monkeypatch.setattr(files, "sealed_pdf", sealed)
        make(session, gateways, site, paper)
        return sealed(*given, **told)

    monkeypatch.setattr(files, "sealed_pdf", overtaken)
    make(session, gateways, site, paper, now=later(1) + timedelta(seconds=1))
    (row,) = session.scalars(select(VoucherFile)).all()
    assert row.sealed_at == later(1)
    assert len(sealed_files(gateways)) == 2


def test_what_does_not_answer_leaves_nothing_and_it_can_be_had_later(
    session, gateways, site, paper
):
    down = replace(gateways, agreements=StoreDown(gateways.agreements.root))
    for broken in (without_authority(gateways), down):
        with pytest.raises(GatewayDown):
            make(session, broken, site, paper)
    assert session.scalars(select(VoucherFile)).all() == []
    make(session, gateways, site, paper)
    folder = session.scalars(select(VoucherFile.folder)).one()
    file_of(gateways, folder).write_bytes(b"another")
    with pytest.raises(PaperDiffers):
        read(session, gateways, paper)


def test_the_sweep_leaves_what_a_voucher_names(session, gateways, site, paper):
    make(session, gateways, site, paper)
    old = later(1) + SPARED * 40
    assert sweep_signed(session, acting(now=old, gateways=gateways), limit=200) == 0
    assert read(session, gateways, paper).pdf
