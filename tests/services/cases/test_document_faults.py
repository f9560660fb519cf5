"""A document that could not be made is taken off the list once, on record without its
characters.
"""

import pytest
from sqlalchemy import func, select, update

from app.domain.errors import NotFound
from app.domain.masks import spelled
from app.models import AuditEntry, Case
from app.services.cases.document_faults import clear_fault
from app.services.core.context import Actor
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.proposals import submitted


def clear(session, version):
    clear_fault(session, acting(actor=Actor("staff:x")), version_public_id=version)


def seen(session):
    return session.scalars(
        select(AuditEntry).where(AuditEntry.action == "agreement.fault_seen")
    ).all()


def test_cleared_once_and_on_record(session, vault, site):
    version = submitted(session, vault, site)
    session.execute(update(Case).values(document_fault="𱁬𰻝"))
    session.commit()
    clear(session, version)
    clear(session, version)
    assert case_of(session, version).document_fault is None
    entry = seen(session)[0]
    assert (len(seen(session)), entry.object_id, entry.before) == (1, version, {"count": 2})
    assert "𱁬" not in str(entry.before)


def test_without_a_fault_nothing_happens(session, vault, site):
    version = submitted(session, vault, site)
    before = session.scalar(select(func.count()).select_from(AuditEntry))
    clear(session, version)
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == before


def test_an_absent_version_is_not_found(session):
    with pytest.raises(NotFound):
        clear(session, "x" * 20)


def test_characters_are_told_with_their_code_points():
    assert spelled("𱁬好") == "𱁬 U+3106C、好 U+597D"
    assert spelled(None) == ""
