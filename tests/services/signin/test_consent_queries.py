"""Which consents a borrower has given, and which are still to give."""

import pytest

from app.models import Consent
from app.services.hardship.records import CONSENT
from app.services.signin.consent_queries import documents_to_agree, holds_consent
from app.services.signin.legal_documents import current_documents, document
from tests.factories import make_borrower
from tests.support.clock import NOW

NAMES = {one.name for one in current_documents()}


def give(session, borrower, name, **values):
    one = document(name=name)
    row = Consent(
        borrower_id=borrower.id,
        document=one.name,
        version=one.version,
        sha256=one.sha256,
        given_at=NOW,
        from_where="-",
    )
    for column, value in values.items():
        setattr(row, column, value)
    session.add(row)
    session.commit()


def to_agree(session, borrower):
    return [one.name for one in documents_to_agree(session, borrower_id=borrower.id)]


def test_who_is_new_agrees_to_every_current_document_in_their_order(session, borrower):
    assert to_agree(session, borrower) == [one.name for one in current_documents()]


@pytest.mark.parametrize("values", [{"version": "0"}, {"sha256": "0" * 64}, {"withdrawn_at": NOW}])
def test_only_this_version_and_text_not_withdrawn_counts(session, vault, borrower, values):
    first, *rest = to_agree(session, borrower)
    give(session, borrower, first, **values)
    assert to_agree(session, borrower) == [first, *rest]
    give(session, borrower, first)
    assert to_agree(session, borrower) == rest
    stranger = make_borrower(session, vault, mobile="19003740001")
    assert to_agree(session, stranger) == [first, *rest]


def test_a_consent_holds_in_whatever_version_until_it_is_withdrawn(session, borrower):
    asked = {"borrower_id": borrower.id, "document": CONSENT}
    assert not holds_consent(session, **asked)
    give(session, borrower, CONSENT, withdrawn_at=NOW)
    assert not holds_consent(session, **asked)
    give(session, borrower, CONSENT, version="0")
    assert holds_consent(session, **asked)
    assert CONSENT not in to_agree(session, borrower)
