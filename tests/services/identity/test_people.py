"""One person, whatever customers the lender knows them as."""

import pytest

from app.domain.errors import NotFound
from app.services.identity.people import person_of
from tests.factories import make_borrower


def test_all_rows_of_a_person_the_one_asked_for_first(session, vault, borrower):
    twin = make_borrower(session, vault, mobile="19003740009")
    make_borrower(session, vault, id_number="990101198901140964")
    found = person_of(session, borrower_public_id=twin.public_id)
    assert [one.id for one in found] == [twin.id, borrower.id]


def test_nobody_is_not_found(session):
    with pytest.raises(NotFound):
        person_of(session, borrower_public_id="nobody")
