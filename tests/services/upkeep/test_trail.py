"""What the audit trail tells of plans against what is stored: a change without an entry shows."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update

from app.models import Decision, Plan, PlanVersion, Verdict
from app.services.core import audit
from app.services.core.context import Actor
from app.services.core.transaction import transaction
from app.services.proposals.basis import Answers
from app.services.upkeep.trail import untold_changes
from tests.factories import make_loan, make_plan
from tests.support.acting import acting
from tests.support.appeals import answer, appeal, refused
from tests.support.clock import NOW
from tests.support.proposals import approved_at_once, decide, make_staff, submitted
from tests.support.unguarded import unguarded


@pytest.fixture
def version(session, vault, site, borrower, loan) -> str:
    made = submitted(session, vault, site, borrower=borrower, loan=loan)
    decide(session, vault, site, made, make_staff(session))
    return made


def untold(session) -> list[str]:
    session.commit()
    session.expire_all()
    return list(untold_changes(session))


def test_everything_that_use_cases_did_is_told(session, vault, site, version):
    """Proposed, approved by policy and by a person, refused, appealed, upheld."""
    approved_at_once(session, vault, site)
    borrower, second = refused(session, vault, site)
    appeal(session, vault, borrower, second)
    answer(session, vault, site, second, make_staff(session), answer="refuse")
    assert untold(session) == []


@pytest.mark.parametrize(
    "values",
    [
        {"state": "withdrawn"},
        {"moved_months": 1},
        {"valid_until_at": NOW + timedelta(days=30)},
        {"decided_at": None},
        {"ended_at": NOW},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_column_changed_without_an_entry_is_named(session, version, values):
    session.execute(update(PlanVersion).values(**values))
    (column,) = values
    assert f"{version}: {column} is not as told" in untold(session)


def test_a_day_that_was_put_off_is_told_as_a_day(session, vault, site, borrower, loan):
    """A sum by a day that is over by the time a person says yes falls due later."""
    asked = Answers(kind="settlement", sum_fen=500_000, pay_on=date(2026, 12, 3), choice="best_fit")
    mine = {"answers": asked, "borrower": borrower, "loan": loan}
    made = submitted(session, vault, site, **mine)
    late = NOW + timedelta(days=19)
    for _ in range(2):
        boss = make_staff(session, roles=("supervisor",))
        decide(session, vault, site, made, boss, now=late)
    query = select(PlanVersion.not_before_on).where(PlanVersion.public_id == made)
    assert session.scalar(query) is not None
    assert untold(session) == []
    session.execute(update(PlanVersion).values(not_before_on=date(2027, 1, 1)))
    assert untold(session) == [f"{made}: not_before_on is not as told"]


def test_an_answer_that_is_gone_is_named(session, version):
    with unguarded(session):
        session.execute(delete(Decision))
    assert untold(session) == [f"{version}: answers [], told ['approve']"]


def test_a_verdict_that_was_changed_is_named(session, version):
    session.execute(update(Verdict).values(held=True))
    assert untold(session) == [f"{version}: its verdict is not the one that was told"]


def test_a_plan_that_moved_by_itself_is_named(session, version):
    session.execute(update(Plan).values(state="completed"))
    (told,) = untold(session)
    assert told.endswith("completed, nothing told of it")


def test_a_version_nobody_submitted_is_named(session, borrower):
    made = make_plan(session, make_loan(session, borrower)).public_id
    assert f"{made}: no entry of its borrower's submission" in untold(session)


def test_an_entry_about_nothing_and_a_step_left_out_are_named(session, version):
    def entry(action, object_id, before, after):
        with transaction(session):
            audit.record(
                session,
                acting(actor=Actor("borrower:x")),
                action=action,
                object_kind="plan_version",
                object_id=object_id,
                before=before,
                after=after,
            )

    entry("plan.submitted", "x" * 20, None, {"state": "submitted"})
    assert untold(session) == [f"{'x' * 20}: in the trail, not in the tables"]
    entry("plan.withdrawn", version, {"state": "submitted"}, {"state": "withdrawn"})
    assert f"{version}: an entry before plan.withdrawn is missing" in untold(session)
