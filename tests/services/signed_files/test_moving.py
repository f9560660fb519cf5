"""PDFs leave the database in small steps, each readable at any moment, and can come back."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.errors import GatewayDown
from app.models import Agreement, AgreementFile, AuditEntry
from app.services.signed_files import moving
from app.services.signed_files.handing_out import hand_out_pdf
from app.services.signed_files.keeping import PaperDiffers
from app.services.signed_files.moving import move_out, take_in
from tests.support.acting import acting
from tests.support.exporting import copies, signed
from tests.support.signed_files import StoreDown, file_of, sealed_files

PDF = b"%PDF-1.7 kept in the table"


@pytest.fixture
def numbers(session, vault, site):
    """Five agreements from before, their PDFs in the table."""
    one = signed(session, vault, site, pdf=PDF)
    copies(session, one, 4, pdf=PDF)
    return session.scalars(select(Agreement.number).order_by(Agreement.id)).all()


@pytest.fixture
def context(gateways):
    return acting(gateways=gateways)


@pytest.fixture(autouse=True)
def steps_of_two(monkeypatch):
    monkeypatch.setattr(moving, "STEP", 2)


def rows(session):
    session.rollback()
    session.expire_all()
    return session.scalars(select(AgreementFile).order_by(AgreementFile.agreement_id)).all()


def told(session, action):
    query = select(AuditEntry.actor, AuditEntry.after).where(AuditEntry.action == action)
    return [(actor, after["files"]) for actor, after in session.execute(query)]


def everyone_reads(session, context, numbers):
    found = {hand_out_pdf(session, context, number=one).pdf for one in numbers}
    session.rollback()
    return found == {PDF}


def test_it_goes_step_by_step_and_every_paper_can_be_read_between(
    session, context, gateways, numbers
):
    for moved, left in ((2, 3), (2, 1), (1, 0), (0, 0)):
        assert move_out(session, context, limit=200) == moved
        assert [one.pdf for one in rows(session)].count(PDF) == left
        assert everyone_reads(session, context, numbers)
    assert {(one.pdf, one.size) for one in rows(session)} == {(None, len(PDF))}
    assert {one.folder for one in rows(session)} == sealed_files(gateways)
    assert len(sealed_files(gateways)) == 5
    assert told(session, "agreement.files_moved") == [("job:papers", n) for n in (2, 2, 1)]


def test_no_more_than_asked_for(session, context, numbers):
    assert move_out(session, context, limit=1) == 1


def test_a_store_that_is_down_leaves_everything_where_it_is(session, gateways, context, numbers):
    down = replace(gateways, agreements=StoreDown(gateways.agreements.root))
    with pytest.raises(GatewayDown):
        move_out(session, acting(gateways=down), limit=200)
    assert [one.pdf for one in rows(session)] == [PDF] * 5
    assert everyone_reads(session, acting(gateways=down), numbers)


def test_of_two_at_once_one_moves_it(session, gateways, context, numbers, monkeypatch):
    store, others = moving.store_pdf, []

    def while_another_does(gateways, pdf):
        monkeypatch.setattr(moving, "store_pdf", store)
        others.append(move_out(session, context, limit=1))
        return store(gateways, pdf)

    monkeypatch.setattr(moving, "store_pdf", while_another_does)
    assert move_out(session, context, limit=1) == 0
    assert others == [1]
    # The other's is named; this one's is left to the sweep.
    (first, *_rest) = rows(session)
    assert first.folder in sealed_files(gateways)
    assert len(sealed_files(gateways)) == 2
    assert everyone_reads(session, context, numbers)


def test_one_that_is_not_the_signed_one_is_moved_and_stays_refused(
    session, gateways, context, numbers
):
    (first, *_rest) = rows(session)
    first.pdf = b"%PDF-1.7 another"
    session.commit()
    while move_out(session, context, limit=200):
        pass
    assert {one.pdf for one in rows(session)} == {None}
    with pytest.raises(PaperDiffers):
        hand_out_pdf(session, context, number=numbers[0])
    assert everyone_reads(session, context, numbers[1:])


def test_back_in_the_table_they_are_what_they_were(session, gateways, context, numbers):
    while move_out(session, context, limit=200):
        pass
    files = sealed_files(gateways)
    taken = [take_in(session, context) for _ in range(4)]
    assert taken == [2, 2, 1, 0]
    assert [one.pdf for one in rows(session)] == [PDF] * 5
    # A backup from a moment ago names them still.
    assert {one.folder for one in rows(session)} == files == sealed_files(gateways)
    assert told(session, "agreement.files_taken_in") == [("test:-", n) for n in (2, 2, 1)]
    down = replace(gateways, agreements=StoreDown(gateways.agreements.root))
    assert everyone_reads(session, acting(gateways=down), numbers)
    assert move_out(session, context, limit=200) == 2


def test_one_that_is_gone_is_not_taken_for_a_paper(session, gateways, context, numbers):
    while move_out(session, context, limit=200):
        pass
    file_of(gateways, rows(session)[0].folder).unlink()
    with pytest.raises(PaperDiffers):
        take_in(session, context)
    assert {one.pdf for one in rows(session)} == {None}
