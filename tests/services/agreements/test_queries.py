"""What a borrower reads before and after signing."""

import hashlib
from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.services.agreements import queries as agreement_queries
from app.services.agreements.text import text_sha256
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.signing import sign

LATER = NOW + timedelta(minutes=1)


def test_the_agreement_is_read_as_it_was_hashed(session, gateways, site, asked, borrower):
    number = sign(session, gateways, site, asked, now=LATER)
    view = agreement_queries.agreement_view(
        session, acting(now=LATER), borrower_id=borrower.id, number=number
    )
    assert text_sha256(view.text) == view.text_sha256 == asked.assent.shown_sha256
    file = agreement_queries.agreement_pdf(session, borrower_id=borrower.id, number=number)
    assert hashlib.sha256(file.pdf).hexdigest() == view.pdf_sha256


def test_someone_elses_agreement_does_not_exist(session, gateways, site, asked, borrower):
    number = sign(session, gateways, site, asked, now=LATER)
    with pytest.raises(NotFound):
        agreement_queries.agreement_view(
            session, acting(now=LATER), borrower_id=borrower.id + 1, number=number
        )
    with pytest.raises(NotFound):
        agreement_queries.agreement_pdf(session, borrower_id=borrower.id + 1, number=number)
