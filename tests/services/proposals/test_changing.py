"""A borrower changes what is not signed, without withdrawing it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.plan import FiguresChanged
from app.domain.plan_terms import Asked
from app.domain.proposing import AlreadyOpen
from app.models import (
    AuditEntry,
    Case,
    Hold,
    Loan,
    LoanSnapshot,
    OutboxItem,
    Plan,
    PlanDraft,
    PlanLoan,
    PlanVersion,
    Verdict,
)
from app.services.cases.owners import take_case
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where
from app.services.plans.steps import StateChanged
from app.services.proposals.changing import NothingChanged, begin_change
from app.services.proposals.drafts import save_answers
from app.services.proposals.queries import plan_journey
from app.services.proposals.submitting import withdraw_plan
from app.services.upkeep.invariants import check_invariants
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.proposals import (
    ANSWERS,
    actor_of,
    answered,
    change_begun,
    changed,
    decide,
    make_staff,
    submit,
)
from tests.support.telling import earn, tell
from tests.support.threads import ask_change

LATER = NOW + timedelta(days=2)
PERSON = {"monthly_fen": 60_000, "choice": "lowest"}  # so long that a person decides


def of(version):
    """What the terms say of their one loan."""
    (loan,) = version.terms["loans"]
    return loan


def stored(session, public_id) -> PlanVersion:
    session.expire_all()
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()


def proposed(session, vault, site, **answers):
    one = answered(session, vault, **answers)
    return one, submit(session, vault, site, one)


def file_of(session, now) -> None:
    """A newer file with the same figures."""
    for table in (Loan, LoanSnapshot):
        session.execute(update(table).values(as_of_on=beijing_date(now)))
    session.commit()


def sound(session, vault) -> bool:
    session.rollback()
    return check_invariants(session, gateways=acting(vault=vault).gateways)[1] == ()


def test_a_change_is_a_new_version_of_the_same_plan(session, vault, site):
    one, first = proposed(session, vault, site)
    second = changed(session, vault, site, one.borrower, first, now=LATER, monthly_fen=200_000)
    old, new = stored(session, first), stored(session, second)
    assert (old.state, old.ended_at) == ("superseded", LATER)
    assert (new.state, new.number, new.parent_id) == ("approved", 2, old.id)
    assert new.plan_id == old.plan_id
    assert Asked(**new.terms["asked"]) == Asked(200_000, 0)
    assert new.start_on == beijing_date(LATER)
    assert session.scalars(select(Plan.state)).one() == "approved"
    assert session.scalars(select(PlanLoan.is_open)).one() is True
    assert sound(session, vault)


def test_hold_and_validity_are_those_of_before(session, vault, site):
    one, first = proposed(session, vault, site)
    until = stored(session, first).valid_until_at
    second = changed(session, vault, site, one.borrower, first, now=LATER, monthly_fen=200_000)
    assert stored(session, second).valid_until_at == until
    hold = session.scalars(select(Hold)).one()
    assert (hold.from_at, hold.until_at) == (NOW, None)


def test_a_change_beyond_policy_waits_for_a_person_and_the_offer_is_gone(session, vault, site):
    one, first = proposed(session, vault, site)
    second = changed(session, vault, site, one.borrower, first, now=LATER, **PERSON)
    assert stored(session, second).state == "submitted"
    case = case_of(session, second)
    assert (case.waits_for, case.waits_since_at) == ("us", LATER)
    assert case.answer_by_on == stored(session, second).decide_by_on
    assert case.answer_by_on >= stored(session, first).decide_by_on
    assert session.scalars(select(Hold.until_at)).one() is None
    assert sound(session, vault)


def test_of_what_waits_owner_and_clock_stay(session, vault, site):
    one, first = proposed(session, vault, site, disputed=True)
    who = make_staff(session)
    take_case(session, acting(now=NOW, staff=who), version_public_id=first)
    before = case_of(session, first)
    kept = before.id, before.owner_staff_id, before.answer_by_on, before.waits_since_at
    second = changed(session, vault, site, one.borrower, first, now=LATER, monthly_fen=200_000)
    after = case_of(session, second)
    assert (after.id, after.owner_staff_id, after.answer_by_on, after.waits_since_at) == kept
    assert after.waits_for == "us"
    assert stored(session, second).decide_by_on == stored(session, first).decide_by_on


def test_a_change_is_the_reply_to_a_question(session, vault, site):
    one, first = proposed(session, vault, site, disputed=True)
    who = make_staff(session)
    ask_change(session, vault, site, first, who, now=NOW)
    assert case_of(session, first).waits_for == "borrower"
    promised = stored(session, first).decide_by_on
    second = changed(session, vault, site, one.borrower, first, now=LATER, monthly_fen=200_000)
    case = case_of(session, second)
    assert case.waits_for == "us"
    assert case.answer_by_on >= promised
    assert sound(session, vault)


def test_an_offer_changed_late_leaves_time_for_an_answer(session, vault, site):
    one, first = proposed(session, vault, site, disputed=True)
    last = NOW + timedelta(days=9)  # the very day that was promised
    decide(session, vault, site, first, make_staff(session), now=last)
    late = last + timedelta(days=4)
    second = changed(session, vault, site, one.borrower, first, now=late, monthly_fen=200_000)
    assert case_of(session, second).answer_by_on > beijing_date(late)


@pytest.mark.parametrize("days", [0, 5, 30])
def test_nothing_accrues_from_the_first_submission_on(session, vault, site, days):
    """Also where an instalment of the contract falls due meanwhile."""
    one, first = proposed(session, vault, site, disputed=True)
    later = NOW + timedelta(days=days, minutes=1)
    second = changed(session, vault, site, one.borrower, first, now=later, monthly_fen=200_000)
    old, new = stored(session, first), stored(session, second)
    assert of(new)["owed"] == of(old)["owed"]
    assert of(new)["payoff_fen"] == of(old)["payoff_fen"]
    assert of(new)["days_past_due"] == of(old)["days_past_due"] + days
    first_due = date.fromisoformat(of(new)["instalments"][0]["due_on"])
    assert first_due >= beijing_date(later) + timedelta(days=7)


def test_taken_back_all_days_since_the_first_submission_are_free(session, vault, site):
    one, first = proposed(session, vault, site)
    second = changed(session, vault, site, one.borrower, first, now=LATER, monthly_fen=200_000)
    end = NOW + timedelta(days=4)
    withdraw_plan(
        session,
        acting(now=end, actor=one.actor),
        borrower_id=one.borrower.id,
        version_public_id=second,
    )
    today = beijing_date(end)
    found = figures_where(
        session, Loan.id == one.loan.id, policy=active_policy(session)[1], today=today
    )[0]
    assert found.owed.payoff_fen == of(stored(session, first))["payoff_fen"]
    assert sound(session, vault)


def test_an_offer_is_not_renewed_by_changing_it(session, vault, site):
    """Approved, changed to what a person decides, and back after the offer's last day."""
    one, first = proposed(session, vault, site)
    on_the_last_day = NOW + timedelta(days=7)
    second = changed(session, vault, site, one.borrower, first, now=on_the_last_day, **PERSON)
    after = NOW + timedelta(days=8)
    file_of(session, after)
    third = changed(
        session,
        vault,
        site,
        one.borrower,
        second,
        now=after,
        monthly_fen=130_000,
        choice="best_fit",
    )
    assert stored(session, third).state == "submitted"
    broken = select(Verdict.rule).where(
        Verdict.version_id == stored(session, third).id, Verdict.held.is_(False)
    )
    assert session.scalars(broken).all() == ["offer_not_renewed"]


def test_within_its_days_the_offer_comes_back_with_the_validity_it_had(session, vault, site):
    one, first = proposed(session, vault, site)
    until = stored(session, first).valid_until_at
    second = changed(session, vault, site, one.borrower, first, now=LATER, **PERSON)
    file_of(session, LATER)
    third = changed(
        session,
        vault,
        site,
        one.borrower,
        second,
        now=LATER + timedelta(days=1),
        monthly_fen=130_000,
        choice="best_fit",
    )
    found = stored(session, third)
    assert (found.state, found.valid_until_at) == ("approved", until)


def test_its_own_plan_is_not_counted_against_the_limit(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, principal_fen=3_000_000)
    session.commit()
    earn(session, vault, borrower, loan, 900_000, 200_000)
    _one, first = proposed(
        session,
        vault,
        site,
        borrower=borrower,
        loan=loan,
        answers=replace(ANSWERS, monthly_fen=300_000),
    )
    assert stored(session, first).state == "approved"
    second = changed(session, vault, site, borrower, first, now=LATER, monthly_fen=280_000)
    assert stored(session, second).state == "approved"


def test_the_borrower_is_told_once_and_all_is_on_record(session, vault, site):
    one, first = proposed(session, vault, site)
    second = changed(session, vault, site, one.borrower, first, now=LATER, monthly_fen=200_000)
    keys = session.scalars(select(OutboxItem.idempotency_key).order_by(OutboxItem.id)).all()
    assert keys == [f"plan-decided:{first}", f"plan-decided:{second}"]
    query = select(AuditEntry.action, AuditEntry.object_id).order_by(AuditEntry.seq)
    assert session.execute(query).all()[-3:] == [
        ("plan.changed", first),
        ("plan.submitted", second),
        ("plan.approved", second),
    ]


def test_a_second_tap_is_the_first(session, vault, site):
    one, first = proposed(session, vault, site)
    begun = change_begun(session, vault, one.borrower, first, now=LATER, monthly_fen=200_000)
    second = submit(session, vault, site, begun, now=LATER)
    assert submit(session, vault, site, begun, now=LATER) == second
    assert session.scalar(select(func.count()).select_from(PlanVersion)) == 2
    assert session.scalar(select(func.count()).select_from(Case)) == 1


def test_without_a_difference_nothing_is_put_in_its_place(session, vault, site):
    one, first = proposed(session, vault, site)
    begun = change_begun(session, vault, one.borrower, first, now=LATER)
    with pytest.raises(NothingChanged):
        submit(session, vault, site, begun, now=LATER)
    assert stored(session, first).state == "approved"


def test_income_told_now_is_a_change(session, vault, site):
    """What waited only for want of it is approved at once."""
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, principal_fen=3_000_000)
    first = submit(
        session,
        vault,
        site,
        answered(
            session,
            vault,
            borrower=borrower,
            loan=loan,
            answers=replace(ANSWERS, monthly_fen=200_000, is_income_done=True),
        ),
    )
    assert stored(session, first).state == "submitted"
    context = acting(now=LATER, actor=actor_of(borrower), vault=vault)
    begin_change(session, context, borrower_id=borrower.id, version_public_id=first)
    earn(session, vault, borrower, loan, 900_000, 200_000)
    begun = change_begun(session, vault, borrower, first, now=LATER)
    second = submit(session, vault, site, begun, now=LATER)
    assert stored(session, second).state == "approved"


def test_an_answer_that_came_meanwhile_is_read_first(session, vault, site):
    one, first = proposed(session, vault, site, disputed=True)
    begun = change_begun(session, vault, one.borrower, first, monthly_fen=200_000)
    decide(session, vault, site, first, make_staff(session))
    with pytest.raises(FiguresChanged):
        submit(session, vault, site, begun)
    assert stored(session, first).state == "approved"


@pytest.mark.parametrize("state", ["withdrawn", "refused"])
def test_what_is_over_is_not_changed(session, vault, site, state):
    one, first = proposed(session, vault, site, disputed=True)
    begun = change_begun(session, vault, one.borrower, first, monthly_fen=200_000)
    if state == "withdrawn":
        withdraw_plan(
            session, acting(actor=one.actor), borrower_id=one.borrower.id, version_public_id=first
        )
    else:
        decide(session, vault, site, first, make_staff(session), answer="refuse")
    with pytest.raises(FiguresChanged):
        submit(session, vault, site, begun)
    context = acting(actor=one.actor, vault=vault)
    with pytest.raises(StateChanged):
        begin_change(session, context, borrower_id=one.borrower.id, version_public_id=first)


def test_only_its_own_borrower_changes_it_and_only_once_begun(session, vault, site):
    one, first = proposed(session, vault, site)
    other = make_borrower(session, vault, mobile="19003740001", id_number="110101199003070011")
    session.commit()
    context = acting(vault=vault)
    with pytest.raises(NotFound):
        begin_change(session, context, borrower_id=other.id, version_public_id=first)
    mine = {"borrower_id": one.borrower.id, "loan_public_id": one.loan.public_id}
    with pytest.raises(AlreadyOpen):
        save_answers(session, context, given=ANSWERS, **mine)
    with pytest.raises(AlreadyOpen):
        plan_journey(session, context, **mine)


def test_begun_again_it_goes_on_where_it_was_left(session, vault, site):
    one, first = proposed(session, vault, site)
    change_begun(session, vault, one.borrower, first, monthly_fen=200_000)
    context = acting(vault=vault)
    mine = {"borrower_id": one.borrower.id}
    loan = begin_change(session, context, version_public_id=first, **mine)
    journey = plan_journey(session, context, loan_public_id=loan, **mine)
    assert journey.answers.monthly_fen == 200_000
    assert journey.changes == first


def test_what_was_told_in_confidence_goes_along(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    one = answered(session, vault, borrower=borrower, loan=loan)
    tell(session, vault, borrower, loan, "income_fell", words="降薪")
    first = submit(session, vault, site, one)
    second = changed(session, vault, site, borrower, first, now=LATER, monthly_fen=200_000)
    assert stored(session, second).hardship_enc is not None
    assert session.scalars(select(PlanDraft)).all() == []
