"""Files that no agreement names go after a month; what one names, stamped or before, stays."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import AgreementFile, AuditEntry
from app.services.agreements import signing
from app.services.agreements.stamping import stamp_agreement
from app.services.signed_files.keeping import store_pdf
from app.services.signed_files.sweeping import SPARED, sweep_signed
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.signed_files import sealed_files, stored_pdf
from tests.support.signing import approved, ask, plain, read_by, sign, without_authority

OLD = NOW - SPARED - timedelta(seconds=1)
YOUNG = NOW - SPARED + timedelta(seconds=1)


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


@pytest.fixture
def gateways(gateways):
    return plain(gateways)


@pytest.fixture
def asked(session, gateways, site, borrower, loan):
    version = approved(session, gateways, site, borrower=borrower, loan=loan)
    return ask(session, gateways, site, read_by(session, gateways, site, version, borrower))


@pytest.fixture
def sweep(session, gateways):
    def sweep(limit=200):
        return sweep_signed(session, acting(gateways=gateways), limit=limit)

    return sweep


def written(gateways, at):
    """Every file was written at this instant."""
    for one in gateways.agreements.root.rglob("*"):
        os.utime(one, (at.timestamp(), at.timestamp()))


def named(session):
    session.rollback()
    return session.execute(select(AgreementFile.folder, AgreementFile.unstamped_folder)).one()


def test_a_kill_between_file_and_commit_leaves_no_row_and_its_file_goes(
    session, gateways, site, asked, sweep, monkeypatch
):
    def kill(*_args, **_values):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(signing, "keep_reply", kill)
        with pytest.raises(Killed):
            sign(session, gateways, site, asked)
    session.rollback()
    assert session.scalars(select(AgreementFile)).all() == []
    assert len(sealed_files(gateways)) == 1
    written(gateways, OLD)
    assert (sweep(), sweep()) == (1, 0)
    assert sealed_files(gateways) == set()
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "agreement.files_swept")
    ).one()
    assert (entry.actor, entry.after) == ("job:sweeping", {"files": 1})
    # The code was not used up: the same signature goes through.
    sign(session, gateways, site, asked)
    assert sealed_files(gateways) == {named(session).folder}


def test_a_commit_that_was_lost_on_the_way_back_has_its_file(
    session, gateways, site, asked, sweep, monkeypatch
):
    commit = session.commit

    def lost():
        commit()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(session, "commit", lost)
        with pytest.raises(Killed):
            sign(session, gateways, site, asked)
    written(gateways, OLD)
    assert sweep() == 0
    assert sealed_files(gateways) == {named(session).folder}
    assert stored_pdf(session, gateways)


def test_what_may_still_be_under_way_stays(gateways, sweep):
    store_pdf(gateways, b"%PDF")
    written(gateways, YOUNG)
    assert sweep() == 0
    written(gateways, OLD)
    assert sweep() == 1


def test_the_file_before_its_stamp_stays_named_beside_the_stamped_one(
    session, gateways, site, asked, sweep
):
    number = sign(session, without_authority(gateways), site, asked)
    before = named(session).folder
    assert stamp_agreement(session, acting(gateways=gateways), number=number)
    folder, unstamped = named(session)
    assert (unstamped, folder != before) == (before, True)
    written(gateways, OLD)
    assert sweep() == 0
    assert sealed_files(gateways) == {folder, before}


def test_however_many_there_are(gateways, sweep):
    for number in range(5):
        store_pdf(gateways, b"%%PDF %d" % number)
    written(gateways, OLD)
    assert sweep(limit=2) == 5


def test_nothing_was_ever_written(sweep):
    assert sweep() == 0
