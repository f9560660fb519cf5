"""The answers kept for a loan, until they lapse."""

from datetime import timedelta

from sqlalchemy import update

from app.models import PlanDraft
from app.services.proposals.basis import Answers
from app.services.proposals.draft_queries import draft_of, draft_row
from app.services.proposals.drafts import save_answers
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.telling import draft, tell


def test_answers_are_kept_beside_each_other_for_ninety_days(session, vault):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    save_answers(session, acting(), given=Answers(upfront_fen=0), **mine)
    save_answers(session, acting(), given=Answers(monthly_fen=130_000), **mine)
    kept = draft_of(
        session,
        acting(now=NOW + timedelta(days=89), vault=vault),
        borrower_id=borrower.id,
        loan_id=loan.id,
    )
    assert kept.answers == Answers(upfront_fen=0, monthly_fen=130_000)
    assert (
        draft_of(
            session,
            acting(now=NOW + timedelta(days=90), vault=vault),
            borrower_id=borrower.id,
            loan_id=loan.id,
        )
        is None
    )
    session.commit()
    save_answers(
        session, acting(now=NOW + timedelta(days=91)), given=Answers(pay_day="last"), **mine
    )
    anew = draft_of(
        session,
        acting(now=NOW + timedelta(days=91), vault=vault),
        borrower_id=borrower.id,
        loan_id=loan.id,
    )
    assert anew.answers == Answers(pay_day="last")
    assert anew.request_key != kept.request_key


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


def test_a_draft_is_of_one_borrower_and_one_loan(session, vault, borrower, loan):
    save_answers(
        session,
        acting(),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
        given=Answers(pay_on=None, pay_day="last", monthly_fen=1),
    )
    stranger = make_borrower(session, vault, mobile="19003740001")
    for whose, which in ((stranger.id, loan.id), (borrower.id, make_loan(session, borrower).id)):
        asked = {"borrower_id": whose, "loan_id": which}
        assert draft_of(session, acting(vault=vault), **asked) is None
        assert draft_row(session, **asked) is None


def test_a_chosen_day_comes_back_as_a_day(session, vault, borrower):
    loan = make_loan(session, borrower, principal_fen=15_000, annual_ppm=0)
    day = NOW.date() + timedelta(days=7)
    save_answers(
        session,
        acting(),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
        given=Answers(pay_on=day),
    )
    assert draft(session, vault, borrower, loan).answers == Answers(pay_on=day)
