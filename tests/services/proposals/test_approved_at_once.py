"""Where every rule holds a plan is approved as it is submitted; a second hold within thirty days
needs a person.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.calendar import BEIJING
from app.models import AuditEntry, Decision, Hold, OutboxItem, Plan, PlanLoan, PlanVersion, Verdict
from app.services.proposals.basis import Answers
from app.services.proposals.submitting import withdraw_plan
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import ANSWERS, answered, approved_at_once, decide, make_staff, submit

SMALL = Answers(pay_day=10, choice="best_fit")


def stored(session, public_id) -> PlanVersion:
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()


def texts(session, vault) -> list[str]:
    items = session.scalars(select(OutboxItem).order_by(OutboxItem.id))
    return [
        vault.unseal(one.payload_enc, table="outbox", row=one.idempotency_key, column="payload")
        for one in items
    ]


def broken_rules(session, version) -> list[str]:
    return list(
        session.scalars(
            select(Verdict.rule).where(Verdict.version_id == version.id, Verdict.held.is_(False))
        )
    )


def withdraw(session, proposed, version, *, now=NOW):
    withdraw_plan(
        session,
        acting(now=now, actor=proposed.actor),
        borrower_id=proposed.borrower.id,
        version_public_id=version,
    )


def test_a_plan_within_every_rule_is_an_offer_at_once(session, vault, site):
    version = stored(session, approved_at_once(session, vault, site))
    plan = session.get_one(Plan, version.plan_id)
    assert (version.state, plan.state, version.decided_at, version.moved_months) == (
        "approved",
        "approved",
        NOW,
        0,
    )
    assert version.valid_until_at.astimezone(BEIJING).date() == date(2026, 11, 30)
    assert (version.ended_at, version.sealed_at) == (None, NOW)
    assert broken_rules(session, version) == []
    assert session.scalar(select(func.count()).select_from(Decision)) == 0
    assert session.scalars(select(PlanLoan.is_open)).one() is True
    assert session.scalars(select(Hold.until_at)).one() is None


def test_one_message_tells_of_it(session, vault, site):
    approved_at_once(session, vault, site)
    (text,) = texts(session, vault)
    assert "已同意，有效到11月30日（含当天）" in text


def test_the_policy_stands_on_record_as_who_approved_after_the_submission(session, vault, site):
    version = stored(session, approved_at_once(session, vault, site))
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.object_id == version.public_id).order_by(AuditEntry.seq)
    )
    first, second = entries
    assert (first.action, first.actor, first.after["state"]) == (
        "plan.submitted",
        version.author_person,
        "submitted",
    )
    assert (second.action, second.actor) == ("plan.approved", f"policy:{version.policy_version}")
    assert (second.before, second.after["state"]) == ({"state": "submitted"}, "approved")


def test_a_small_debt_is_settled_at_once_too(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, principal_fen=15_000, annual_ppm=0)
    version = stored(
        session, approved_at_once(session, vault, site, borrower=borrower, loan=loan, answers=SMALL)
    )
    assert (version.kind, version.state, version.moved_months) == ("settlement", "approved", 0)


@pytest.mark.parametrize(
    ("values", "answers", "rule"),
    [
        ({"as_of_on": date(2026, 11, 19)}, ANSWERS, "file_fresh"),
        ({"disputed": True}, ANSWERS, "no_dispute"),
        ({"difference": True}, ANSWERS, "no_discrepancy"),
        ({"annual_ppm": 300_000}, ANSWERS, "within_ceiling"),
        (
            {"principal_fen": 15_000, "annual_ppm": 0, "as_of_on": date(2026, 11, 19)},
            SMALL,
            "file_fresh",
        ),
    ],
)
def test_one_rule_that_does_not_hold_leaves_it_to_a_person(
    session, vault, site, values, answers, rule
):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, **values)
    version = stored(
        session,
        approved_at_once(session, vault, site, borrower=borrower, loan=loan, answers=answers),
    )
    assert (version.state, version.valid_until_at, version.decided_at) == ("submitted", None, None)
    assert broken_rules(session, version) == [rule]
    assert "已收到" in texts(session, vault)[0]


def test_a_file_three_days_old_is_fresh_enough(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, as_of_on=date(2026, 11, 20))
    assert (
        stored(session, approved_at_once(session, vault, site, borrower=borrower, loan=loan)).state
        == "approved"
    )


def test_a_machine_never_refuses_however_many_rules_break(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, disputed=True, as_of_on=date(2026, 11, 1))
    answers = replace(ANSWERS, monthly_fen=20_000)
    version = stored(
        session,
        approved_at_once(session, vault, site, borrower=borrower, loan=loan, answers=answers),
    )
    assert version.state == "submitted"


def test_a_double_tap_is_approved_once(session, vault, site):
    proposed = answered(session, vault)
    first = submit(session, vault, site, proposed)
    assert submit(session, vault, site, proposed) == first
    assert len(texts(session, vault)) == 1
    approvals = (
        select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "plan.approved")
    )
    assert session.scalar(approvals) == 1


def test_after_a_withdrawal_the_next_plan_needs_a_person_and_only_then_a_hold_begins(
    session, vault, site
):
    first = answered(session, vault)
    withdraw(session, first, submit(session, vault, site, first))
    again = answered(session, vault, borrower=first.borrower, loan=first.loan)
    version = stored(session, submit(session, vault, site, again))
    assert (version.state, broken_rules(session, version)) == ("submitted", ["hold_not_repeated"])
    assert session.scalars(select(Hold.until_at)).all() == [NOW]
    decide(
        session, vault, site, version.public_id, make_staff(session), now=NOW + timedelta(hours=1)
    )
    holds = session.scalars(select(Hold).order_by(Hold.id)).all()
    assert [(one.from_at, one.until_at) for one in holds] == [
        (NOW, NOW),
        (NOW + timedelta(hours=1), None),
    ]


def test_a_refusal_of_a_second_one_begins_no_hold(session, vault, site):
    first = answered(session, vault)
    withdraw(session, first, submit(session, vault, site, first))
    again = answered(session, vault, borrower=first.borrower, loan=first.loan)
    version = submit(session, vault, site, again)
    decide(session, vault, site, version, make_staff(session), answer="refuse")
    assert session.scalars(select(Hold.until_at)).all() == [NOW]


@pytest.mark.parametrize("state", ["withdrawn", "expired"])
@pytest.mark.parametrize(("days", "goes_at_once"), [(30, False), (31, True)])
def test_thirty_days_after_one_that_ended_unsigned_a_new_one_is_free(
    session, vault, site, state, days, goes_at_once
):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    make_plan(
        session, loan, state=state, ended_at=NOW - timedelta(days=days), start_on=date(2026, 10, 20)
    )
    version = stored(session, approved_at_once(session, vault, site, borrower=borrower, loan=loan))
    assert version.state == ("approved" if goes_at_once else "submitted")
    assert len(session.scalars(select(Hold)).all()) == goes_at_once


def test_another_loan_of_the_borrower_is_not_held_back(session, vault, site):
    first = answered(session, vault)
    withdraw(session, first, submit(session, vault, site, first))
    other = make_loan(session, first.borrower)
    assert stored(
        session, approved_at_once(session, vault, site, borrower=first.borrower, loan=other)
    ).state == ("approved")
