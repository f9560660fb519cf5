"""The trail is anchored outside the database once a day, and a rebuilt chain shows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.models import AuditEntry, AuditHead
from app.services.core import audit
from app.services.core.audit import GENESIS, row_hash
from app.services.core.transaction import transaction
from app.services.upkeep.anchoring import anchor_trail, moved_anchors
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.unguarded import unguarded


@pytest.fixture
def context():
    return acting()


def act(session, context, what="something.done"):
    with transaction(session):
        audit.record(session, context, action=what, object_kind="x", object_id="-")


def test_a_day_has_one_line(session, context):
    act(session, context)
    assert anchor_trail(session, context)
    act(session, context)
    assert not anchor_trail(session, context)
    assert anchor_trail(session, context.at(NOW + timedelta(days=1)))
    assert [line.split()[:2] for line in context.gateways.anchors.lines()] == [
        ["2026-11-23", "1"],
        ["2026-11-24", "2"],
    ]
    assert list(moved_anchors(session, anchors=context.gateways.anchors)) == []


def test_an_empty_trail_is_not_noted(session, context):
    assert not anchor_trail(session, context)


def test_a_chain_that_was_rebuilt_whole_shows(session, context):
    """Every hash taken anew: the chain itself is unbroken."""
    act(session, context)
    act(session, context)
    anchor_trail(session, context)
    with unguarded(session):
        last = GENESIS
        for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all():
            entry.actor, entry.prev_hash = "staff:other", last
            entry.row_hash = last = row_hash(entry)
            session.flush()
        session.execute(update(AuditHead).values(row_hash=last))
    assert list(moved_anchors(session, anchors=context.gateways.anchors)) == [
        "anchor of 2026-11-23: entry 2 is not the one that stood there"
    ]


def test_a_chain_cut_before_what_was_noted_shows(session, context):
    act(session, context)
    anchors = replace(context.gateways).anchors
    anchors.append(f"2026-11-22 9 {GENESIS}")
    assert len(list(moved_anchors(session, anchors=anchors))) == 1


def test_a_line_that_is_not_ours_is_named(session, context):
    context.gateways.anchors.append("hello")
    assert list(moved_anchors(session, anchors=context.gateways.anchors)) == [
        "anchor hello: not a line of ours"
    ]
