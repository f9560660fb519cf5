"""A case has one owner: taken, released, taken over; who owns it answers it."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import AuditEntry, PlanVersion, Staff
from app.services.cases.owners import (
    CaseNotYours,
    CaseOwnedByAnother,
    MakerIsChecker,
    TakeOverRefused,
    release_case,
    take_case,
    take_over_case,
)
from app.services.core.context import Actor
from app.services.plans.steps import StateChanged
from app.services.proposals.submitting import withdraw_plan
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.proposals import answered, decide, make_staff, submit, submitted
from tests.support.races import rounds, run_together


def taking(session, version, who, **more):
    actor = Actor(f"staff:{who.staff_id}")
    context = acting(actor=actor, staff=who, **more)
    return take_case(session, context, version_public_id=version)


def releasing(session, version, who):
    actor = Actor(f"staff:{who.staff_id}")
    release_case(session, acting(actor=actor, staff=who), version_public_id=version)


def taking_over(session, version, who, reason="absent"):
    take_over_case(
        session,
        acting(
            actor=Actor(f"staff:{who.staff_id}"),
            staff=who,
        ),
        version_public_id=version,
        reason=reason,
    )


def owner(session, version):
    case = case_of(session, version)
    return case.owner_staff_id, case.owned_at


def on_record(session):
    rows = session.scalars(
        select(AuditEntry).where(AuditEntry.action.startswith("case.")).order_by(AuditEntry.seq)
    )
    return [
        (one.action, (one.before or {}).get("owner"), (one.after or {}).get("owner"), one.reason)
        for one in rows
    ]


@pytest.fixture
def version(session, vault, site) -> str:
    return submitted(session, vault, site)


def test_taken_and_released_on_record(session, version):
    who = make_staff(session)
    taking(session, version, who)
    assert owner(session, version) == (who.staff_id, NOW)
    taking(session, version, who)  # again changes nothing
    releasing(session, version, who)
    assert owner(session, version) == (None, None)
    assert on_record(session) == [
        ("case.taken", None, who.staff_id, ""),
        ("case.released", who.staff_id, None, ""),
    ]


def test_what_its_borrower_takes_back_is_nobodys(session, vault, site):
    proposed = answered(session, vault, disputed=True)
    version = submit(session, vault, site, proposed)
    taking(session, version, make_staff(session))
    withdraw_plan(
        session,
        acting(actor=proposed.actor),
        borrower_id=proposed.borrower.id,
        version_public_id=version,
    )
    assert owner(session, version) == (None, None)


def test_a_colleagues_case_is_neither_taken_nor_released_and_they_are_named(session, version):
    first, second = make_staff(session), make_staff(session)
    taking(session, version, first)
    with pytest.raises(CaseOwnedByAnother) as refused:
        taking(session, version, second)
    assert refused.value.owner == session.get_one(Staff, first.staff_id).display_name
    with pytest.raises(CaseNotYours):
        releasing(session, version, second)
    assert owner(session, version) == (first.staff_id, NOW)


def test_a_supervisor_takes_over_for_a_reason(session, version):
    agent, boss = make_staff(session), make_staff(session, roles=("supervisor",))
    taking(session, version, agent)
    for who, reason in ((boss, ""), (boss, "because"), (make_staff(session), "absent")):
        with pytest.raises(TakeOverRefused):
            taking_over(session, version, who, reason)
    taking_over(session, version, boss)
    assert owner(session, version) == (boss.staff_id, NOW)
    assert on_record(session)[-1] == ("case.taken", agent.staff_id, boss.staff_id, "absent")


def test_who_entered_a_plan_never_takes_its_case(session, version):
    maker = session.scalars(select(PlanVersion.author_person)).one()
    who = replace(make_staff(session, roles=("supervisor",)), person_id=maker)
    with pytest.raises(MakerIsChecker):
        taking(session, version, who)
    with pytest.raises(MakerIsChecker):
        taking_over(session, version, who)


def test_an_answered_case_is_nobodys(session, vault, site, version):
    who = make_staff(session)
    taking(session, version, who)
    decide(session, vault, site, version, who)
    assert owner(session, version) == (None, None)
    with pytest.raises(StateChanged):
        taking(session, version, make_staff(session))


def test_an_absent_case_is_not_found(session):
    for act in (taking, releasing):
        with pytest.raises(NotFound):
            act(session, "x" * 20, make_staff(session))


def test_only_the_owner_answers(session, vault, site, version):
    first, second = make_staff(session), make_staff(session, roles=("supervisor",))
    taking(session, version, first)
    with pytest.raises(CaseOwnedByAnother):
        decide(session, vault, site, version, second)
    decide(session, vault, site, version, first)


def test_answering_an_unowned_case_takes_it_in_the_same_step(session, vault, site, version):
    who = make_staff(session)
    decide(session, vault, site, version, who)
    actions = session.scalars(
        select(AuditEntry.action).order_by(AuditEntry.seq.desc()).limit(2)
    ).all()
    assert actions == ["plan.approved", "case.taken"]
    assert on_record(session) == [("case.taken", None, who.staff_id, "")]


@pytest.mark.race
def test_of_many_who_take_at_once_one_wins_and_the_others_read_who(database, vault, site):
    with database.sessions() as session:
        version = submitted(session, vault, site)
        people = [make_staff(session, display_name=f"客服 {number}") for number in range(10)]
    for _ in rounds():

        def take(thread):
            with database.sessions() as own:
                taking(own, version, people[thread])

        results = run_together(take, threads=len(people))
        assert Counter(type(one).__name__ for one in results) == {
            "NoneType": 1,
            "CaseOwnedByAnother": len(people) - 1,
        }
        winner = next(number for number, one in enumerate(results) if one is None)
        assert {one.owner for one in results if one} == {f"客服 {winner}"}
        with database.sessions() as session:
            assert owner(session, version)[0] == people[winner].staff_id
            releasing(session, version, people[winner])
