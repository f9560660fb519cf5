"""Staff fill in a proposal with the borrower on the phone; the borrower submits it; the maker never
decides it.
"""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.domain.budget import Budget
from app.domain.errors import NotFound
from app.domain.plan import FirstPaymentTooLarge
from app.domain.proposing import AlreadyOpen
from app.models import AuditEntry, Decision, OutboxItem, PlanDraft, PlanVersion
from app.services.assisted.entering import (
    OptionGone,
    PhoneAnswers,
    enter_proposal,
    phone_basis,
    phone_offer,
)
from app.services.cases.owners import MakerIsChecker
from app.services.core.context import Actor
from app.services.core.request_keys import KeyReused
from app.services.hardship.records import open_hardship
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_check, plan_offer
from app.services.proposals.submitting import withdraw_plan
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import Proposed, actor_of, decide, make_staff, submit, submitted

SPOKEN = PhoneAnswers(upfront_fen=10_000, monthly_fen=60_000, pay_day=10, choice="best_fit")


@pytest.fixture
def loan(session, borrower):
    # a difference sends a plan to a person
    return make_loan(session, borrower, differences={"interest": 5})


@pytest.fixture
def agent(session):
    return make_staff(session)


@pytest.fixture
def entering(session, vault, site, loan, agent):
    def enter(spoken=SPOKEN, *, key="k1", who=agent, now=NOW):
        enter_proposal(
            session,
            acting(
                now=now,
                actor=Actor(f"staff:{who.staff_id}"),
                vault=vault,
                site=site,
                staff=who,
            ),
            loan_public_id=loan.public_id,
            spoken=spoken,
            request_key=key,
        )

    return enter


def confirmed(session, vault, site, borrower, loan, *, now=NOW) -> str:
    """The borrower reads the check page and submits."""
    view = plan_check(
        session,
        acting(now=now, vault=vault),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
    )
    session.commit()
    proposed = Proposed(
        borrower, loan, actor_of(borrower), view.shown_sha256, view.journey.request_key
    )
    return submit(session, vault, site, proposed, now=now)


def test_the_options_are_those_the_borrower_would_see(session, vault, borrower, loan):
    offer = phone_offer(session, acting(), loan_public_id=loan.public_id, spoken=SPOKEN)
    given = Answers(upfront_fen=10_000, monthly_fen=60_000, pay_day=10)
    save_answers(
        session, acting(), borrower_id=borrower.id, loan_public_id=loan.public_id, given=given
    )
    own = plan_offer(
        session, acting(vault=vault), borrower_id=borrower.id, loan_public_id=loan.public_id
    )
    assert [one.terms for one in offer.options] == [one.terms for one in own.options]
    assert len(offer.options) >= 2


def test_computing_stores_nothing(session, loan):
    assert phone_basis(session, acting(), loan_public_id=loan.public_id).refusal == ""
    phone_offer(session, acting(), loan_public_id=loan.public_id, spoken=SPOKEN)
    assert session.scalar(select(func.count()).select_from(PlanDraft)) == 0


def test_entered_told_and_on_record(session, vault, loan, agent, entering):
    entering()
    row = session.scalars(select(PlanDraft)).one()
    assert (row.entered_by, row.answers["monthly_fen"], row.answers["choice"]) == (
        agent.person_id,
        60_000,
        "best_fit",
    )
    sent = session.scalars(select(OutboxItem)).one()
    text = json.loads(
        vault.unseal(sent.payload_enc, table="outbox", row=sent.idempotency_key, column="payload")
    )["text"]
    assert "客服已帮您填好，请登录安还核对后提交" in text
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.entered")).one()
    assert (entry.object_id, entry.after["choice"]) == (loan.public_id, "best_fit")
    assert session.scalar(select(func.count()).select_from(PlanVersion)) == 0


def test_a_double_click_enters_once_and_another_content_is_refused(session, entering):
    entering()
    entering()
    assert session.scalar(select(func.count()).select_from(OutboxItem)) == 1
    with pytest.raises(KeyReused):
        entering(replace(SPOKEN, monthly_fen=70_000))


def test_income_is_kept_sealed_beside_a_reason_told_before(session, vault, entering):
    entering(replace(SPOKEN, budget=Budget.of_sums(500_000, 300_000)))
    row = session.scalars(select(PlanDraft)).one()
    told = open_hardship(row.hardship_enc, vault=vault, table="plan_drafts", row=row.request_key)
    assert told.budget == Budget.of_sums(500_000, 300_000)
    assert told.surplus_fen == 200_000
    assert "500000" not in json.dumps(row.answers)


def test_a_colleague_who_enters_it_anew_is_its_only_maker(session, vault, entering):
    entering(replace(SPOKEN, budget=Budget.of_sums(500_000, 300_000)))
    colleague = make_staff(session)
    entering(key="k2", who=colleague)
    row = session.scalars(select(PlanDraft)).one()
    told = open_hardship(row.hardship_enc, vault=vault, table="plan_drafts", row=row.request_key)
    assert (row.entered_by, told.budget) == (colleague.person_id, None)


def test_who_enters_it_again_keeps_the_income_told_before(session, vault, entering):
    entering(replace(SPOKEN, budget=Budget.of_sums(500_000, 300_000)))
    entering(key="k2")
    row = session.scalars(select(PlanDraft)).one()
    told = open_hardship(row.hardship_enc, vault=vault, table="plan_drafts", row=row.request_key)
    assert told.budget == Budget.of_sums(500_000, 300_000)


@pytest.mark.parametrize(
    ("spoken", "error"),
    [
        (replace(SPOKEN, choice=None), OptionGone),
        (replace(SPOKEN, monthly_fen=2_000), OptionGone),
        (replace(SPOKEN, upfront_fen=10_000_000), FirstPaymentTooLarge),
    ],
)
def test_what_gives_no_plan_is_not_entered(session, entering, spoken, error):
    with pytest.raises(error):
        entering(spoken)
    assert session.scalar(select(func.count()).select_from(PlanDraft)) == 0
    assert session.scalar(select(func.count()).select_from(OutboxItem)) == 0


def test_beside_an_open_plan_options_are_computed_but_nothing_is_entered(
    session, vault, site, borrower, loan, entering
):
    version = submitted(session, vault, site, borrower=borrower, loan=loan)
    later = NOW + timedelta(days=5)
    basis = phone_basis(session, acting(now=later), loan_public_id=loan.public_id)
    assert (basis.refusal, basis.is_beside) == ("", True)
    beside = phone_offer(session, acting(now=later), loan_public_id=loan.public_id, spoken=SPOKEN)
    with pytest.raises(AlreadyOpen):
        entering(now=later)
    withdraw_plan(
        session,
        acting(now=later, actor=actor_of(borrower)),
        borrower_id=borrower.id,
        version_public_id=version,
    )
    after = phone_offer(session, acting(now=later), loan_public_id=loan.public_id, spoken=SPOKEN)
    assert [one.terms for one in beside.options] == [one.terms for one in after.options]
    assert [one.is_at_once for one in beside.options] == [one.is_at_once for one in after.options]


def test_an_absent_loan_is_not_found(session):
    with pytest.raises(NotFound):
        phone_basis(session, acting(), loan_public_id="x" * 20)


def test_who_entered_it_never_decides_it(session, vault, site, borrower, loan, agent, entering):
    entering()
    version = confirmed(session, vault, site, borrower, loan)
    stored = session.scalars(select(PlanVersion)).one()
    assert (stored.author_kind, stored.author_person, stored.state) == (
        "staff",
        agent.person_id,
        "submitted",
    )
    second_account = replace(make_staff(session, roles=("supervisor",)), person_id=agent.person_id)
    for who in (agent, second_account):
        for answer in ("approve", "refuse"):
            with pytest.raises(MakerIsChecker):
                decide(session, vault, site, version, who, answer=answer)
    decide(session, vault, site, version, make_staff(session))
    assert session.scalars(select(PlanVersion.state)).one() == "approved"


def test_the_database_too_keeps_who_entered_it_from_deciding(
    session, vault, site, borrower, loan, agent, entering
):
    entering()
    confirmed(session, vault, site, borrower, loan)
    stored = session.scalars(select(PlanVersion)).one()
    session.add(
        Decision(
            version_id=stored.id,
            answer="approve",
            reason_code="within_means",
            words="",
            staff_id=agent.staff_id,
            person_id=agent.person_id,
            author_person=stored.author_person,
            request_key="k",
            at=NOW,
        )
    )
    with pytest.raises(DBAPIError, match="maker_is_not_checker"):
        session.flush()
    session.rollback()


def test_a_change_by_the_borrower_keeps_the_maker(
    session, vault, site, borrower, loan, agent, entering
):
    """Whoever entered a version, or the one it came from, does not judge it: the careful side of
    the rule.
    """
    entering()
    given = Answers(monthly_fen=80_000)
    later = NOW + timedelta(hours=1)
    save_answers(
        session,
        acting(now=later),
        borrower_id=borrower.id,
        loan_public_id=loan.public_id,
        given=given,
    )
    confirmed(session, vault, site, borrower, loan, now=later)
    assert session.scalars(select(PlanVersion.author_person)).one() == agent.person_id
