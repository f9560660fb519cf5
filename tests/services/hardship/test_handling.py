"""A sensitive reason is opened on record, and taken back."""

from sqlalchemy import select

from app.domain.budget import Budget
from app.models import AuditEntry
from app.services.core.context import Actor
from app.services.hardship.handling import read_hardship, withdraw_reason
from app.services.hardship.records import (
    Hardship,
)
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.proposals import actor_of
from tests.support.telling import actions, draft, earn, submit_told, tell, told_of

AGENT = Actor("staff:agent", "127.0.0.1")
WORDS = "做了手术，在家养着。"


def test_reading_a_sensitive_reason_is_on_record_and_it_is_closed_until_then(
    session, vault, site, borrower, loan
):
    tell(session, vault, borrower, loan, "illness", words=WORDS, has_consented=True)
    earn(session, vault, borrower, loan, 100_000, 90_000)
    public_id = submit_told(session, vault, site, borrower, loan)
    told = told_of(session, vault, public_id)
    assert told.is_closed
    assert told.hardship == Hardship(budget=Budget.of_sums(100_000, 90_000))
    session.commit()
    reading = acting(actor=AGENT, vault=vault)
    mine = {"version_public_id": public_id}
    earned = Budget.of_sums(100_000, 90_000)
    assert read_hardship(session, reading, **mine) == Hardship("illness", WORDS, earned)
    assert actions(session).count("hardship.read") == 1
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "hardship.read")).one()
    assert (entry.actor, entry.object_id, entry.after) == (AGENT.who, public_id, None)


def test_reading_an_ordinary_reason_leaves_no_record(session, vault, site, borrower, loan):
    tell(session, vault, borrower, loan, "other", words="说来话长")
    public_id = submit_told(session, vault, site, borrower, loan)
    session.commit()
    found = read_hardship(session, acting(actor=AGENT, vault=vault), version_public_id=public_id)
    assert (found.reason, found.words) == ("other", "说来话长")
    assert "hardship.read" not in actions(session)


def test_taking_it_back_later_deletes_reason_and_words_and_leaves_the_income(
    session, vault, site, borrower, loan
):
    tell(session, vault, borrower, loan, "family", words=WORDS, has_consented=True)
    earn(session, vault, borrower, loan, 100_000, 90_000)
    public_id = submit_told(session, vault, site, borrower, loan)
    stranger = make_borrower(session, vault)
    other = make_loan(session, stranger)
    tell(session, vault, stranger, other, "illness", has_consented=True)
    context = acting(actor=actor_of(borrower), vault=vault)
    assert withdraw_reason(session, context, borrower_id=borrower.id)
    assert not withdraw_reason(session, context, borrower_id=borrower.id)
    found = read_hardship(session, acting(actor=AGENT, vault=vault), version_public_id=public_id)
    assert found == Hardship(budget=Budget.of_sums(100_000, 90_000))
    assert draft(session, vault, stranger, other).hardship.reason == "illness"
    assert actions(session).count("consent.withdrawn") == 1
