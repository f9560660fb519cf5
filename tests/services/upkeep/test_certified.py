"""A certificate that says something else than was hashed is named, and so is its file."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.models import Certificate, CertificateFile, Plan
from app.services.certificates.files import make_certificate_file
from app.services.upkeep.certified import untrue_texts
from app.services.upkeep.signed_files import untrue_files
from tests.support.acting import acting
from tests.support.certificates import certified, paid_off, signed_of
from tests.support.clock import NOW
from tests.support.signed_files import file_of
from tests.support.signing import plain

DAY = (NOW + timedelta(days=3)).date()


@pytest.fixture
def one(session, gateways, site):
    number = signed_of(session, gateways.vault, site)
    paid_off(session, number, on=DAY)
    found = certified(session, gateways.vault, site, number, on=DAY)
    owner = session.get_one(Plan, found.plan_id).borrower_id
    public_id = found.public_id
    session.rollback()
    context = acting(gateways=plain(gateways), site=site)
    make_certificate_file(session, context, borrower_id=owner, public_id=public_id)
    return session.scalars(select(Certificate)).one()


@pytest.mark.parametrize(
    "change", ['text = \'{"number": "JQ-1-1"}\'', "text_sha256 = '1'", "kind = 'arrears'"]
)
def test_a_text_that_was_changed_is_named(session, one, change):
    assert list(untrue_texts(session)) == []
    session.rollback()
    on = " ON certificates" if session.get_bind().dialect.name == "postgresql" else ""
    session.execute(text(f"DROP TRIGGER certificates_fixed{on}"))
    session.execute(text(f"UPDATE certificates SET {change}"))
    (told,) = untrue_texts(session)
    assert told.endswith(": its text is not the one that was issued")


def test_a_file_that_is_another_is_named_by_its_certificate(session, gateways, one):
    number = one.text["number"]
    assert not [
        told for told in untrue_files(session, gateways=gateways, night=None) if "JQ" in told
    ]
    folder = session.scalars(select(CertificateFile.folder)).one()
    file_of(gateways, folder).write_bytes(b"another")
    told = list(untrue_files(session, gateways=gateways, night=None))
    assert f"{number}: the file is not the one that was signed" in told
