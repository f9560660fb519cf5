"""Agreements held against their books: what is behind is posted first, what differs is named."""

import pytest
from sqlalchemy import func, select

from app.domain.keeping.missing import walked
from app.domain.ledger.unposted import unposted
from app.models import Agreement, Journal, Plan, PlanVersion
from app.services.core.transaction import one_view
from app.services.keeping.accounts import accounts_of
from app.services.ledger.catching_up import catch_up_with
from app.services.ledger.controlling import MOST_NAMED, Claim, LedgerControl
from tests.services.ledger.made import signed_plan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.kept_plans import AFTER, with_money

DAY = acting(now=AFTER).today


@pytest.fixture
def kept(database, gateways, settings):
    with database.sessions() as session:
        return with_money(session, gateways.vault, settings.site)


def claims(session) -> list[Claim]:
    query = (
        select(Agreement.number, PlanVersion.plan_id, PlanVersion.total_fen)
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .order_by(Agreement.id)
    )
    rows = session.execute(query).all()
    accounts = accounts_of(session, plan_ids=[plan_id for _number, plan_id, _fen in rows])
    return [
        Claim(number, plan_id, fen, unposted(walked(accounts[plan_id], DAY)))
        for number, plan_id, fen in rows
    ]


def held(database, change=lambda one: one) -> tuple[LedgerControl, list[Claim]]:
    control = LedgerControl(database.sessions, acting(now=AFTER))
    with database.sessions() as session, one_view(session):
        mine = [change(one) for one in claims(session)]
        control.add(session, mine[:4])
        control.add(session, mine[4:])
    return control, mine


def journals(database) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(Journal))


def test_books_that_were_never_opened_are_and_come_to_the_same(database, kept):
    assert journals(database) == 0
    control, mine = held(database)
    assert (control.differing, control.named) == (0, [])
    assert control.total_fen == sum(one.total_fen for one in mine) > 0
    before = journals(database)
    assert before > len(mine)
    # Nothing is behind any more: the second time nothing is posted.
    again = held(database)[0]
    assert (again.total_fen, again.differing) == (control.total_fen, 0)
    assert journals(database) == before


def test_the_first_that_differ_are_named_and_all_are_counted(database, kept):
    control, mine = held(database, lambda one: one._replace(total_fen=one.total_fen + 1))
    assert control.differing == len(mine) > MOST_NAMED
    assert control.named == [one.number for one in mine[:MOST_NAMED]]
    assert control.total_fen == sum(one.total_fen - 1 for one in mine)


def test_an_agreement_that_is_no_plans_book_is_named(database, kept):
    first = min(one.number for one in kept.agreements.values())
    control, mine = held(
        database, lambda one: one._replace(unposted=None) if one.number == first else one
    )
    assert control.named == [first]
    gone = next(one.total_fen for one in mine if one.number == first)
    assert control.total_fen == sum(one.total_fen for one in mine) - gone


def test_plans_without_a_signature_are_left_out(session, vault, site):
    signed = signed_plan(session, vault, site)
    other = session.scalar(select(func.max(Plan.id))) + 1
    found = catch_up_with(session, acting(now=NOW), plan_ids=[signed.plan.id, other])
    assert list(found) == [signed.plan.id]
