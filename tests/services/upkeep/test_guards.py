"""What was given stays: the database refuses to change it, and lets go on what goes on."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.models import Export
from tests.factories import make_borrower, make_hold
from tests.support.clock import NOW
from tests.support.proposals import decide, make_staff, submitted


@pytest.fixture
def house(session, vault, site):
    borrower = make_borrower(session, vault)
    decide(
        session,
        vault,
        site,
        submitted(session, vault, site, borrower=borrower),
        make_staff(session),
    )
    make_hold(session, borrower)
    session.add(
        Export(purpose="对账", filter={"kind": "all"}, rows=0, sha256="", at=NOW, total_fen=0)
    )
    session.commit()
    return session


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET words = 'x'",
        "UPDATE decisions SET answer = 'refuse'",
        "DELETE FROM decisions",
        "UPDATE holds SET borrower_id = borrower_id + 1",
        "UPDATE holds SET from_at = until_at",
        "DELETE FROM holds",
        "UPDATE staff_roles SET role = 'admin'",
        "DELETE FROM staff_roles",
        "UPDATE exports SET purpose = 'x'",
        "UPDATE exports SET filter = '{}'",
        "DELETE FROM exports",
    ],
)
def test_what_was_given_stays(house, statement):
    with pytest.raises(DBAPIError, match="what was given stays"):
        house.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE holds SET ended_by = 'someone'",
        "UPDATE staff_roles SET until_at = from_at",
        "UPDATE exports SET rows_done = 7, state = 'done'",
    ],
)
def test_what_goes_on_goes_on(house, statement):
    assert house.execute(text(statement)).rowcount


def test_a_role_that_was_taken_away_does_not_come_back(house):
    house.execute(text("UPDATE staff_roles SET until_at = from_at"))
    with pytest.raises(DBAPIError, match="what was given stays"):
        house.execute(text("UPDATE staff_roles SET until_at = NULL"))
