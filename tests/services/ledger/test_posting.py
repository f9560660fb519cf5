"""Posting: what a plan's facts ask for and is not there, once, in the caller's transaction."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select

from app.domain.calendar import midnight
from app.domain.ledger.entries import balances
from app.domain.ledger.journals import journals_of
from app.models import Journal, LedgerEntry
from app.services.core.transaction import transaction
from app.services.keeping.accounts import accounts_of
from app.services.ledger.balance_queries import balances_of
from app.services.ledger.posting import lock_books, post, post_all
from tests.services.ledger.made import FIRST, SECOND, account_of, posted, rows, signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.money import paid, taken_back, undone

DAY = timedelta(days=1)
SIGNED = date(2026, 11, 23)


@pytest.fixture
def signed(session, vault, site):
    return signed_plan(session, vault, site)


def kinds(found):
    return [one.draft.kind for one in found]


def stored(session, plan_id, day):
    return balances_of(session, plan_ids=[plan_id], day=day).get(plan_id, {})


def wanted(session, plan_id, day):
    drafts = journals_of(account_of(session, plan_id), day)
    return balances(entry for one in drafts for entry in one.entries)


def test_a_signed_plans_books_are_opened_once(session, signed):
    plan = signed.plan
    assert kinds(posted(session, plan.id, SIGNED)) == ["opening"]
    assert posted(session, plan.id, SIGNED) == ()
    (opened,) = rows(session, plan.id)
    assert (opened.seq, opened.kind, opened.value_on, opened.generation) == (
        1,
        "opening",
        SIGNED,
        1,
    )
    assert (opened.cause_kind, opened.cause_id, opened.actor) == ("opening", plan.number, "test:-")
    assert opened.sealed_at == opened.posted_at
    assert stored(session, plan.id, SIGNED) == wanted(session, plan.id, SIGNED)


def test_a_payment_is_posted_with_what_it_is_laid_on(session, signed):
    plan = signed.plan
    posted(session, plan.id, SIGNED)
    paid(session, signed.agreement, fen=60_000, on=SIGNED + DAY, ref="W1")
    found = posted(session, plan.id, SIGNED + DAY, correlation_id="line-7")
    assert kinds(found) == ["receipt"]
    due = posted(session, plan.id, SIGNED + 3 * DAY)
    assert kinds(due) == ["allocation"]
    entries = session.scalars(select(LedgerEntry).where(LedgerEntry.payment == "招行 W1")).all()
    assert {one.account for one in entries} == {"bank", "plan_money", "receivable"}
    receipt = next(one for one in rows(session, plan.id) if one.kind == "receipt")
    assert (receipt.correlation_id, receipt.cause_id) == ("line-7", "招行 W1")


def test_a_late_payment_takes_back_and_posts_anew_in_the_open_month(session, signed):
    plan = signed.plan
    paid(session, signed.agreement, fen=50_000, on=SIGNED + 3 * DAY, ref="W2")
    posted(session, plan.id, SIGNED + 3 * DAY)
    paid(session, signed.agreement, fen=20_000, on=SIGNED + DAY, ref="W1")
    found = posted(session, plan.id, date(2026, 12, 2))
    assert [(one.draft.kind, one.generation, one.reverses) for one in found] == [
        ("allocation", 2, 3),
        ("receipt", 1, None),
        ("allocation", 3, None),
    ]
    back = rows(session, plan.id)[3]
    assert (back.value_on, back.period_on) == (SIGNED + 3 * DAY, date(2026, 12, 1))
    assert back.reverses_id == rows(session, plan.id)[2].id
    for day in (SIGNED, SIGNED + DAY, SIGNED + 3 * DAY):
        assert stored(session, plan.id, day) == wanted(session, plan.id, day)


def test_what_was_taken_off_the_plan_is_taken_back_whole(session, signed):
    plan = signed.plan
    payment = paid(session, signed.agreement, fen=50_000, on=SIGNED + 3 * DAY, ref="W1")
    posted(session, plan.id, SIGNED + 3 * DAY)
    undone(session, payment, at=midnight(SIGNED + 5 * DAY))
    found = posted(session, plan.id, SIGNED + 5 * DAY)
    # It came and was taken back on one day: the receipts stand, nothing is laid.
    assert [(one.draft.kind, one.generation) for one in found] == [
        ("allocation", 2),
        ("receipt", 1),
    ]
    assert not any(key.account == "bank" for key in stored(session, plan.id, SECOND))


def test_a_reversal_by_the_bank_counts_from_its_own_day(session, signed):
    plan = signed.plan
    payment = paid(session, signed.agreement, fen=50_000, on=SIGNED + 3 * DAY, ref="W1")
    posted(session, plan.id, SIGNED + 3 * DAY)
    taken_back(session, payment, signed.agreement, on=FIRST - DAY, ref="W2")
    assert kinds(posted(session, plan.id, FIRST - DAY)) == ["receipt", "allocation"]
    assert stored(session, plan.id, FIRST - 2 * DAY) != stored(session, plan.id, FIRST - DAY)


def test_journals_of_later_days_are_left_alone(session, signed):
    plan = signed.plan
    paid(session, signed.agreement, fen=500_000, on=SIGNED + 3 * DAY, ref="W1")
    posted(session, plan.id, SECOND)
    before = len(rows(session, plan.id))
    assert posted(session, plan.id, FIRST) == ()
    assert len(rows(session, plan.id)) == before


def test_nothing_is_there_once_the_callers_transaction_fails(session, signed):
    plan = signed.plan

    def fail_half_way():
        with transaction(session):
            account = account_of(session, plan.id)
            post(session, acting(), plan_id=plan.id, account=account, as_of=SIGNED)
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        fail_half_way()
    assert rows(session, plan.id) == []


def test_many_plans_take_as_few_statements_as_one(session, vault, site):
    ids = [signed_plan(session, vault, site).plan.id for _ in range(3)]
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    def counted(plan_ids):
        accounts = accounts_of(session, plan_ids=plan_ids)
        seen.clear()
        post_all(session, acting(now=NOW), accounts=accounts, as_of=FIRST)
        return len(seen)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    with transaction(session):
        one = counted(ids[:1])
        two = counted(ids[1:])
    event.remove(engine, "before_cursor_execute", note)
    # On SQLite each journal is a statement of its own, for its id is told by it.
    assert (one, two) == ((7, 9) if session.get_bind().dialect.name == "sqlite" else (6, 6))
    query = select(Journal.plan_id, func.count()).group_by(Journal.plan_id)
    assert {plan_id for plan_id, _count in session.execute(query)} == set(ids)


def test_nobody_posts_to_no_plan(session):
    with transaction(session):
        lock_books(session, plan_ids=[])
        assert post_all(session, acting(), accounts={}, as_of=SIGNED) == {}
