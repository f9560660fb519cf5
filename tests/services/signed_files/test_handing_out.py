"""The signed PDF for staff: the very bytes, and every download on record."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from app.domain.errors import GatewayDown, NotFound
from app.domain.stamps import NotStampedYet
from app.models import Agreement, AgreementFile, AuditEntry
from app.services.core.context import Actor
from app.services.signed_files.handing_out import hand_out_pdf
from app.services.signed_files.keeping import PaperDiffers
from app.services.signed_files.moving import move_out
from tests.support.acting import acting
from tests.support.exporting import signed
from tests.support.signed_files import StoreDown

WHO = acting(actor=Actor("staff:zheng"))


def entries(session):
    taken = AuditEntry.action == "agreement.pdf_taken"
    return session.scalars(select(AuditEntry).where(taken)).all()


def test_each_download_is_on_record(session, vault, site):
    agreement = signed(session, vault, site, pdf=b"%PDF-1")
    for _ in range(2):
        assert hand_out_pdf(session, WHO, number=agreement.number).pdf == b"%PDF-1"
    told = [(one.actor, one.object_id, one.after) for one in entries(session)]
    assert told == 2 * [("staff:zheng", agreement.number, {"sha256": agreement.pdf_sha256})]


def test_what_is_not_there_or_not_the_signed_one_is_not_handed_out(session, vault, site):
    agreement = signed(session, vault, site, pdf=b"%PDF-1")
    with pytest.raises(NotFound):
        hand_out_pdf(session, WHO, number="AH-0-1")
    session.execute(update(AgreementFile).values(pdf=b"%PDF-x"))
    session.commit()
    with pytest.raises(PaperDiffers):
        hand_out_pdf(session, WHO, number=agreement.number)
    assert not entries(session)


def test_what_waits_for_its_stamp_is_not_handed_out(session, vault, site):
    agreement = signed(session, vault, site, pdf=b"%PDF-1")
    session.execute(update(Agreement).values(stamp="due"))
    session.commit()
    with pytest.raises(NotStampedYet):
        hand_out_pdf(session, WHO, number=agreement.number)
    assert not entries(session)


def test_a_store_that_is_down_hands_out_nothing_and_puts_nothing_on_record(session, gateways, site):
    agreement = signed(session, gateways.vault, site, pdf=b"%PDF-1")
    assert move_out(session, acting(gateways=gateways), limit=1) == 1
    down = replace(gateways, agreements=StoreDown(gateways.agreements.root))
    with pytest.raises(GatewayDown):
        hand_out_pdf(session, acting(gateways=down), number=agreement.number)
    assert not entries(session)
    up = acting(gateways=gateways)
    assert hand_out_pdf(session, up, number=agreement.number).pdf == b"%PDF-1"
    assert len(entries(session)) == 1
