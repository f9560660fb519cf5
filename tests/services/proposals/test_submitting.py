"""Submitting a proposal: what is stored, once, and what refuses it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from app.domain.errors import NotFound
from app.domain.plan import FiguresChanged
from app.domain.plan_terms import OLDEST_FIRST, parts_in
from app.domain.proposing import (
    AlreadyOpen,
    LoanMissing,
    TimeBarred,
    UnderLegalReview,
)
from app.domain.terms_writing import terms_sha256
from app.models import (
    AuditEntry,
    Hold,
    Loan,
    OutboxItem,
    Plan,
    PlanDraft,
    PlanLoan,
    PlanPart,
    PlanVersion,
    Verdict,
)
from app.services.core.policy import active_policy
from app.services.core.request_keys import KeyReused
from app.services.proposals import submitting
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from app.services.proposals.submitting import AnswersMissing, TooManySubmissions
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import ANSWERS, answered, submit, submitted


def of(version):
    """What the terms say of their one loan."""
    (loan,) = version.terms["loans"]
    return loan


def stored(session, public_id) -> PlanVersion:
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()


def count(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def test_a_submission_is_stored_whole_and_sealed(session, vault, site):
    proposed = answered(session, vault, disputed=True)
    version = stored(session, submit(session, vault, site, proposed))
    plan = session.get_one(Plan, version.plan_id)
    assert (version.state, plan.state, version.number, version.kind) == (
        "submitted",
        "submitted",
        1,
        "reamortise",
    )
    assert plan.number == f"AH-{plan.id:05d}"
    assert version.author_person == f"borrower:{proposed.borrower.public_id}"
    assert version.start_on == date(2026, 11, 23)
    assert version.decide_by_on == date(2026, 12, 2)
    assert version.sealed_at == NOW
    assert version.terms_sha256 == terms_sha256(version.terms) == proposed.shown_sha256


def test_the_parts_sum_to_the_total_by_component(session, vault, site):
    version = stored(
        session, submitted(session, vault, site, answers=replace(ANSWERS, upfront_fen=50_000))
    )
    parts = session.scalars(select(PlanPart).where(PlanPart.version_id == version.id)).all()
    assert sum(part.fen for part in parts) == version.total_fen
    first = [part for part in parts if part.number == 0]
    assert sum(part.fen for part in first) == 50_000
    assert {part.due_on for part in first} == {date(2026, 11, 26)}
    for component in ("principal", "interest", "old_interest", "penalty", "fee"):
        told = sum(row[f"{component}_fen"] for row in of(version)["instalments"])
        assert (
            sum(part.fen for part in parts if part.component == component and part.number) == told
        )


def test_the_waiver_hangs_on_the_last_penalty_part(session, vault, site):
    version = stored(session, submitted(session, vault, site))
    waived = session.scalars(
        select(PlanPart).where(PlanPart.version_id == version.id, PlanPart.waived_fen > 0)
    ).all()
    last = of(version)["instalments"][-1]["number"]
    assert [(one.number, one.component, one.condition) for one in waived] == [
        (last, "penalty", "kept_to_end")
    ]
    assert waived[0].waived_fen == of(version)["waived"][0]["fen"] > 0


def test_a_first_payment_that_takes_the_whole_penalty_still_keeps_the_waiver(session, vault, site):
    version = stored(
        session, submitted(session, vault, site, answers=replace(ANSWERS, upfront_fen=300_000))
    )
    assert of(version)["instalments"][-1]["penalty_fen"] == 0
    assert (
        sum(part.waived_fen for part in parts_in(version.terms))
        == of(version)["waived"][0]["fen"]
        > 0
    )


def test_contact_is_on_hold_and_the_borrower_is_told_neutrally(session, vault, site):
    proposed = answered(session, vault, disputed=True)
    version = stored(session, submit(session, vault, site, proposed))
    hold = session.scalars(select(Hold).where(Hold.borrower_id == proposed.borrower.id)).one()
    assert (hold.cause, hold.loan_id, hold.from_at, hold.until_at) == (
        "plan_submitted",
        proposed.loan.id,
        NOW,
        None,
    )
    item = session.scalars(
        select(OutboxItem).where(OutboxItem.borrower_id == proposed.borrower.id)
    ).one()
    text = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    number = session.get_one(Plan, version.plan_id).number
    assert f"方案 {number} 已收到，最晚 12月2日 答复" in text
    assert not any(word in text for word in ("债", "逾期", "催收", "¥", "罗涵敏"))


def test_every_rule_of_the_verdict_is_kept(session, vault, site):
    version = stored(
        session, submitted(session, vault, site, answers=replace(ANSWERS, monthly_fen=30_000))
    )
    rules = dict(
        session.execute(
            select(Verdict.rule, Verdict.held).where(Verdict.version_id == version.id)
        ).all()
    )
    assert rules["plan_rate_is_contract"] is True
    assert rules["income_stated"] is False
    assert len(rules) >= 12


def test_the_submission_is_on_record_with_the_notice(session, vault, site):
    version = submitted(session, vault, site)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.object_id == version)).one()
    assert entry.action == "plan.submitted"
    assert len(entry.after["limitation_notice_sha256"]) == 64


def test_the_same_key_returns_the_first_version_and_makes_no_second(session, vault, site):
    proposed = answered(session, vault)
    first = submit(session, vault, site, proposed)
    assert submit(session, vault, site, proposed) == first
    assert count(session, Plan) == count(session, OutboxItem) == count(session, Hold) == 1


def test_a_second_tap_computes_nothing(session, vault, site, monkeypatch):
    proposed = answered(session, vault)
    version = submit(session, vault, site, proposed)
    monkeypatch.delattr(submitting, "journey_basis")
    assert submit(session, vault, site, proposed) == version


def test_the_same_key_with_another_content_is_refused(session, vault, site):
    proposed = answered(session, vault)
    submit(session, vault, site, proposed)
    with pytest.raises(KeyReused):
        submit(session, vault, site, proposed, shown_sha256="0" * 64)


def test_the_draft_is_gone_after_submission(session, vault, site):
    submitted(session, vault, site)
    assert count(session, PlanDraft) == 0


def test_terms_that_were_not_shown_are_not_submitted(session, vault, site):
    proposed = answered(session, vault)
    with pytest.raises(FiguresChanged):
        submit(session, vault, site, proposed, shown_sha256="0" * 64)
    assert count(session, Plan) == 0


def test_figures_of_another_day_are_shown_again_first(session, vault, site):
    proposed = answered(session, vault)
    with pytest.raises(FiguresChanged):
        submit(session, vault, site, proposed, now=NOW + timedelta(days=1))


def test_a_key_of_another_draft_submits_nothing(session, vault, site):
    proposed = answered(session, vault)
    with pytest.raises(AnswersMissing):
        submit(session, vault, site, proposed, request_key="another")


def test_one_open_plan_a_loan(session, vault, site):
    proposed = answered(session, vault)
    make_plan(session, proposed.loan)
    with pytest.raises(AlreadyOpen):
        submit(session, vault, site, proposed)


def test_the_database_too_keeps_to_one_open_plan_a_loan(session, vault, site):
    proposed = answered(session, vault)
    submit(session, vault, site, proposed)
    plan = Plan(number="AH-X", borrower_id=proposed.borrower.id, state="submitted", created_at=NOW)
    session.add(plan)
    session.flush()
    session.add(PlanLoan(plan_id=plan.id, loan_id=proposed.loan.id, is_open=True))
    with pytest.raises(DBAPIError, match=r"(?i)unique"):
        session.flush()
    session.rollback()


def test_another_borrowers_loan_is_not_found(session, vault, site):
    proposed = answered(session, vault)
    stranger = make_borrower(session, vault)
    with pytest.raises(NotFound):
        submit(session, vault, site, proposed, borrower_id=stranger.id)
    with pytest.raises(NotFound):
        save_answers(
            session,
            acting(),
            borrower_id=stranger.id,
            loan_public_id=proposed.loan.public_id,
            given=ANSWERS,
        )


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"missing_since_on": date(2026, 11, 20)}, LoanMissing),
        ({"start_on": date(2018, 1, 18)}, TimeBarred),
    ],
)
def test_some_loans_get_no_plan(session, vault, values, refusal):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, **values)
    with pytest.raises(refusal):
        save_answers(
            session, acting(), borrower_id=borrower.id, loan_public_id=loan.public_id, given=ANSWERS
        )


@pytest.mark.parametrize("mark", ["difference", "disputed"])
def test_a_marked_loan_goes_to_a_person_with_the_rule_named(session, vault, site, mark):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    setattr(session.get_one(Loan, loan.id), mark, True)
    session.commit()
    proposed = answered(session, vault, borrower=borrower, loan=loan)
    version = stored(session, submit(session, vault, site, proposed))
    assert version.state == "submitted"
    rule = {"difference": "no_discrepancy", "disputed": "no_dispute"}[mark]
    assert not session.scalars(
        select(Verdict.held).where(Verdict.version_id == version.id, Verdict.rule == rule)
    ).one()


def test_a_loan_with_a_legal_mark_is_looked_at_by_a_person_before_any_plan(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    proposed = answered(session, vault, borrower=borrower, loan=loan)
    session.get_one(Loan, loan.id).legal_review = True
    session.commit()
    with pytest.raises(UnderLegalReview):
        submit(session, vault, site, proposed)
    assert count(session, Plan) == 0


def test_plans_of_the_last_half_year_count_together(session, vault, site):
    first = answered(session, vault)
    submit(session, vault, site, first)
    other = make_loan(session, first.borrower, principal_fen=9_000_000)
    answers = replace(ANSWERS, monthly_fen=500_000)
    version = stored(
        session,
        submitted(session, vault, site, borrower=first.borrower, loan=other, answers=answers),
    )
    query = select(Verdict).where(
        Verdict.version_id == version.id, Verdict.rule == "total_within_limit"
    )
    verdict = session.scalars(query).one()
    both = sum(sum(one.terms["planned"].values()) for one in session.scalars(select(PlanVersion)))
    assert (verdict.held, verdict.value) == (False, f"¥{both // 100:,}.{both % 100:02d}")


def test_sealed_terms_cannot_be_changed(session, vault, site):
    version = stored(session, submitted(session, vault, site))
    version.total_fen += 1
    with pytest.raises(DBAPIError, match="sealed terms stay"):
        session.flush()
    session.rollback()


def test_a_small_debt_becomes_one_payment_without_a_waiver(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, principal_fen=15_000, annual_ppm=0)
    version = stored(
        session,
        submitted(
            session,
            vault,
            site,
            borrower=borrower,
            loan=loan,
            answers=Answers(pay_day=10, choice="best_fit"),
        ),
    )
    loan = of(version)
    assert (version.kind, len(loan["instalments"]), loan["waived"]) == ("settlement", 1, [])
    assert of(version)["instalments"][0]["due_on"] == "2026-12-10"


def test_the_plans_order_of_payment_is_written_down_whatever_the_contracts(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, paid=5, principal_first_after_90d=True)
    version = stored(session, submitted(session, vault, site, borrower=borrower, loan=loan))
    assert version.terms["payment_order"] == OLDEST_FIRST


def test_submitting_and_taking_back_go_round_so_often_an_hour_and_no_more(session, vault, site):
    drafted = answered(session, vault)
    most = active_policy(session)[1].limits.submissions_per_hour
    for n in range(most):
        at = NOW if n < most - 1 else NOW - timedelta(minutes=59)
        make_plan(session, make_loan(session, drafted.borrower), state="withdrawn", submitted_at=at)
    with pytest.raises(TooManySubmissions):
        submit(session, vault, site, drafted)
    assert count(session, PlanDraft) == 1  # what was answered is kept
    session.execute(update(PlanVersion).values(submitted_at=NOW + timedelta(days=2)))
    session.commit()
    assert submit(session, vault, site, drafted)
