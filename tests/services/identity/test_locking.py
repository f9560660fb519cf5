"""All rows of a person are locked, in one order."""

import pytest

from app.domain.errors import NotFound
from app.services.identity.locking import lock_person
from tests.factories import make_borrower


def test_all_rows_of_a_person_the_one_asked_for_first(session, vault, borrower):
    twin = make_borrower(session, vault, mobile="19003740009")
    found = lock_person(session, borrower_public_id=twin.public_id)
    assert [one.id for one in found] == [twin.id, borrower.id]
    session.rollback()


def test_nobody_is_not_found(session):
    with pytest.raises(NotFound):
        lock_person(session, borrower_public_id="nobody")
    session.rollback()
