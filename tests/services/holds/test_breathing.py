"""Breathing space: what it costs to the fen, once in twelve months, and what it leaves behind."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.arrears import growth_fen
from app.models import AuditEntry, Contact, Hold, Loan, OutboxItem
from app.services.contact.records import running_holds
from app.services.core.policy import active_policy
from app.services.holds.breathing import (
    BreathingUsed,
    begin_breathing,
    breathing,
    breathing_offer,
)
from app.services.loans.figures import figures_where, owed_on
from tests.factories import make_borrower, make_hold, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import actor_of


def begin(session, vault, site, borrower, *, key="key-1", now=NOW):
    begin_breathing(
        session,
        acting(now=now, actor=actor_of(borrower), vault=vault, site=site),
        borrower_id=borrower.id,
        request_key=key,
    )


def page(session, borrower, *, now=NOW):
    found = breathing(session, acting(now=now), borrower_id=borrower.id)
    session.commit()
    return found


def count(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def test_the_page_names_the_sum_of_the_days_for_each_loan(session, borrower):
    flat = make_loan(
        session,
        borrower,
        principal_fen=500_000,
        annual_ppm=180_000,
        periods=1,
        paid=0,
        start_on=date(2026, 9, 1),
        due_day=1,
    )
    other = make_loan(session, borrower)
    found = page(session, borrower)
    assert (found.offer.standing, found.days, found.until_on) == ("open", 30, date(2026, 12, 23))
    sums = {one.tail: one.fen for one in found.loans}
    assert sums[flat.ref[-4:]] == 10_000  # 5,000.00 at the ceiling of 24 % x 30 / 360
    assert set(sums) == {flat.ref[-4:], other.ref[-4:]}
    assert found.total_fen == sum(sums.values()) > 10_000


def test_it_is_the_difference_of_the_pay_offs(session, borrower):
    make_loan(session, borrower, annual_ppm=240_000, paid=3)
    policy = active_policy(session)[1]
    (figures,) = figures_where(
        session, Loan.borrower_id == borrower.id, policy=policy, today=date(2026, 11, 23)
    )
    later = owed_on(figures.loan, figures.snapshot, as_of=date(2026, 12, 23), policy=policy)
    (loan,) = page(session, borrower).loans
    assert loan.fen == growth_fen(figures.owed, later) == later.payoff_fen - figures.owed.payoff_fen


def test_it_holds_contact_for_thirty_days_and_tells_neutrally(session, vault, site, borrower):
    make_loan(session, borrower)
    begin(session, vault, site, borrower)
    hold = session.scalars(select(Hold)).one()
    assert (hold.cause, hold.loan_id, hold.from_at) == ("breathing", None, NOW)
    assert hold.until_at == datetime(2026, 12, 23, 15, 59, 59, tzinfo=UTC)
    (running,) = running_holds(
        session, acting(now=NOW + timedelta(days=30)), borrower_id=borrower.id
    )
    assert running.cause == "breathing"
    assert not running_holds(session, acting(now=NOW + timedelta(days=31)), borrower_id=borrower.id)
    item = session.scalars(select(OutboxItem)).one()
    text = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    assert "到 12月23日 我们不会主动联系您" in text
    assert not any(word in text for word in ("债", "逾期", "催收", "¥", "还款"))
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.after["cause"]) == ("hold.began", "breathing")
    assert count(session, Contact) == 0


def test_a_double_tap_begins_it_once(session, vault, site, borrower):
    make_loan(session, borrower)
    begin(session, vault, site, borrower)
    begin(session, vault, site, borrower)
    with pytest.raises(BreathingUsed):
        begin(session, vault, site, borrower, key="another")
    assert count(session, Hold) == count(session, OutboxItem) == count(session, AuditEntry) == 1
    found = page(session, borrower)
    assert (found.offer.standing, found.until_on) == ("running", date(2026, 12, 23))


def test_a_second_within_twelve_months_is_refused_and_one_after_is_not(
    session, vault, site, borrower
):
    make_loan(session, borrower)
    begin(session, vault, site, borrower)
    for days, standing in [(30, "running"), (31, "used"), (364, "used"), (365, "open")]:
        now = NOW + timedelta(days=days)
        found = page(session, borrower, now=now)
        again_on = None if standing == "open" else date(2027, 11, 23)
        assert (found.offer.standing, found.offer.again_on) == (standing, again_on)
        if standing != "open":
            with pytest.raises(BreathingUsed):
                begin(session, vault, site, borrower, key=f"key-{days}", now=now)
    begin(session, vault, site, borrower, key="next year", now=NOW + timedelta(days=365))
    assert count(session, Hold) == 2


def test_where_every_overdue_loan_has_a_plan_it_is_kept_for_later(session, vault, site, borrower):
    loan = make_loan(session, borrower)
    make_plan(session, loan, state="submitted")
    make_hold(session, borrower, loan_id=loan.id)
    assert page(session, borrower).offer.standing == "covered"
    with pytest.raises(BreathingUsed):
        begin(session, vault, site, borrower)
    second = make_loan(session, borrower)
    found = page(session, borrower)
    assert found.offer.standing == "open"
    assert [one.tail for one in found.loans] == [second.ref[-4:]]


def test_a_plan_that_does_not_hold_contact_takes_nobodys_breathing_space_away(
    session, vault, site, borrower
):
    loan = make_loan(session, borrower)
    # a second hold within the policy's days waits for a person
    make_plan(session, loan, state="submitted")
    make_hold(session, borrower, loan_id=loan.id, until_at=NOW + timedelta(days=3))
    found = page(session, borrower)
    assert (found.offer.standing, found.total_fen) == ("open", 0)
    begin(session, vault, site, borrower)
    assert page(session, borrower).offer.standing == "running"


def test_where_nothing_is_owed_there_is_nothing_to_hold(session, borrower):
    make_loan(session, borrower, paid=24)
    assert page(session, borrower).offer.standing == "none"


def test_where_nothing_is_due_yet_it_is_kept_for_later(session, vault, site, borrower):
    make_loan(session, borrower, paid=11)
    assert page(session, borrower).offer.standing == "early"
    with pytest.raises(BreathingUsed):
        begin(session, vault, site, borrower)
    make_loan(session, borrower)
    begin(session, vault, site, borrower)


def test_what_a_page_may_offer_is_what_the_use_case_begins(session, vault, site, borrower):
    make_loan(session, borrower)
    asked = acting(now=NOW)
    assert breathing_offer(session, asked, borrower_id=borrower.id).is_open
    session.commit()
    begin(session, vault, site, borrower)
    later = acting(now=NOW + timedelta(days=40))
    found = breathing_offer(session, later, borrower_id=borrower.id)
    assert (found.is_used, found.began_on) == (True, date(2026, 11, 23))
    assert not breathing_offer(session, asked, borrower_id=borrower.id).is_open


def test_a_loan_missing_from_the_file_is_in_no_sum(session, borrower):
    make_loan(session, borrower)
    make_loan(session, borrower, missing_since_on=date(2026, 11, 20))
    assert len(page(session, borrower).loans) == 1


def test_many_at_once_begin_it_once(database, vault, site):
    with database.sessions() as session:
        borrower = make_borrower(session, vault)
        make_loan(session, borrower)
        actor, borrower_id = actor_of(borrower), borrower.id
    told, barrier = [], threading.Barrier(8)

    def one(number: int) -> None:
        with database.sessions() as own:
            barrier.wait()
            try:
                begin_breathing(
                    own,
                    acting(actor=actor, vault=vault, site=site),
                    borrower_id=borrower_id,
                    request_key=f"key-{number}",
                )
                told.append("began")
            except BreathingUsed:
                told.append("used")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["began"] + ["used"] * 7
    with database.sessions() as session:
        assert count(session, Hold) == 1
