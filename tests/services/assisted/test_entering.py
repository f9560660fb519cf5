"""Staff fill in a proposal with the borrower on the phone; the borrower submits it; the maker never
decides it.
"""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.domain.budget import Budget
from app.domain.errors import NotFound
from app.domain.plan import FirstPaymentTooLarge
from app.domain.proposing import AlreadyOpen
from app.models import AuditEntry, Decision, OutboxItem, PlanDraft, PlanVersion
from app.services.assisted.entering import OptionGone, enter_proposal, rehearse_entry
from app.services.assisted.queries import phone_offer, phone_page
from app.services.assisted.spoken import PhoneAnswers
from app.services.borrowers.home_queries import home
from app.services.cases.owners import MakerIsChecker
from app.services.cases.steps import PreviewChanged
from app.services.core.context import Actor
from app.services.core.request_keys import KeyReused
from app.services.hardship.records import open_hardship
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers, save_reason
from app.services.proposals.queries import plan_check, plan_offer
from app.services.proposals.submitting import withdraw_plan
from app.services.ways.choosing import pick_way
from tests.factories import make_loan
from tests.support import phone
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import Proposed, actor_of, decide, make_staff, submit, submitted
from tests.support.several import three_loans

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
    def enter(spoken=SPOKEN, *, key="k1", who=agent, now=NOW, on=loan):
        actor = Actor(f"staff:{who.staff_id}")
        context = acting(now=now, actor=actor, vault=vault, site=site, staff=who)
        phone.enter(session, context, on, spoken, key=key)

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
    assert phone_page(session, acting(), loan_public_id=loan.public_id).refusal == ""
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
    basis = phone_page(session, acting(now=later), loan_public_id=loan.public_id)
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
        phone_page(session, acting(), loan_public_id="x" * 20)


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


def test_shown_before_it_is_entered_word_by_word(session, vault, site, loan, agent, entering):
    actor = Actor(f"staff:{agent.staff_id}")
    context = acting(actor=actor, vault=vault, site=site, staff=agent)
    shown = rehearse_entry(session, context, loan_public_id=loan.public_id, spoken=SPOKEN)
    assert session.scalar(select(func.count()).select_from(PlanDraft)) == 0
    assert session.scalar(select(func.count()).select_from(OutboxItem)) == 0
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
    entering()
    sent = session.scalars(select(OutboxItem)).one()
    told = vault.unseal(
        sent.payload_enc, table="outbox", row=sent.idempotency_key, column="payload"
    )
    assert json.loads(told)["text"] == shown.sms
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.entered")).one()
    assert entry.after["terms_sha256"] == shown.sha256


def test_other_figures_than_those_shown_are_shown_first(session, vault, site, loan, agent):
    actor = Actor(f"staff:{agent.staff_id}")
    context = acting(actor=actor, vault=vault, site=site, staff=agent)
    with pytest.raises(PreviewChanged):
        enter_proposal(
            session,
            context,
            loan_public_id=loan.public_id,
            spoken=SPOKEN,
            shown_sha256="0" * 64,
            request_key="k1",
        )
    assert session.scalar(select(func.count()).select_from(PlanDraft)) == 0


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("reamortise", {"monthly_fen": 60_000, "pay_day": 10}),
        ("reamortise", {"periods": 14, "pay_day": 10}),
        ("step_up", {"monthly_fen": 80_000, "pay_day": 10, "low_fen": 20_000, "low_months": 3}),
        ("catch_up", {"monthly_fen": 180_000}),
        ("settlement", {"pay_on": date(2026, 12, 10)}),
        ("settlement", {"pay_on": date(2026, 12, 10), "sum_fen": 700_000}),
        ("deferral", {"months": 2, "way": "later"}),
        ("deferral", {"months": 2, "way": "monthly"}),
    ],
)
def test_every_kind_entered_is_what_its_borrower_submits(
    session, vault, site, borrower, agent, entering, kind, said
):
    loan = make_loan(session, borrower, paid=11 if kind == "deferral" else 8)
    entering(PhoneAnswers(kind=kind, choice="best_fit", **said), on=loan)
    confirmed(session, vault, site, borrower, loan)
    stored = session.scalars(select(PlanVersion)).one()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.entered")).one()
    assert (stored.kind, stored.author_person) == (kind, agent.person_id)
    assert (stored.terms_sha256, stored.total_fen) == (
        entry.after["terms_sha256"],
        entry.after["total_fen"],
    )


def test_three_loans_entered_are_one_plan(session, vault, site, agent, entering):
    borrower, loans = three_loans(session, vault)
    ids = tuple(one.public_id for one in loans)
    spoken = PhoneAnswers(loans=ids, kind="step_up", low_fen=60_000, low_months=3, pay_day=10)
    entering(replace(spoken, monthly_fen=200_000, choice="best_fit"), on=loans[0])
    confirmed(session, vault, site, borrower, loans[0])
    stored = session.scalars(select(PlanVersion)).one()
    assert {one["loan"] for one in stored.terms["loans"]} == set(ids)
    assert session.scalars(select(PlanDraft)).all() == []


def test_what_was_answered_before_and_not_said_now_makes_no_other_plan(
    session, vault, site, borrower, loan, entering
):
    """The borrower had begun with low instalments and an own number; on the phone they say
    otherwise.
    """
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    pick_way(session, acting(vault=vault), **mine, kind="step_up")
    given = Answers(low_fen=20_000, low_months=3, periods=14, pay_day=10, upfront_fen=0)
    save_answers(session, acting(), **mine, given=given)
    entering()
    row = session.scalars(select(PlanDraft)).one()
    assert row.answers["kind"] == "reamortise"
    assert not {"low_fen", "low_months"} & set(row.answers)
    confirmed(session, vault, site, borrower, loan)
    stored = session.scalars(select(PlanVersion)).one()
    assert (stored.kind, stored.terms["asked"]["monthly_fen"]) == ("reamortise", 60_000)


def test_the_answers_go_along_where_the_plan_begins_at_another_loan(
    session, vault, borrower, entering
):
    borrower, loans = three_loans(session, vault)
    save_reason(
        session,
        acting(vault=vault, actor=actor_of(borrower)),
        borrower_id=borrower.id,
        loan_public_id=loans[0].public_id,
        reason="income_fell",
        words="",
        has_consented=False,
    )
    ids = tuple(one.public_id for one in loans[1:])
    entering(replace(SPOKEN, loans=ids, monthly_fen=200_000), on=loans[0])
    row = session.scalars(select(PlanDraft)).one()
    assert row.loan_id in {one.id for one in loans[1:]}
    told = open_hardship(row.hardship_enc, vault=vault, table="plan_drafts", row=row.request_key)
    assert told.reason == "income_fell"


def test_another_entry_for_a_loan_of_the_plan_gives_way(session, vault, entering):
    _borrower, loans = three_loans(session, vault)
    entering(replace(SPOKEN, monthly_fen=130_000), on=loans[1])
    ids = tuple(one.public_id for one in loans)
    entering(replace(SPOKEN, loans=ids, monthly_fen=200_000), on=loans[0], key="k2")
    row = session.scalars(select(PlanDraft)).one()
    assert (row.loan_id, set(row.answers["loans"])) == (loans[0].id, set(ids))


def test_when_it_will_be_easier_is_kept_sealed_and_goes_with_a_colleague(session, vault, entering):
    entering(replace(SPOKEN, kind="reamortise", ease="in_months", ease_months=3))
    row = session.scalars(select(PlanDraft)).one()
    place = {"vault": vault, "table": "plan_drafts", "row": row.request_key}
    told = open_hardship(row.hardship_enc, **place)
    assert (told.ease, told.ease_months) == ("in_months", 3)
    assert "in_months" not in json.dumps(row.answers)
    entering(key="k2", who=make_staff(session))
    session.refresh(row)
    assert open_hardship(row.hardship_enc, **place).ease is None


def test_home_leads_to_what_was_entered_also_where_it_is_not_due_yet(
    session, vault, borrower, entering
):
    loan = make_loan(session, borrower, paid=11)
    entering(PhoneAnswers(kind="deferral", months=2), on=loan)
    found = home(session, acting(vault=vault), borrower_id=borrower.id).next
    assert (found.kind, found.loan.public_id, found.is_entered) == (
        "continue",
        loan.public_id,
        True,
    )
