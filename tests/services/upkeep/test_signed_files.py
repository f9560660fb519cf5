"""A file that is gone or is another is named; a store that is down is told as that."""

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.models import Agreement, AgreementFile, Certificate, CertificateFile, Plan
from app.services.certificates.files import make_certificate_file
from app.services.signed_files.keeping import store_pdf
from app.services.upkeep import signed_files
from app.services.upkeep.signed_files import untrue_files, untrue_texts
from tests.factories import make_borrower, make_loan
from tests.support import signing
from tests.support.acting import acting
from tests.support.certificates import certified, paid_off, signed_of
from tests.support.clock import NOW
from tests.support.signed_files import StoreDown, file_of

DAY = (NOW + timedelta(days=3)).date()


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


@pytest.fixture
def certificate(session, gateways, site):
    number = signed_of(session, gateways.vault, site)
    paid_off(session, number, on=DAY)
    found = certified(session, gateways.vault, site, number, on=DAY)
    owner = session.get_one(Plan, found.plan_id).borrower_id
    public_id = found.public_id
    session.rollback()
    context = acting(gateways=signing.plain(gateways), site=site)
    make_certificate_file(session, context, borrower_id=owner, public_id=public_id)
    return session.scalars(select(Certificate)).one()


@pytest.mark.parametrize(
    "change", ['text = \'{"number": "JQ-1-1"}\'', "text_sha256 = '1'", "kind = 'arrears'"]
)
def test_a_text_that_was_changed_is_named(session, certificate, change):
    assert list(untrue_texts(session)) == []
    session.rollback()
    on = " ON certificates" if session.get_bind().dialect.name == "postgresql" else ""
    session.execute(text(f"DROP TRIGGER certificates_fixed{on}"))
    session.execute(text(f"UPDATE certificates SET {change}"))
    (told,) = untrue_texts(session)
    assert told.endswith(": its text is not the one that was issued")


def test_a_file_that_is_another_is_named_by_its_certificate(session, gateways, certificate):
    number = certificate.text["number"]
    assert not [
        told for told in untrue_files(session, gateways=gateways, night=None) if "JQ" in told
    ]
    folder = session.scalars(select(CertificateFile.folder)).one()
    file_of(gateways, folder).write_bytes(b"another")
    told = list(untrue_files(session, gateways=gateways, night=None))
    assert f"{number}: the file is not the one that was signed" in told
