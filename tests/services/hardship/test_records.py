"""What is told in confidence: sealed with draft and version, consent of its own, read on record,
taken back.
"""

import pytest
from sqlalchemy import select

from app.models import AuditEntry, PlanVersion
from app.services.core.context import Actor
from app.services.hardship.records import (
    REASONS,
    UNSAID,
    Hardship,
    open_hardship,
    read_hardship,
    seal_hardship,
    told_hardship,
    withdraw_reason,
)
from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_check
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.proposals import ANSWERS, Proposed, actor_of, submit
from tests.support.telling import actions, draft, earn, tell

AGENT = Actor("staff:agent", "127.0.0.1")
WORDS = "做了手术，在家养着。"


def submitted(session, vault, site, borrower, loan) -> str:
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    save_answers(session, acting(), given=ANSWERS, **mine)
    view = plan_check(session, acting(vault=vault), **mine)
    session.commit()
    proposed = Proposed(
        borrower, loan, actor_of(borrower), view.shown_sha256, view.road.request_key
    )
    return submit(session, vault, site, proposed)


def test_there_are_eight_reasons_another_and_none():
    assert len(REASONS) == 10
    assert list(REASONS)[-2:] == ["other", UNSAID]
    assert {code for code, reason in REASONS.items() if reason.sensitive} == {"illness", "family"}


def test_the_version_carries_what_was_told_and_the_terms_do_not(
    session, vault, site, borrower, loan
):
    tell(session, vault, borrower, loan, "income_fell", words="厂里停工了")
    earn(session, vault, borrower, loan, 520_000, 300_000)
    public_id = submitted(session, vault, site, borrower, loan)
    version = session.scalars(select(PlanVersion)).one()
    told = open_hardship(version.hardship_enc, vault=vault, table="plan_versions", row=public_id)
    assert told == Hardship("income_fell", "厂里停工了", 520_000, 300_000)
    assert "surplus" not in str(version.terms)
    with pytest.raises(ValueError, match=r".*"):
        open_hardship(version.hardship_enc, vault=vault, table="plan_versions", row="x" * 20)


def test_a_version_without_anything_told_has_nothing(session, vault, site, borrower, loan):
    public_id = submitted(session, vault, site, borrower, loan)
    assert told_hardship(session, acting(vault=vault), version_public_id=public_id) is None


def test_reading_a_sensitive_reason_is_on_record_and_it_is_closed_until_then(
    session, vault, site, borrower, loan
):
    tell(session, vault, borrower, loan, "illness", words=WORDS, has_consented=True)
    earn(session, vault, borrower, loan, 100_000, 90_000)
    public_id = submitted(session, vault, site, borrower, loan)
    told = told_hardship(session, acting(vault=vault), version_public_id=public_id)
    assert told.is_closed
    assert told.hardship == Hardship(income_fen=100_000, essential_fen=90_000)
    session.commit()
    reading = acting(actor=AGENT, vault=vault)
    mine = {"version_public_id": public_id}
    assert read_hardship(session, reading, **mine) == Hardship("illness", WORDS, 100_000, 90_000)
    assert actions(session).count("hardship.read") == 1
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "hardship.read")).one()
    assert (entry.actor, entry.object_id, entry.after) == (AGENT.who, public_id, None)


def test_reading_an_ordinary_reason_leaves_no_record(session, vault, site, borrower, loan):
    tell(session, vault, borrower, loan, "other", words="说来话长")
    public_id = submitted(session, vault, site, borrower, loan)
    session.commit()
    found = read_hardship(session, acting(actor=AGENT, vault=vault), version_public_id=public_id)
    assert (found.reason, found.words) == ("other", "说来话长")
    assert "hardship.read" not in actions(session)


def test_taking_it_back_later_deletes_reason_and_words_and_leaves_the_income(
    session, vault, site, borrower, loan
):
    tell(session, vault, borrower, loan, "family", words=WORDS, has_consented=True)
    earn(session, vault, borrower, loan, 100_000, 90_000)
    public_id = submitted(session, vault, site, borrower, loan)
    stranger = make_borrower(session, vault)
    other = make_loan(session, stranger)
    tell(session, vault, stranger, other, "illness", has_consented=True)
    context = acting(actor=actor_of(borrower), vault=vault)
    assert withdraw_reason(session, context, borrower_id=borrower.id)
    assert not withdraw_reason(session, context, borrower_id=borrower.id)
    found = read_hardship(session, acting(actor=AGENT, vault=vault), version_public_id=public_id)
    assert found == Hardship(income_fen=100_000, essential_fen=90_000)
    assert draft(session, vault, stranger, other).hardship.reason == "illness"
    assert actions(session).count("consent.withdrawn") == 1


def test_sealed_for_one_row_it_opens_for_no_other(vault):
    sealed = seal_hardship(Hardship("other"), vault=vault, table="plan_drafts", row="a")
    assert open_hardship(sealed, vault=vault, table="plan_drafts", row="a") == Hardship("other")
    with pytest.raises(ValueError, match=r".*"):
        open_hardship(sealed, vault=vault, table="plan_versions", row="a")
