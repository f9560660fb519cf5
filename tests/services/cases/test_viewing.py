"""Opening a case is on record, like any look at a borrower; one not there leaves nothing."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry
from app.services.cases.viewing import GaveWay, view_case
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.proposals import changed, make_staff, submitted


def views(session):
    session.rollback()
    query = select(AuditEntry.actor, AuditEntry.object_kind, AuditEntry.object_id)
    return session.execute(query.where(AuditEntry.action == "case.viewed")).all()


def test_opening_a_case_leaves_an_entry_of_who_each_time(session, vault, site):
    version, who = submitted(session, vault, site), make_staff(session)
    for _ in range(2):
        found = view_case(session, acting(vault=vault, staff=who), version_public_id=version)
        assert found.public_id == version
    assert views(session) == [(who.author, "plan_version", version)] * 2


def test_what_is_not_there_leaves_none(session, vault):
    context = acting(vault=vault, staff=make_staff(session))
    with pytest.raises(NotFound):
        view_case(session, context, version_public_id="x" * 20)
    assert views(session) == []


def test_a_version_that_gave_way_is_not_looked_at(session, vault, site):
    borrower = make_borrower(session, vault)
    first = submitted(session, vault, site, borrower=borrower)
    second = changed(session, vault, site, borrower, first, monthly_fen=60_000)
    context = acting(vault=vault, staff=make_staff(session))
    with pytest.raises(GaveWay) as moved:
        view_case(session, context, version_public_id=first, stands_only=True)
    assert moved.value.standing == second
    assert views(session) == []
