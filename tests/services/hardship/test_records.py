"""What is told in confidence: sealed with draft and version, consent of its own, read on record,
taken back.
"""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from app.models import AuditEntry, Consent, PlanDraft, PlanVersion
from app.services.core.context import Actor
from app.services.hardship.handling import read_hardship, withdraw_reason
from app.services.hardship.records import (
    CONSENT,
    HARDSHIP_CODES,
    SENSITIVE,
    UNSAID,
    Hardship,
    open_hardship,
    seal_hardship,
    told_hardship,
)
from app.services.proposals.basis import Answers
from app.services.proposals.draft_queries import draft_of
from app.services.proposals.drafts import ConsentNeeded, save_answers, save_income, save_reason
from app.services.proposals.queries import plan_check
from app.services.signin.legal_documents import current_documents, document
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import ANSWERS, Proposed, actor_of, submit

AGENT = Actor("staff:agent", "127.0.0.1")
WORDS = "做了手术，在家养着。"


def tell(session, vault, borrower, loan, reason, *, words="", has_consented=False, now=NOW):
    save_reason(
        session,
        acting(now=now, actor=actor_of(borrower), vault=vault),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
        reason=reason,
        words=words,
        has_consented=has_consented,
    )


def earn(session, vault, borrower, loan, income_fen, essential_fen):
    save_income(
        session,
        acting(vault=vault),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
        income_fen=income_fen,
        essential_fen=essential_fen,
    )


def draft(session, vault, borrower, loan):
    return draft_of(session, acting(vault=vault), borrower_id=borrower.id, loan_id=loan.id)


def submitted(session, vault, site, borrower, loan) -> str:
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    save_answers(session, acting(), given=ANSWERS, **mine)
    view = plan_check(session, acting(vault=vault), **mine)
    session.commit()
    proposed = Proposed(
        borrower, loan, actor_of(borrower), view.shown_sha256, view.journey.request_key
    )
    return submit(session, vault, site, proposed)


def actions(session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


def consents_of(session, borrower):
    rows = select(Consent).where(Consent.borrower_id == borrower.id, Consent.document == CONSENT)
    return session.scalars(rows.order_by(Consent.id)).all()


def test_there_are_eight_reasons_another_and_none():
    assert len(HARDSHIP_CODES) == 10
    assert HARDSHIP_CODES[-2:] == ("other", UNSAID)
    assert SENSITIVE <= set(HARDSHIP_CODES)


def test_a_reason_is_kept_and_nobody_can_read_it_in_the_table(session, vault, borrower, loan):
    tell(session, vault, borrower, loan, "income_fell", words="厂里停工了")
    kept = draft(session, vault, borrower, loan)
    assert kept.hardship == Hardship("income_fell", "厂里停工了")
    row = session.scalars(select(PlanDraft)).one()
    assert b"income_fell" not in row.hardship_enc
    assert "厂里停工了".encode() not in row.hardship_enc
    assert "income_fell" not in str(row.answers)
    assert not consents_of(session, borrower)


def test_a_sensitive_reason_needs_its_own_consent_and_stores_nothing_without(
    session, vault, borrower, loan
):
    with pytest.raises(ConsentNeeded):
        tell(session, vault, borrower, loan, "illness", words=WORDS)
    assert draft(session, vault, borrower, loan) is None
    tell(session, vault, borrower, loan, "illness", words=WORDS, has_consented=True)
    tell(session, vault, borrower, loan, "illness", words=WORDS, has_consented=True)
    (consent,) = consents_of(session, borrower)
    text = document(name=CONSENT)
    assert (consent.version, consent.sha256, consent.given_at, consent.withdrawn_at) == (
        "1",
        text.sha256,
        NOW,
        None,
    )
    assert actions(session) == ["consent.given"]
    assert CONSENT not in {one.name for one in current_documents()}


def test_choosing_again_withdraws_the_consent(session, vault, borrower, loan):
    tell(session, vault, borrower, loan, "family", words=WORDS, has_consented=True)
    tell(session, vault, borrower, loan, UNSAID)
    (consent,) = consents_of(session, borrower)
    assert consent.withdrawn_at == NOW
    assert draft(session, vault, borrower, loan).hardship == Hardship()
    assert actions(session) == ["consent.given", "consent.withdrawn"]
    tell(session, vault, borrower, loan, "family", has_consented=True)
    assert [one.withdrawn_at for one in consents_of(session, borrower)] == [NOW, None]


@pytest.mark.parametrize(("reason", "words"), [("debt", ""), ("other", "长" * 201)])
def test_a_reason_no_form_lets_through_is_a_callers_fault(
    session, vault, borrower, loan, reason, words
):
    with pytest.raises(ValueError, match="form"):
        tell(session, vault, borrower, loan, reason, words=words)


def test_income_gives_the_surplus_and_is_never_stored_in_plain(session, vault, borrower, loan):
    tell(session, vault, borrower, loan, "work_lost")
    earn(session, vault, borrower, loan, 520_000, 300_000)
    kept = draft(session, vault, borrower, loan)
    assert kept.hardship == Hardship("work_lost", "", 520_000, 300_000)
    assert (kept.answers.surplus_fen, kept.answers.is_income_done) == (220_000, True)
    row = session.scalars(select(PlanDraft)).one()
    assert "surplus_fen" not in row.answers
    assert "220000" not in str(row.answers)


def test_leaving_income_out_is_an_answer_too(session, vault, borrower, loan):
    earn(session, vault, borrower, loan, None, None)
    kept = draft(session, vault, borrower, loan)
    assert (kept.answers.surplus_fen, kept.answers.is_income_done) == (None, True)


@pytest.mark.parametrize(("income", "essential"), [(1, None), (None, 1), (-1, 0), (0, -1)])
def test_an_income_no_form_lets_through_is_a_callers_fault(
    session, vault, borrower, loan, income, essential
):
    with pytest.raises(ValueError, match="form"):
        earn(session, vault, borrower, loan, income, essential)


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


def test_answers_that_lapse_take_what_was_told_along(session, vault, borrower, loan):
    tell(session, vault, borrower, loan, "other", words="说来话长")
    session.execute(update(PlanDraft).values(expires_at=NOW))
    session.commit()
    assert draft(session, vault, borrower, loan) is None
    session.commit()
    save_answers(
        session,
        acting(),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
        given=Answers(upfront_fen=0),
    )
    assert draft(session, vault, borrower, loan).hardship is None


def test_a_surplus_counts_only_where_income_is_asked(session, vault, borrower, loan):
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    earn(session, vault, borrower, loan, 100_000, 100_000)
    save_answers(session, acting(), given=ANSWERS, **mine)
    journey = plan_check(session, acting(vault=vault), **mine).journey
    assert (journey.asks_income, journey.surplus_fen) == (False, None)
    session.commit()
    save_answers(session, acting(), given=replace(ANSWERS, monthly_fen=40_000), **mine)
    view = plan_check(session, acting(vault=vault), **mine)
    assert (view.journey.asks_income, view.journey.surplus_fen, view.target_fen) == (True, 0, 0)
    assert view.option.is_tight
    assert not view.option.is_at_once


def test_sealed_for_one_row_it_opens_for_no_other(vault):
    sealed = seal_hardship(Hardship("other"), vault=vault, table="plan_drafts", row="a")
    assert open_hardship(sealed, vault=vault, table="plan_drafts", row="a") == Hardship("other")
    with pytest.raises(ValueError, match=r".*"):
        open_hardship(sealed, vault=vault, table="plan_versions", row="a")
