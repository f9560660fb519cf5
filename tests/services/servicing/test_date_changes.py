"""One due date moved by its borrower: once, whatever is tapped, at once or again; nothing untrue is
sent afterwards.
"""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.config import Settings
from app.domain.errors import DomainError, NotFound
from app.domain.keeping.date_changing import (
    DateChangeInCure,
    DateChangeOver,
    DateChangeUsed,
    DateOutside,
    InstalmentNotMovable,
)
from app.models import AuditEntry, DateChange, OutboxItem, PlanNotice, PlanVersion
from app.services.core.request_keys import KeyReused
from app.services.core.transaction import REFUSED
from app.services.outbox.occasions import Occasion, due_state, still_stands
from app.services.outbox.queue import send_due
from app.services.proposals.basis import Answers
from app.services.servicing import reminders
from app.services.servicing.date_changes import change_date
from app.wiring import make_gateways
from tests.factories import make_agreement, make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import BEIJING, NOW
from tests.support.installation import KEYS
from tests.support.money import covered, plan_of
from tests.support.policies import activate, edited
from tests.support.proposals import actor_of, make_staff
from tests.support.races import rounds, run_together
from tests.support.signing import kept_of, plain, signed

WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")
# Of the plan signed on 23 November: the first payment on the 26th, then on the 10th of each month.
FIRST_ON, ONE_ON, MOVED_ON = date(2026, 11, 26), date(2026, 12, 10), date(2026, 12, 21)


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


@pytest.fixture
def number(session, gateways, site, borrower, loan) -> str:
    return signed(session, gateways, site, borrower=borrower, loan=loan, answers=WITH_FIRST)


def move(session, borrower, agreement, *, now=NOW, key="k1", **changed):
    values = {"number": 1, "due_on": MOVED_ON}
    change_date(
        session,
        acting(now=now, actor=actor_of(borrower)),
        borrower_id=borrower.id,
        agreement=agreement,
        request_key=key,
        **(values | changed),
    )


def changes(session) -> list[DateChange]:
    session.rollback()
    return list(session.scalars(select(DateChange).order_by(DateChange.id)))


def due_dates(session, borrower, number):
    return {one.number: one.due_on for one in kept_of(session, borrower, number).payments}


def test_a_moved_date_is_what_is_shown_from_then_on(session, borrower, number):
    before = due_dates(session, borrower, number)
    move(session, borrower, number)
    (made,) = changes(session)
    assert (made.number, made.from_on, made.due_on) == (1, ONE_ON, MOVED_ON)
    assert (made.at, made.actor) == (NOW, actor_of(borrower).who)
    assert due_dates(session, borrower, number) == before | {1: MOVED_ON}
    (told,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.date_changed"))
    version = session.scalars(select(PlanVersion)).one()
    assert (told.object_kind, told.object_id) == ("plan_version", version.public_id)
    assert told.before == {"number": 1, "due_on": "2026-12-10"}
    assert told.after == {"number": 1, "due_on": "2026-12-21"}


def test_a_day_off_becomes_the_working_day_after_it(session, borrower, number):
    move(session, borrower, number, due_on=MOVED_ON - timedelta(days=2))
    assert [one.due_on for one in changes(session)] == [MOVED_ON]
    # The same again: the same day off, and the day it became.
    move(session, borrower, number, due_on=MOVED_ON - timedelta(days=2))
    move(session, borrower, number)
    assert len(changes(session)) == 1


def test_the_first_payment_may_move_too(session, borrower, number):
    move(session, borrower, number, number=0, due_on=FIRST_ON + timedelta(days=5))
    assert due_dates(session, borrower, number)[0] == FIRST_ON + timedelta(days=5)


def test_the_same_request_again_does_nothing_and_another_content_is_told(session, borrower, number):
    move(session, borrower, number)
    # Also once its old day, and the new one, are over.
    move(session, borrower, number, now=NOW + timedelta(days=60))
    assert len(changes(session)) == 1
    for changed in (
        {"number": 2},
        {"due_on": MOVED_ON + timedelta(days=1)},
        {"due_on": MOVED_ON - timedelta(days=3)},
        {"due_on": date.max},
        {"due_on": date.min},
    ):
        with pytest.raises(KeyReused):
            move(session, borrower, number, **changed)
    assert len(changes(session)) == 1


def test_a_second_change_is_refused_and_counted(session, borrower, number):
    move(session, borrower, number)
    with pytest.raises(DateChangeUsed):
        move(session, borrower, number, key="k2", number=2, due_on=date(2027, 1, 20))
    assert session.info[REFUSED] == "date_change_used"
    assert len(changes(session)) == 1


@pytest.mark.parametrize(
    ("refusal", "changed", "days"),
    [
        (DateOutside, {"due_on": ONE_ON}, 0),
        (DateOutside, {"due_on": ONE_ON + timedelta(days=15)}, 0),
        (DateOutside, {"due_on": date.max}, 0),
        (InstalmentNotMovable, {"number": 99}, 0),
        (InstalmentNotMovable, {}, 17),
        (InstalmentNotMovable, {}, 19),
    ],
)
def test_what_the_rules_refuse_changes_nothing(session, borrower, number, refusal, changed, days):
    with pytest.raises(refusal):
        move(session, borrower, number, now=NOW + timedelta(days=days), **changed)
    assert changes(session) == []


def test_another_persons_agreement_is_not_there(session, vault, borrower, number):
    other = make_borrower(session, vault, mobile="19003740077")
    for who, agreement in ((other, number), (borrower, "AH-99999-1")):
        with pytest.raises(NotFound):
            move(session, who, agreement)
    assert changes(session) == []


@pytest.mark.parametrize("state", ["completed", "broken"])
def test_a_plan_that_does_not_run_any_more_stays(session, borrower, number, state):
    plan_of(session, number).state = state
    session.commit()
    with pytest.raises(DateChangeOver):
        move(session, borrower, number)


def test_an_agreement_that_another_took_the_place_of_stays(session, borrower, number):
    plan = plan_of(session, number)
    version = session.get_one(PlanVersion, plan.active_version_id)
    values = {
        name: getattr(version, name)
        for name in PlanVersion.__table__.columns.keys()
        if name not in ("id", "public_id", "number", "sealed_at")
    }
    later = PlanVersion(number=2, **values)
    session.add(later)
    session.flush()
    make_agreement(session, later)
    with pytest.raises(DateChangeOver):
        move(session, borrower, number)
    move(session, borrower, f"{plan.number}-2")


def test_while_a_notice_runs_nothing_moves(session, borrower, number):
    plan = plan_of(session, number)
    day = date(2027, 1, 19)
    covered(session, day)
    session.add(PlanNotice(plan_id=plan.id, kind="notice", sent_on=day, at=NOW, told={}))
    session.commit()
    later = datetime(2027, 1, 19, 10, tzinfo=BEIJING)
    with pytest.raises(DateChangeInCure):
        move(session, borrower, number, now=later, number=3, due_on=date(2027, 2, 19))
    assert changes(session) == []


def test_the_policy_the_plan_was_judged_by_counts(session, borrower, number):
    maker, checker = (make_staff(session, username=name, roles=("admin",)) for name in "ab")
    draft = edited(session, maker, hand_in=1, date_change_days=3)
    activate(session, checker, draft)
    move(session, borrower, number, now=NOW + timedelta(days=3))
    assert [one.due_on for one in changes(session)] == [MOVED_ON]


@pytest.fixture
def sent(database):
    """What is committed here is there for who sends."""
    with database.sessions() as own:
        yield own


def test_a_reminder_of_the_old_day_is_not_sent(sent, database, gateways, site):
    borrower = make_borrower(sent, gateways.vault)
    loan = make_loan(sent, borrower)
    number = signed(sent, gateways, site, borrower=borrower, loan=loan, answers=WITH_FIRST)
    version = sent.scalars(select(PlanVersion)).one()
    sent.execute(update(OutboxItem).values(state="sent"))
    sent.commit()
    evening = datetime(2026, 12, 7, 23, 30, tzinfo=BEIJING)
    night = acting(now=evening, gateways=gateways, site=site)
    assert reminders.remind(sent, night, limit=10) == 1
    move(sent, borrower, number, now=evening + timedelta(minutes=5))
    morning = acting(now=evening + timedelta(hours=9), gateways=gateways, site=site)
    report = send_due(database.sessions, morning, 10)
    assert (report.sent, report.dropped) == (0, 1)
    sent.rollback()
    reminder = sent.scalars(select(OutboxItem).where(OutboxItem.purpose == "reminder")).one()
    assert (reminder.state, reminder.payload_enc) == ("dropped", None)
    for state, stands in (
        (due_state(1, ONE_ON), False),
        (due_state(1, MOVED_ON), True),
        # Another number, and messages of releases before, are as true as they were.
        (due_state(2, date(2027, 1, 11)), True),
        ("1", True),
        ("", True),
    ):
        told = Occasion("instalment", str(version.id), state)
        assert still_stands(sent, occasion=told, now=morning.now) is stands


def test_reminders_go_by_the_new_day(session, gateways, site, borrower, number):
    def remind(day):
        at = datetime(day.year, day.month, day.day, 10, tzinfo=BEIJING)
        context = acting(now=at, gateways=gateways, site=site)
        return reminders.remind(session, context, limit=10)

    assert remind(ONE_ON - timedelta(days=3)) == 1
    move(session, borrower, number, now=NOW + timedelta(days=15))
    assert remind(ONE_ON) == 0
    # What was told of the old day does not count.
    assert [remind(MOVED_ON - timedelta(days=days)) for days in (4, 3, 2, 0)] == [0, 1, 0, 1]


@pytest.mark.race
def test_of_two_at_once_one_date_moves(database, gateways, site):
    for number in rounds():
        with database.sessions() as session:
            borrower = make_borrower(session, gateways.vault, mobile=f"191{number:08d}")
            loan = make_loan(session, borrower)
            agreement = signed(
                session, gateways, site, borrower=borrower, loan=loan, answers=WITH_FIRST
            )
            session.expunge_all()

        is_twice = number % 2

        def tap(thread, borrower=borrower, agreement=agreement, is_twice=is_twice):
            with database.sessions() as own:
                # A double tap sends one thing twice; two pages have a key and a number each.
                if is_twice or not thread:
                    move(own, borrower, agreement, key="one")
                else:
                    move(own, borrower, agreement, key="two", number=2, due_on=date(2027, 1, 20))

        results = run_together(tap, threads=2)
        refused = [one for one in results if isinstance(one, Exception)]
        assert all(isinstance(one, DomainError) for one in refused), refused
        assert [type(one) for one in refused] == ([] if is_twice else [DateChangeUsed])
        with database.sessions() as session:
            plan = plan_of(session, agreement)
            made = session.scalars(select(DateChange).where(DateChange.plan_id == plan.id)).all()
            assert len(made) == 1
