"""Agreement: each document apart, by version and text; a new version asks again."""

import pytest
from sqlalchemy import select

from app.models import Consent
from app.services.core.context import Actor
from app.services.signin import consents, sessions
from app.services.signin.consent_queries import documents_to_agree
from app.services.signin.consents import AgreementMissing
from app.services.signin.legal_documents import current_documents
from tests.support.acting import acting
from tests.support.clock import NOW

NAMES = {one.name for one in current_documents()}


def agree(session, borrower, ticked):
    actor = Actor(f"borrower:{borrower.public_id}", "10.0.0.1")
    consents.agree_documents(session, acting(actor=actor), borrower_id=borrower.id, ticked=ticked)


def has_agreed(session, vault, borrower) -> bool:
    token = sessions.start_session(session, acting(), borrower_id=borrower.id)
    session.commit()
    return sessions.read_session(session, acting(vault=vault), token=token).has_agreed


def test_each_document_is_one_consent_with_its_text(session, vault, borrower):
    assert not has_agreed(session, vault, borrower)
    agree(session, borrower, NAMES)
    agree(session, borrower, NAMES)
    rows = session.scalars(select(Consent).where(Consent.borrower_id == borrower.id)).all()
    assert {
        (one.document, one.version, one.sha256, one.given_at, one.from_where) for one in rows
    } == {(one.name, one.version, one.sha256, NOW, "10.0.0.1") for one in current_documents()}
    assert len(rows) == 2
    assert has_agreed(session, vault, borrower)


@pytest.mark.parametrize("left_out", sorted(NAMES))
def test_one_alone_is_not_enough_and_stores_nothing(session, vault, borrower, left_out):
    with pytest.raises(AgreementMissing):
        agree(session, borrower, NAMES - {left_out})
    assert not session.scalars(select(Consent).where(Consent.borrower_id == borrower.id)).all()


@pytest.mark.parametrize("change", ["version", "sha256", "withdrawn_at"])
def test_another_version_or_text_or_a_withdrawal_asks_for_that_document_again(
    session, vault, borrower, change
):
    agree(session, borrower, NAMES)
    row = session.scalars(select(Consent).where(Consent.borrower_id == borrower.id)).first()
    setattr(row, change, NOW if change == "withdrawn_at" else "0")
    session.commit()
    assert not has_agreed(session, vault, borrower)
    missing = documents_to_agree(session, borrower_id=borrower.id)
    assert [one.name for one in missing] == [row.document]
