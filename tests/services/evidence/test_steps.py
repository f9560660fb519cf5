"""What use cases on papers share: going on with the clock that stood still."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import AuditEntry
from app.services.core.transaction import transaction
from app.services.evidence.steps import go_on, open_request, record
from app.services.plans.steps import StateChanged, lock_version
from tests.support.acting import acting
from tests.support.cases import case_of, put
from tests.support.clock import NOW
from tests.support.evidence import ask


def test_going_on_gives_back_the_days_that_were_left(session, vault, site, version, mei):
    left = case_of(session, version).answer_by_on
    session.rollback()
    ask(session, vault, site, version, mei)
    context = acting(vault=vault, now=NOW + timedelta(days=30))
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version)
        asked = open_request(session, version_id=locked.version.id)
        changes = go_on(session, context, locked=locked, asked=asked, why="late")
        record(session, context, locked=locked, action="plan.document_let_go", after=changes)
    assert case_of(session, version).answer_by_on > left + timedelta(days=20)
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert last.after["why"] == "late"


def test_what_was_answered_meanwhile_goes_nowhere(session, vault, site, version, mei):
    ask(session, vault, site, version, mei)
    put(session, version, "withdrawn")
    context = acting(vault=vault)
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version)
        asked = open_request(session, version_id=locked.version.id)
        with pytest.raises(StateChanged):
            go_on(session, context, locked=locked, asked=asked, why="late")
