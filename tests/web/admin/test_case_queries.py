"""The case page asks the database as often, however much was written, given and noted."""

import pytest

from tests.support.counting import FEW, questions, statements
from tests.support.long_cases import a_case
from tests.support.people import make_staff, sign_in_staff
from tests.support.proposals import make_staff as make_owner
from tests.support.several import proposed_over, three_loans


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)
def test_a_long_case_asks_as_often_as_a_short_one(app, client, session, gateways, site, borrower):
    owner = make_owner(session, roles=("supervisor",))
    desk = sign_in_staff(client, session, make_staff(session, "agent"))
    version = a_case(session, gateways, site, borrower=borrower, owner=owner, count=1)
    asked_by(app, desk, version)  # the values of the policy in force are read by the first page
    short = asked_by(app, desk, version)
    version = a_case(session, gateways, site, borrower=borrower, owner=owner, count=50)
    long = asked_by(app, desk, version)
    assert len(short) == len(long), set(long) ^ set(short)
    assert len(long) <= FEW, long


def asked_by(app, desk, version) -> list[str]:
    with statements(app.extensions["anhuan_engine"]) as seen:
        page = desk.get(f"/admin/plan/{version}")
    assert page.status_code == 200
    return questions(seen)


def test_a_case_over_three_loans_asks_as_often_as_over_one(app, client, session, gateways, site):
    desk = sign_in_staff(client, session, make_staff(session, "agent"))
    made = []
    for count in (1, 3):
        borrower, loans = three_loans(session, gateways.vault, count)
        made.append(proposed_over(session, gateways.vault, site, borrower, loans).public_id)
    session.rollback()
    asked_by(app, desk, made[0])  # the values of the policy in force are read by the first page
    one, three = (asked_by(app, desk, version) for version in made)
    assert len(one) == len(three) <= FEW, set(one) ^ set(three)
