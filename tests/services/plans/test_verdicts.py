"""What is known of a borrower when a plan is judged, and the verdict kept rule by rule."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.policy import RuleResult
from app.models import Loan, Plan, Verdict
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where
from app.services.plans.steps import keep_verdict
from app.services.plans.verdicts import facts_for, hold_needs_person, kept_waits
from tests.factories import make_borrower, make_contact, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW

TODAY = NOW.date()
PLANNED = {"planned": {"principal": 400_000, "interest": 2}}
# half a year before, as the day begins in Beijing
SINCE = datetime(2026, 5, 26, 16, 0, tzinfo=UTC)


def facts_of(session, loan):
    policy = active_policy(session)[1]
    (figures,) = figures_where(session, Loan.id == loan.id, policy=policy, today=TODAY)
    found = facts_for(
        session,
        borrower_id=figures.loan.borrower_id,
        loans=[figures],
        policy=policy,
        today=TODAY,
    )
    return found[0]


@pytest.fixture
def other(session, borrower):
    return make_loan(session, borrower)


@pytest.mark.parametrize(
    ("values", "counted"),
    [
        ({"state": "submitted"}, 400_002),
        ({"state": "under_appeal"}, 400_002),
        ({"state": "approved", "valid_until_at": NOW}, 400_002),
        ({"state": "approved", "valid_until_at": NOW - timedelta(days=1)}, 0),
        ({"state": "signed"}, 400_002),
        ({"state": "refused"}, 0),
        ({"state": "withdrawn"}, 0),
        ({"state": "expired"}, 0),
        ({"state": "signed", "submitted_at": SINCE}, 400_002),
        ({"state": "signed", "submitted_at": SINCE - timedelta(seconds=1)}, 0),
        ({"terms": {}}, 0),
    ],
)
def test_other_plans_of_the_last_half_year_count_while_they_may_come_about(
    session, loan, other, values, counted
):
    make_plan(session, other, **({"terms": PLANNED} | values))
    assert facts_of(session, loan).other_planned_fen == counted


def test_several_add_up_and_those_of_others_do_not_count(session, vault, borrower, loan, other):
    make_plan(session, other, terms=PLANNED)
    make_plan(session, make_loan(session, borrower), terms=PLANNED)
    stranger = make_borrower(session, vault, mobile="19003740001")
    make_plan(session, make_loan(session, stranger), terms=PLANNED)
    assert facts_of(session, loan).other_planned_fen == 800_004


def test_a_plan_that_broke_is_known_of_for_half_a_year(session, loan, other):
    version = make_plan(session, other, state="signed")
    assert not facts_of(session, loan).broken_plan
    session.get_one(Plan, version.plan_id).state = "broken"
    session.commit()
    assert facts_of(session, loan).broken_plan
    version.submitted_at = SINCE - timedelta(seconds=1)
    session.commit()
    assert not facts_of(session, loan).broken_plan


def test_being_asked_for_payment_is_a_touch_and_a_code_is_none(session, borrower, loan):
    make_contact(session, borrower, purpose="code", at=NOW)
    assert facts_of(session, loan).last_touch_on is None
    make_contact(session, borrower, purpose="reminder", at=NOW - timedelta(days=9))
    assert facts_of(session, loan).last_touch_on == TODAY - timedelta(days=9)


def test_a_verdict_is_kept_rule_by_rule_and_tells_whether_contact_waits(session, loan):
    version = make_plan(session, loan)
    results = [RuleResult("file_fresh", False, "9"), RuleResult("hold_not_repeated", True, "no")]
    keep_verdict(session, acting(), version_id=version.id, results=results)
    session.commit()
    kept = session.scalars(select(Verdict).order_by(Verdict.id)).all()
    assert [(one.rule, one.held, one.value, one.judged_at) for one in kept] == [
        ("file_fresh", False, "9", NOW),
        ("hold_not_repeated", True, "no", NOW),
    ]
    assert not hold_needs_person(session, version_id=version.id)
    second = make_plan(session, loan, state="refused")
    results = [RuleResult("hold_not_repeated", False, "yes")]
    keep_verdict(session, acting(), version_id=second.id, results=results)
    session.flush()
    assert hold_needs_person(session, version_id=second.id)
    assert not hold_needs_person(session, version_id=version.id)


def test_what_sent_a_plan_to_a_person_is_read_from_its_verdict(session, loan):
    version = make_plan(session, loan)
    assert kept_waits(session, version_id=version.id) == ()
    results = [
        RuleResult("periods_within_limit", False, "61"),
        RuleResult("self_service_periods", False, "61"),
        RuleResult("no_dispute", True, "no"),
        RuleResult("file_fresh", False, "9"),
    ]
    keep_verdict(session, acting(), version_id=version.id, results=results)
    session.flush()
    waits = kept_waits(session, version_id=version.id)
    # the wider limit alone says of the count of instalments
    assert [(one.rule, one.value) for one in waits] == [
        ("self_service_periods", "61"),
        ("file_fresh", "9"),
    ]
    # The policy of that day, also where it did not know every limit of today's.
    assert waits[0].policy.version == "2026-11-01.1"
