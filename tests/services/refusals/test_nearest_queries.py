"""Beside a refusal: the plan that is approved at once if it is proposed today."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.errors import NotFound
from app.services.core.policy import active_policy
from app.services.proposals.submitting import withdraw_plan
from app.services.refusals.nearest_queries import nearest_plan
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.proposals import (
    ANSWERS,
    actor_of,
    answered,
    decide,
    make_staff,
    submit,
    submitted,
)
from tests.support.several import proposed_over, three_loans
from tests.support.telling import earn

# So little a month that it takes longer than policy approves by itself.
LITTLE = replace(ANSWERS, monthly_fen=25_000)
SLOW = {"choice": "lowest"}


def near(session, vault, borrower, version):
    context = acting(vault=vault, actor=actor_of(borrower))
    found = nearest_plan(session, context, borrower_id=borrower.id, version_public_id=version)
    session.rollback()
    return found


def refuse(session, vault, site, version):
    decide(
        session, vault, site, version, make_staff(session, roles=("supervisor",)), answer="refuse"
    )


@pytest.fixture
def asked(session, vault, site, borrower, loan) -> str:
    earn(session, vault, borrower, loan, 800_000, 500_000)
    mine = {"borrower": borrower, "loan": loan}
    return submit(session, vault, site, answered(session, vault, answers=LITTLE, **mine))


def test_the_longest_that_policy_approves_at_the_first_payment_asked(
    session, vault, site, borrower, asked
):
    refuse(session, vault, site, asked)
    found = near(session, vault, borrower, asked)
    policy = active_policy(session)[1]
    assert found.terms.periods == policy.plans.at_once_periods < found.asked.periods
    assert found.terms.first_payment == found.asked.first_payment
    assert found.answers.monthly_fen == found.terms.highest_fen > found.asked.highest_fen


def test_before_it_is_given_the_desk_is_shown_the_same(session, vault, site, borrower, asked):
    before = near(session, vault, borrower, asked)
    assert before is not None
    refuse(session, vault, site, asked)
    assert near(session, vault, borrower, asked) == before


@pytest.mark.parametrize("mark", ["difference", "disputed"])
def test_a_mark_leaves_no_such_plan(session, vault, site, borrower, loan, asked, mark):
    refuse(session, vault, site, asked)
    setattr(loan, mark, True)
    session.commit()
    assert near(session, vault, borrower, asked) is None


def test_beside_another_open_plan_there_is_none(session, vault, site, borrower, loan, asked):
    refuse(session, vault, site, asked)
    submitted(session, vault, site, borrower=borrower, loan=loan)
    assert near(session, vault, borrower, asked) is None


def test_after_one_that_was_taken_back_a_person_looks_at_the_next(
    session, vault, site, borrower, loan
):
    first = submitted(session, vault, site, borrower=borrower, loan=loan)
    context = acting(actor=actor_of(borrower))
    withdraw_plan(session, context, borrower_id=borrower.id, version_public_id=first)
    second = submitted(session, vault, site, borrower=borrower, loan=loan)
    refuse(session, vault, site, second)
    assert near(session, vault, borrower, second) is None


def test_another_borrowers_version_is_as_absent_as_none(session, vault, asked):
    with pytest.raises(NotFound):
        near(session, vault, make_borrower(session, vault), asked)


@pytest.fixture
def over_three(session, vault, site):
    borrower, loans = three_loans(session, vault)
    made = proposed_over(session, vault, site, borrower, loans, disputed=False, **SLOW)
    version = made.public_id
    refuse(session, vault, site, version)
    return borrower, loans, version


@pytest.mark.parametrize(
    "mark",
    [{"missing_since_on": date(2026, 11, 22)}, {"difference": True}, {"disputed": True}],
    ids=["missing", "difference", "disputed"],
)
@pytest.mark.parametrize("at", [0, 2], ids=["the latest", "where the journey began"])
def test_of_several_loans_one_that_cannot_be_in_it_leaves_the_others(
    session, vault, over_three, mark, at
):
    borrower, loans, version = over_three
    whole = near(session, vault, borrower, version)
    assert {one.public_id for one in whole.terms.loans} == {one.public_id for one in loans}
    for name, value in mark.items():
        setattr(loans[at], name, value)
    session.commit()
    found = near(session, vault, borrower, version)
    others = {one.public_id for one in loans} - {loans[at].public_id}
    assert {one.public_id for one in found.terms.loans} == set(found.answers.loans) == others
    assert found.loan_public_id in others
