"""A file that is gone or is another is named; a store that is down is told as that."""

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import Agreement, AgreementFile
from app.services.signed_files.keeping import store_pdf
from app.services.upkeep import signed_files
from app.services.upkeep.signed_files import untrue_files
from tests.factories import make_borrower, make_loan
from tests.support import signing
from tests.support.clock import NOW
from tests.support.signed_files import StoreDown, file_of


@pytest.fixture
def number(session, gateways, site, borrower, loan):
    signing.signed(session, signing.plain(gateways), site, borrower=borrower, loan=loan)
    return session.scalars(select(Agreement.number)).one()


def found(session, gateways, night=None):
    session.commit()
    return list(untrue_files(session, gateways=gateways, night=night))


def test_what_was_signed_is_there(session, gateways, number):
    assert found(session, gateways) == []


def gone(file, gateways):
    file_of(gateways, file.folder).unlink()


def cut(file, gateways):
    path = file_of(gateways, file.folder)
    path.write_bytes(path.read_bytes()[:-1])


def another_named(file, gateways):
    file.folder = store_pdf(gateways, b"%PDF another").folder


def another_in_the_table(file, gateways):
    file.pdf = b"%PDF another"


@pytest.mark.parametrize("fault", [gone, cut, another_named, another_in_the_table])
def test_a_file_that_is_not_the_signed_one_is_named(session, gateways, number, fault):
    fault(session.scalars(select(AgreementFile)).one(), gateways)
    assert found(session, gateways) == [f"{number}: the file is not the one that was signed"]


def test_a_row_without_its_folder_is_named_each_night(session, gateways, number, monkeypatch):
    monkeypatch.setattr(signed_files, "read_pdf", None)
    monkeypatch.setattr(signed_files, "_turns", lambda *_of: lambda _key: False)
    assert found(session, gateways) == []
    shutil.rmtree(file_of(gateways, session.scalars(select(AgreementFile.folder)).one()).parent)
    assert found(session, gateways) == [f"{number}: its file is gone"]


def test_a_name_with_another_hash_is_read_each_night(session, gateways, number, monkeypatch):
    monkeypatch.setattr(signed_files, "_turns", lambda *_of: lambda _key: False)
    another_named(session.scalars(select(AgreementFile)).one(), gateways)
    assert found(session, gateways) == [f"{number}: the file is not the one that was signed"]


@pytest.mark.parametrize(("a_night", "nights"), [(9, 1), (2, 2), (1, 3)])
def test_each_is_read_within_so_many_nights_and_no_more_than_so_many_a_night(
    session, gateways, site, monkeypatch, a_night, nights
):
    monkeypatch.setattr(signed_files, "A_NIGHT", a_night)
    for number in range(3):
        borrower = make_borrower(session, gateways.vault, mobile=f"1900375000{number}")
        loan = make_loan(session, borrower)
        signing.signed(session, signing.plain(gateways), site, borrower=borrower, loan=loan)
    for folder in session.scalars(select(AgreementFile.folder)):
        file_of(gateways, folder).write_bytes(b"another")
    told = [
        found(session, gateways, night=NOW.date() + timedelta(days=day)) for day in range(nights)
    ]
    assert max(len(one) for one in told) <= a_night
    assert len({line for one in told for line in one}) == sum(len(one) for one in told) == 3
    assert len(found(session, gateways)) == 3


def test_a_store_that_is_down_is_no_fault_of_a_file_and_not_taken_for_well(
    session, gateways, number
):
    down = replace(gateways, agreements=StoreDown(gateways.agreements.root))
    assert found(session, down) == ["the file store does not answer: not all files were looked at"]
