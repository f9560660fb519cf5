"""Books that are behind are brought up to the day."""

from datetime import date

import pytest
from sqlalchemy import text

from app.domain.calendar import midnight
from app.services.core.transaction import transaction
from app.services.ledger.catching_up import catch_up
from app.services.ledger.posting import lock_books, post
from app.services.ledger.proving import broken_books, unposted_books
from tests.services.ledger.made import FIRST, account_of, rows, signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.money import paid
from tests.support.races import run_together
from tests.support.unguarded import unguarded

SIGNED = date(2026, 11, 23)


def test_plans_signed_before_there_was_a_ledger_get_their_books(session, vault, site):
    plans = [signed_plan(session, vault, site).plan.id for _ in range(3)]
    assert catch_up(session, acting(now=NOW), after=0, limit=2) == (2, plans[1])
    assert catch_up(session, acting(now=NOW), after=plans[1], limit=2) == (1, plans[2])
    assert catch_up(session, acting(now=NOW), after=0, limit=2) == (0, 0)
    for plan_id in plans:
        (opened,) = rows(session, plan_id)
        assert (opened.kind, opened.value_on, opened.actor) == ("opening", SIGNED, "job:ledger")


def test_what_fell_due_is_posted_on_its_day(session, vault, site):
    signed = signed_plan(session, vault, site)
    paid(session, signed.agreement, fen=400_000, on=SIGNED, ref="W1")
    catch_up(session, acting(now=NOW), after=0, limit=9)
    before = len(rows(session, signed.plan.id))
    catch_up(session, acting(now=midnight(FIRST)), after=0, limit=9)
    found = [(one.kind, one.value_on) for one in rows(session, signed.plan.id)[before:]]
    assert ("plan_interest", FIRST) in found
    assert ("allocation", FIRST) in found
    assert list(unposted_books(session)) == list(broken_books(session)) == []


def test_a_plan_that_cannot_be_read_stops_no_other(session, vault, site):
    first, second = (signed_plan(session, vault, site).plan.id for _ in range(2))
    with unguarded(session):
        unknown = "UPDATE plan_versions SET policy_version = 'x' WHERE plan_id = :plan"
        session.execute(text(unknown), {"plan": first})
    session.commit()
    assert catch_up(session, acting(now=NOW), after=0, limit=9) == (2, second)
    assert (len(rows(session, first)), len(rows(session, second))) == (0, 1)


@pytest.mark.race
def test_those_who_post_at_once_post_once(database, vault, site):
    with database.sessions() as session:
        signed = signed_plan(session, vault, site)
        plan_id = signed.plan.id
        paid(session, signed.agreement, fen=50_000, on=SIGNED, ref="W1")

    def post_it(number):
        with database.sessions() as mine:
            if number % 2:
                catch_up(mine, acting(now=NOW), after=0, limit=9)
                return
            with transaction(mine):
                lock_books(mine, plan_ids=[plan_id])
                account = account_of(mine, plan_id)
                post(mine, acting(now=NOW), plan_id=plan_id, account=account, as_of=SIGNED)

    assert run_together(post_it, threads=8) == [None] * 8
    with database.sessions() as session:
        assert [one.seq for one in rows(session, plan_id)] == [1, 2]
        assert list(broken_books(session)) == list(unposted_books(session)) == []
