"""Reminders of kept plans: three days before and on the day, once each, and never against the rules
of contact.
"""

import sqlite3
from datetime import date, datetime

import pytest
from sqlalchemy import select, update

from app.models import AuditEntry, Borrower, Loan, OutboxItem, Plan, PlanVersion, PolicyVersion
from app.services.core.audit import row_hash
from app.services.core.policy import CACHED
from app.services.outbox.sms_texts import message_values, sms_text
from app.services.proposals.basis import Answers
from app.services.servicing import reminders
from tests.factories import (
    make_agreement,
    make_borrower,
    make_contact,
    make_hold,
    make_loan,
    make_plan,
)
from tests.support.acting import acting
from tests.support.clock import BEIJING
from tests.support.money import arrived, matched
from tests.support.proposals import submitted
from tests.support.races import run_together
from tests.support.terms import terms_on
from tests.support.unguarded import unguarded

WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.fixture
def signed(session, vault, site):
    """A kept plan: signed on 23 November, first payment due on the 26th, then the 10th of each
    month.
    """

    def make(**columns):
        public_id = submitted(session, vault, site, answers=WITH_FIRST)
        version = session.scalars(
            select(PlanVersion).where(PlanVersion.public_id == public_id)
        ).one()
        for name, value in columns.items():
            setattr(version, name, value)
        make_agreement(session, version)
        return version

    return make


def remind(session, vault, site, now):
    return reminders.remind(session, acting(now=at(now), vault=vault, site=site), limit=100)


def written(session):
    keys = session.scalars(
        select(OutboxItem.idempotency_key).where(OutboxItem.purpose == "reminder")
    ).all()
    return sorted(key.partition(":")[2].partition(":")[2] for key in keys)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T12:00", ["0:before"]),
        ("2026-11-26T09:00", ["0:day"]),
        ("2026-12-06T12:00", []),
        ("2026-12-07T00:30", ["1:before"]),
        ("2026-12-07T23:30", ["1:before"]),
        ("2026-12-08T12:00", ["1:before"]),  # not written on its day: the next one is as true
        ("2026-12-09T23:30", ["1:before"]),
        ("2026-12-10T12:00", ["1:day"]),
        ("2026-12-11T12:00", []),
        # The 10th is a Sunday: what falls due on it is due on Monday.
        ("2027-01-07T12:00", []),
        ("2027-01-08T12:00", ["2:before"]),
        ("2027-01-10T12:00", ["2:before"]),
        ("2027-01-11T12:00", ["2:day"]),
        ("2027-01-12T12:00", []),
    ],
)
def test_three_days_before_and_on_the_day(session, vault, site, signed, now, expected):
    signed()
    assert remind(session, vault, site, now) == len(expected)
    assert remind(session, vault, site, now) == 0
    assert written(session) == expected


def test_dates_moved_at_approval_are_reminded_of_as_moved(session, vault, site, signed):
    signed(moved_months=1)
    assert [
        remind(session, vault, site, day) for day in ("2026-12-10T12:00", "2027-01-11T12:00")
    ] == [0, 1]
    assert written(session) == ["1:day"]


def test_a_first_payment_is_reminded_of_however_late_the_policy_lets_it_be(
    session, vault, site, signed
):
    """The days between signature and first payment are a number of the policy."""
    with unguarded(session):
        for row in session.scalars(select(PolicyVersion)):
            row.values = row.values | {"first_payment_days": 13}
    session.commit()
    session.info.pop(CACHED, None)
    signed()
    # The 6th is a Sunday.
    days = ("2026-12-03T12:00", "2026-12-04T12:00")
    assert [remind(session, vault, site, day) for day in days] == [0, 1]
    assert written(session) == ["0:before"]


@pytest.mark.parametrize(("fen", "expected"), [(0, 1), (50_000, 1), (150_000, 1), (400_000, 0)])
def test_what_is_paid_is_not_reminded_of(session, vault, site, signed, fen, expected):
    """The first payment is ¥500, part 1 some ¥1,775."""
    plan = session.get_one(Plan, signed().plan_id)
    if fen:
        matched(session, arrived(session, fen=fen, on=date(2026, 11, 26)), plan=plan)
        session.commit()
    assert remind(session, vault, site, "2026-12-10T12:00") == expected


def test_a_plan_that_is_no_longer_kept_is_not_reminded_of(session, vault, site, signed):
    session.get_one(Plan, signed().plan_id).state = "completed"
    session.commit()
    assert remind(session, vault, site, "2026-12-10T12:00") == 0


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        (["2026-12-10T08:30"], 0),
        (["2026-12-09T23:59"], 1),
        (["2026-12-04T12:00", "2026-12-05T12:00", "2026-12-06T12:00"], 0),
        (["2026-12-03T11:59", "2026-12-05T12:00", "2026-12-06T12:00"], 1),
    ],
)
def test_one_a_day_and_three_a_week_over_all_that_asks_for_payment(
    session, vault, site, signed, contacts, expected
):
    borrower_id = session.get_one(Plan, signed().plan_id).borrower_id
    for text in contacts:
        make_contact(session, _Whose(borrower_id), at=at(text), purpose="collection")
    assert remind(session, vault, site, "2026-12-10T12:00") == expected


@pytest.mark.parametrize(("cause", "expected"), [("breathing", 0), ("plan_kept", 1)])
def test_who_asked_for_quiet_is_left_in_peace(session, vault, site, signed, cause, expected):
    borrower_id = session.get_one(Plan, signed().plan_id).borrower_id
    make_hold(
        session,
        _Whose(borrower_id),
        cause=cause,
        from_at=at("2026-12-01T12:00"),
        until_at=at("2026-12-31T12:00"),
    )
    assert remind(session, vault, site, "2026-12-10T12:00") == expected


def test_who_is_left_in_peace_keeps_nobody_else_from_being_reminded(session, vault, site, signed):
    first, second = signed(), signed()
    borrower_id = session.get_one(Plan, first.plan_id).borrower_id
    quiet = {
        "cause": "breathing",
        "from_at": at("2026-12-01T12:00"),
        "until_at": at("2026-12-31T12:00"),
    }
    make_hold(session, _Whose(borrower_id), **quiet)
    noon = at("2026-12-10T12:00")
    assert [
        reminders.remind(session, acting(now=noon, vault=vault, site=site), limit=1)
        for _ in range(2)
    ] == [1, 0]
    keys = session.scalars(
        select(OutboxItem.idempotency_key).where(OutboxItem.purpose == "reminder")
    ).all()
    assert keys == [f"reminder:{second.id}:1:day"]


def test_a_loan_missing_from_the_file_is_not_reminded_of(session, vault, site, signed):
    signed()
    session.execute(update(Loan).values(missing_since_on=date(2026, 12, 9)))
    session.commit()
    assert remind(session, vault, site, "2026-12-10T12:00") == 0
    session.execute(update(Loan).values(missing_since_on=None))  # a later file has it again
    session.commit()
    assert remind(session, vault, site, "2026-12-10T13:00") == 1


def test_a_reminder_waits_for_the_morning_and_lapses_with_the_day(session, vault, site, signed):
    signed()
    remind(session, vault, site, "2026-12-10T00:10")
    row = session.scalars(select(OutboxItem).where(OutboxItem.purpose == "reminder")).one()
    assert (row.not_before_at, row.expires_at) == (
        at("2026-12-10T08:00"),
        at("2026-12-10T23:59:59"),
    )


def test_what_is_told_before_lapses_when_the_day_comes(session, vault, site, signed):
    signed()
    remind(session, vault, site, "2026-12-07T00:10")
    row = session.scalars(select(OutboxItem).where(OutboxItem.purpose == "reminder")).one()
    assert row.expires_at == at("2026-12-09T23:59:59")
    assert remind(session, vault, site, "2026-12-08T12:00") == 0  # it is written once


def test_what_a_limit_or_a_cap_left_is_not_lost_at_midnight(session, vault, site, signed):
    """Two plans of one borrower: one message a day, so the second is told a day later."""
    first = signed()
    borrower = session.get_one(Borrower, session.get_one(Plan, first.plan_id).borrower_id)
    another_plan(session, first, borrower=borrower)
    session.commit()
    told = []
    for day in ("2026-12-07", "2026-12-08"):
        told.append(remind(session, vault, site, f"{day}T12:00"))
        waiting = OutboxItem.state == "waiting", OutboxItem.purpose == "reminder"
        row = session.scalars(select(OutboxItem).where(*waiting)).one()
        make_contact(session, borrower, at=at(f"{day}T12:00"), purpose="reminder")
        row.state = "sent"
        session.commit()
    assert told == [1, 1]
    assert written(session) == ["1:before", "1:before"]


def test_a_message_that_still_waits_counts_on_the_day_it_may_go(session, vault, site, signed):
    """A gateway was down all yesterday: what was written then and what is written now would arrive
    on one day.
    """
    signed()
    assert remind(session, vault, site, "2026-12-07T12:00") == 1
    lapses = session.scalars(select(OutboxItem.expires_at)).all()[-1]
    session.execute(update(OutboxItem).values(expires_at=None))
    session.commit()
    assert remind(session, vault, site, "2026-12-10T12:00") == 0
    session.execute(update(OutboxItem).values(expires_at=lapses))
    session.commit()
    assert remind(session, vault, site, "2026-12-10T13:00") == 1


@pytest.mark.parametrize("template", ["due_soon", "due_today", "plan_lapsing"])
def test_its_words_name_no_amount_and_no_debt(site, template):
    words = sms_text(template, **message_values("AH-00318", site), day="12月10日", until="12月10日")
    # "today" is dropped with its day
    assert ("今天" if template == "due_today" else "12月10日") in words
    assert len(words) <= 70
    assert not [word for word in ("¥", "元", "债", "逾期", "催", "欠") if word in words]


class _Whose:
    """A borrower known by id only."""

    def __init__(self, borrower_id: int) -> None:
        self.id = borrower_id


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_however_much_falls_due_a_query_asks_for_few(session, vault, site, signed, monkeypatch):
    """A database takes so many values in one query: 32,766 on SQLite, 65,535 on PostgreSQL; here
    50.
    """
    monkeypatch.setattr(reminders, "PART", 20)
    first = signed()
    borrower = session.get_one(Borrower, session.get_one(Plan, first.plan_id).borrower_id)
    for _ in range(50):
        another_plan(session, first, borrower=borrower)
    session.commit()
    driver = session.connection().connection.driver_connection
    before = driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 50)
    try:
        # one a day for one borrower, fifty were asked for
        assert remind(session, vault, site, "2026-11-23T12:00") == 1
    finally:
        driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)


@pytest.mark.parametrize(
    ("result", "expected"), [("failed", 1), ("sent", 0), ("delivered", 0), ("unanswered", 0)]
)
def test_caps_count_what_was_handed_over_and_not_what_no_provider_took(
    session, vault, site, signed, result, expected
):
    borrower_id = session.get_one(Plan, signed().plan_id).borrower_id
    made = at("2026-12-10T08:30")
    make_contact(session, _Whose(borrower_id), at=made, purpose="collection", result=result)
    assert remind(session, vault, site, "2026-12-10T12:00") == expected


def another_plan(session, version, *, borrower=None, vault=None):
    """A plan like the one given, of the same borrower or of somebody else."""
    borrower = borrower or make_borrower(session, vault)
    loan = make_loan(session, borrower)
    made = make_agreement(session, make_plan(session, loan, terms=terms_on(version.terms, loan)))
    session.commit()
    return made


def test_what_is_written_together_is_told_of_one_by_one_in_the_trail(session, vault, site, signed):
    first = signed()
    for n in range(4):
        other = make_borrower(session, vault, mobile=f"1900374110{n}")
        another_plan(session, first, borrower=other)
    assert remind(session, vault, site, "2026-12-07T12:00") == 5
    told = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "reminder.written").order_by(AuditEntry.seq)
    ).all()
    assert [one.after["number"] for one in told] == [1] * 5
    assert len({one.object_id for one in told}) == 5
    assert {one.actor for one in told} == {"job:reminders"}
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [one.prev_hash for one in entries[1:]] == [one.row_hash for one in entries[:-1]]
    assert all(row_hash(one) == one.row_hash for one in entries)


def test_of_two_payments_of_one_borrower_in_one_part_the_cap_lets_one_go(
    session, vault, site, signed
):
    first = signed()
    mine = session.get_one(Borrower, session.get_one(Plan, first.plan_id).borrower_id)
    another_plan(session, first, borrower=mine)
    another_plan(session, first, borrower=make_borrower(session, vault, mobile="19003741111"))
    assert remind(session, vault, site, "2026-12-07T12:00") == 2
    whose = session.scalars(select(OutboxItem.borrower_id).where(OutboxItem.purpose == "reminder"))
    assert len(set(whose)) == 2


def test_of_two_numbers_nobody_has_decided_which_a_reminder_is_withheld(
    session, vault, site, signed
):
    first = signed()
    borrower = session.get_one(Borrower, session.get_one(Plan, first.plan_id).borrower_id)
    borrower.is_contested = True
    session.commit()
    assert remind(session, vault, site, "2026-12-07T12:00") == 1
    row = session.scalars(select(OutboxItem).where(OutboxItem.purpose == "reminder")).one()
    assert (row.state, row.payload_enc) == ("withheld", None)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_whom_another_holds_is_left_to_the_next_turn_and_keeps_nobody_waiting(
    database, vault, site, monkeypatch
):
    with database.sessions() as session:
        public_id = submitted(session, vault, site, answers=WITH_FIRST)
        found = select(PlanVersion).where(PlanVersion.public_id == public_id)
        first = session.scalars(found).one()
        make_agreement(session, first)
        other = make_borrower(session, vault, mobile="19003741111")
        another_plan(session, first, borrower=other)
        with database.sessions() as holding:
            held = select(Borrower).where(Borrower.id == other.id).with_for_update()
            holding.scalars(held).one()
            assert remind(session, vault, site, "2026-12-07T12:00") == 1
        assert remind(session, vault, site, "2026-12-07T12:01") == 1


@pytest.mark.race
def test_many_workers_write_each_reminder_once(database, vault, site):
    with database.sessions() as session:
        public_id = submitted(session, vault, site, answers=WITH_FIRST)
        found = select(PlanVersion).where(PlanVersion.public_id == public_id)
        first = session.scalars(found).one()
        make_agreement(session, first)
        for n in range(19):
            other = make_borrower(session, vault, mobile=f"190037411{n:02d}")
            another_plan(session, first, borrower=other)

    def write(_n):
        with database.sessions() as own:
            return remind(own, vault, site, "2026-12-07T12:00")

    counted = sum(run_together(write, threads=6))
    with database.sessions() as session:
        counted += remind(session, vault, site, "2026-12-07T12:01")
        keys = session.scalars(
            select(OutboxItem.idempotency_key).where(OutboxItem.purpose == "reminder")
        ).all()
    assert (counted, len(set(keys))) == (20, 20)
