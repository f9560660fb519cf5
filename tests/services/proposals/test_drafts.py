"""Answers on the journey to a plan: kept beside each other, sealed where told in confidence, for
ninety days.
"""

import pytest
from sqlalchemy import event, select

from app.domain.budget import Budget
from app.models import PlanDraft
from app.services.hardship.records import CONSENT, UNSAID, Hardship
from app.services.proposals.basis import Answers
from app.services.proposals.draft_queries import journey_basis
from app.services.proposals.drafts import ConsentNeeded, lock_journey, save_answers
from app.services.signin.legal_documents import current_documents, document
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.telling import actions, consents_of, draft, earn, tell

WORDS = "做了手术，在家养着。"


@pytest.mark.parametrize(
    "given",
    [
        Answers(upfront_fen=-1),
        Answers(monthly_fen=0),
        Answers(pay_day=29),
        Answers(pay_day=0),
        Answers(choice="x"),
    ],
)
def test_answers_no_form_lets_through_are_a_callers_fault(session, vault, given):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    with pytest.raises(ValueError, match=r"form|pay day|choice"):
        save_answers(
            session, acting(), borrower_id=borrower.id, loan_public_id=loan.public_id, given=given
        )


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
    assert kept.hardship == Hardship("work_lost", "", Budget.of_sums(520_000, 300_000))
    assert (kept.answers.surplus_fen, kept.answers.is_income_done) == (220_000, True)
    row = session.scalars(select(PlanDraft)).one()
    assert "surplus_fen" not in row.answers
    assert "220000" not in str(row.answers)


def test_leaving_income_out_is_an_answer_too(session, vault, borrower, loan):
    earn(session, vault, borrower, loan, None, None)
    kept = draft(session, vault, borrower, loan)
    assert (kept.answers.surplus_fen, kept.answers.is_income_done) == (None, True)


@pytest.mark.parametrize(("income", "essential"), [(-1, 0), (0, -1)])
def test_an_income_no_form_lets_through_is_a_callers_fault(
    session, vault, borrower, loan, income, essential
):
    with pytest.raises(ValueError, match="form"):
        earn(session, vault, borrower, loan, income, essential)


def test_what_a_plan_stands_on_is_read_once_under_its_locks(session, vault, borrower, loan):
    asked = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    seen, counts = [], []
    event.listen(session.connection(), "before_cursor_execute", lambda *_: seen.append(1))
    for read in (journey_basis, journey_basis, lock_journey):  # the first reads the policy as well
        session.expunge_all()
        seen.clear()
        read(session, acting(vault=vault), **asked)
        counts.append(len(seen))
    # On PostgreSQL also the book, before anything else, and the loans.
    locks = {"sqlite": 2, "postgresql": 5}
    assert counts[2] == counts[1] + locks[session.get_bind().dialect.name]
