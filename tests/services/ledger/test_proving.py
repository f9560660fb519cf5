"""What must always be true of the ledger, and that breaking it shows."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.services.ledger.proving import broken_books, unequal_journals, unposted_books
from tests.services.ledger.made import FIRST, posted, signed_plan
from tests.support.money import paid
from tests.support.unguarded import unguarded

DAY = timedelta(days=1)
SIGNED = date(2026, 11, 23)
CHECKS = (unequal_journals, unposted_books, broken_books)


@pytest.fixture
def signed(session, vault, site):
    """Books with a late payment, so that something was taken back."""
    found = signed_plan(session, vault, site)
    paid(session, found.agreement, fen=50_000, on=SIGNED + 3 * DAY, ref="W2")
    posted(session, found.plan.id, SIGNED + 3 * DAY)
    paid(session, found.agreement, fen=20_000, on=SIGNED + DAY, ref="W1")
    posted(session, found.plan.id, FIRST)
    return found


def told(session) -> list[str]:
    return [what for check in CHECKS for what in check(session)]


def test_books_that_were_posted_are_sound(session, signed):
    assert told(session) == []


def test_money_that_was_not_posted_shows(session, signed):
    paid(session, signed.agreement, fen=700, on=FIRST, ref="W3")
    found = list(unposted_books(session))
    assert found
    assert all(one.startswith(f"{signed.plan.number}: ") for one in found)
    assert list(broken_books(session)) == []


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        ("UPDATE entries SET fen = fen + 1 WHERE place = 1", unequal_journals, "sums to"),
        ("UPDATE journals SET sealed_at = NULL WHERE seq = 2", unequal_journals, "not sealed"),
        ("DELETE FROM entries WHERE journal_id > 0", unequal_journals, "sums to None"),
        ("UPDATE entries SET number = 7 WHERE number = 1", broken_books, "not what was posted"),
        ("UPDATE journals SET actor = 'x' WHERE seq = 2", broken_books, "chain breaks"),
        ("UPDATE journals SET seq = seq + 50 WHERE reverses_id > 0", broken_books, "chain breaks"),
        ("UPDATE entries SET fen = 3 * fen WHERE payment = '招行 W2'", broken_books, "is -"),
        (
            "UPDATE entries SET fen = 2 * fen WHERE journal_id IN (SELECT id FROM journals WHERE "
            "reverses_id > 0)",
            broken_books,
            "does not take back",
        ),
        ("UPDATE journals SET content_sha256 = 'x' WHERE seq = 1", unposted_books, "not posted"),
        ("UPDATE plans SET active_version_id = NULL", unposted_books, "no terms"),
        ("UPDATE plan_versions SET policy_version = '2025-01-01.1'", unposted_books, "no terms"),
    ],
)
def test_what_somebody_changed_behind_our_back_shows(session, signed, change, check, words):
    with unguarded(session):
        session.execute(text(change))
    assert any(words in one for one in check(session))


def test_a_night_looks_at_the_plans_whose_turn_it_is(session, signed, monkeypatch):
    monkeypatch.setattr("app.services.ledger.proving.A_NIGHT", 1)
    with unguarded(session):
        session.execute(text("UPDATE journals SET actor = 'x' WHERE seq = 2"))
    # Of one plan every night is its turn.
    assert list(broken_books(session, night=SIGNED))
