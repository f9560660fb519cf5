"""Every sealed field opens where it stands, in every table that has one."""

import pytest
from sqlalchemy import text

from app.models import Base, Borrower
from app.services.upkeep.sealed_fields import moved_fields, sealed_columns
from tests.factories import make_borrower


def test_every_sealed_column_names_its_row_by_a_column_there_is():
    found = list(sealed_columns())
    assert ("borrowers", "id_enc", "public_id") in found
    assert len(found) > 10
    for table, _column, row in found:
        assert row in Base.metadata.tables[table].columns, table


@pytest.mark.parametrize("column", ["name_enc", "mobile_enc", "id_enc"])
def test_fields_swapped_between_two_people_are_named(session, vault, column):
    one, other = make_borrower(session, vault), make_borrower(session, vault)
    assert list(moved_fields(session, vault=vault)) == []
    mine, theirs = getattr(one, column), getattr(other, column)
    setattr(one, column, theirs)
    setattr(other, column, mine)
    session.commit()
    assert sorted(moved_fields(session, vault=vault)) == sorted(
        f"borrowers {who.id}: {column} does not open where it stands" for who in (one, other)
    )


def test_a_field_of_another_column_or_altered_is_named(session, vault):
    who = make_borrower(session, vault)
    who.name_enc = who.id_enc
    who.mobile_enc = who.mobile_enc[:-1] + bytes([who.mobile_enc[-1] ^ 1])
    session.commit()
    assert len(list(moved_fields(session, vault=vault))) == 2
    session.execute(text("UPDATE borrowers SET name_enc = mobile_enc"))
    assert session.get(Borrower, who.id) is not None
