"""Stored journals as values, and the chain of a plan's."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.services.ledger.rows import (
    ChainLink,
    chained,
    first_hash,
    stored_entries,
    stored_journals,
)
from tests.services.ledger.made import posted, rows, signed_plan
from tests.support.money import paid

SIGNED = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
LINK = ChainLink(1, 1, None, "a" * 64, date(2026, 11, 1), AT, "job:x", None)


def test_the_chain_is_over_everything_a_journal_is():
    changed = (
        {"seq": 2},
        {"generation": 2},
        {"reverses": 1},
        {"content_sha256": "b" * 64},
        {"period_on": date(2026, 12, 1)},
        {"posted_at": AT + timedelta(microseconds=1)},
        {"actor": "job:y"},
        {"correlation_id": "line-7"},
    )
    hashes = {chained("0", LINK._replace(**one)) for one in changed}
    assert len({chained("0", LINK), chained("1", LINK), *hashes}) == len(changed) + 2


def test_an_instant_is_one_in_whatever_zone():
    there = LINK._replace(posted_at=AT.astimezone(timezone(timedelta(hours=8))))
    assert chained("0", there) == chained("0", LINK)


def test_every_plans_chain_begins_elsewhere():
    assert first_hash("AH-00001") != first_hash("AH-00002")


def test_stored_journals_come_in_their_sequence_with_their_entries(session, vault, site):
    signed = signed_plan(session, vault, site)
    paid(session, signed.agreement, fen=50_000, on=SIGNED + timedelta(days=1), ref="W1")
    found = posted(session, signed.plan.id, SIGNED + timedelta(days=1))
    (book,) = stored_journals(session, plan_ids=[signed.plan.id]).values()
    assert [one.journal.seq for one in book] == [1, 2]
    assert [one.kind for one in book] == ["opening", "receipt"]
    entries = stored_entries(session, journal_ids=[one.id for one in book])
    assert [entries[one.id] for one in book] == [one.draft.entries for one in found]
    last = first_hash(signed.plan.number)
    for one in book:
        last = chained(last, one.link)
        assert one.row_hash == last


@pytest.mark.parametrize("ask", [stored_journals, stored_entries])
def test_of_nothing_there_is_nothing(session, ask):
    name = "plan_ids" if ask is stored_journals else "journal_ids"
    assert not ask(session, **{name: []})


def test_what_is_not_sealed_is_invisible(session, vault, site):
    signed = signed_plan(session, vault, site)
    posted(session, signed.plan.id, SIGNED)
    (opened,) = rows(session, signed.plan.id)
    copy = {name: getattr(opened, name) for name in opened.__mapper__.columns.keys()}
    session.add(type(opened)(**copy | {"id": None, "seq": 2, "generation": 2, "sealed_at": None}))
    session.flush()
    (book,) = stored_journals(session, plan_ids=[signed.plan.id]).values()
    assert [one.journal.seq for one in book] == [1]
