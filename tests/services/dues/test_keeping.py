"""Dues are what plans' standings come to, whatever happened in whatever order, pass by pass."""

from datetime import timedelta

from sqlalchemy import func, select

from app.domain.calendar import midnight
from app.domain.keeping.standing import standing
from app.models import DuesDay, DuesLine, DuesPass
from app.services.core.transaction import transaction
from app.services.dues.keeping import OVERLAP, keep_dues
from app.services.dues.proving import untrue_dues
from app.services.dues.queries import dues_page
from app.services.upholding.following import follow
from tests.services.ledger.made import FIRST, account_of
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.money import paid, taken_back


def came(session, vault, site, plan, fen, on, **how):
    payment = paid(session, plan.agreement, fen=fen, on=on, **how)
    with transaction(session):
        context = acting(now=midnight(on) + timedelta(hours=9), vault=vault, site=site)
        follow(session, context, plan_ids=[plan.plan.id])
    return payment


def summed(session, name):
    session.rollback()
    return int(session.scalar(select(func.sum(getattr(DuesDay, name)))) or 0)


def told(session, plans, day):
    """What the standings of plans come to: asked and received."""
    found = [standing(account_of(session, one.plan.id), day) for one in plans]
    rows = [row for one in found for row in one.instalments]
    return sum(one.amount_fen for one in rows), sum(one.paid_fen for one in rows)


def kept_sums(session):
    return summed(session, "due_fen"), summed(session, "received_fen")


def test_the_first_pass_reads_all_and_the_next_only_what_was_posted_since(
    session, vault, site, plans, keep
):
    assert keep() == 3
    assert kept_sums(session) == told(session, plans, NOW.date())
    later = midnight(FIRST) + 9 * OVERLAP
    assert keep(later) == 0
    came(session, vault, site, plans[1], 12_345, FIRST)
    assert keep(later + OVERLAP) == 1
    assert kept_sums(session) == told(session, plans, FIRST)
    assert list(untrue_dues(session)) == []


def test_what_is_taken_back_goes_out_again(session, vault, site, plans, keep):
    payment = came(session, vault, site, plans[0], 70_000, FIRST)
    keep(midnight(FIRST) + timedelta(hours=9))
    before = kept_sums(session)
    taken_back(session, payment, plans[0].agreement, on=FIRST)
    with transaction(session):
        context = acting(now=midnight(FIRST) + timedelta(hours=10), vault=vault, site=site)
        follow(session, context, plan_ids=[plans[0].plan.id])
    keep(midnight(FIRST) + timedelta(hours=11))
    assert kept_sums(session) == told(session, plans, FIRST)
    assert kept_sums(session) != before
    assert list(untrue_dues(session)) == []


def test_waivers_are_promised_and_earned(session, vault, site, plans, keep):
    keep()
    promised = summed(session, "promised_fen")
    assert promised > 0
    owed = standing(account_of(session, plans[0].plan.id), FIRST).payoff_fen
    came(session, vault, site, plans[0], owed, FIRST)
    keep(midnight(FIRST) + timedelta(hours=10))
    assert summed(session, "promised_fen") == promised
    account = account_of(session, plans[0].plan.id)
    assert summed(session, "earned_fen") == standing(account, FIRST).waived_fen > 0
    assert summed(session, "lapsed_fen") == 0


def test_a_pass_goes_on_where_it_was(session, plans):
    first = keep_dues(session, acting(now=NOW), limit=2)
    assert (first.plans, first.is_over) == (2, False)
    page = dues_page(session, month=FIRST, is_year=False)
    assert page.as_of is None
    assert keep_dues(session, acting(now=NOW), limit=2) == (1, True)
    assert dues_page(session, month=FIRST, is_year=False).as_of == NOW
    assert len(session.scalars(select(DuesPass)).all()) == 1
    assert len({*session.scalars(select(DuesLine.plan_id))}) == 3
