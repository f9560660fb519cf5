"""The statements of days that are over, read by the job `orders` twice an hour; a host that is
killed on the way loses nothing.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.integrations.payments.local import LocalCashier
from app.models import ProviderEvent
from tests.jobs.test_orders import gateways as kept_gateways
from tests.jobs.test_orders import killed_at, number, run, session, site, soon
from tests.support.paying import handed, payments_of, receipts, sound

__all__ = ["kept_gateways", "number", "session", "site", "soon"]


@pytest.fixture
def gateways(kept_gateways, tmp_path, clock):
    cashier = LocalCashier(tmp_path / "cashier.json", "k" * 40, clock=clock)
    return replace(kept_gateways, payments={cashier.code: cashier}, cashier=cashier)


@pytest.fixture
def silent(session, soon, number, gateways):
    """An order that was paid, and whose callback was lost."""
    order = handed(session, soon, number)
    gateways.cashier.act(order.number, "pay_silently", at=soon.now)
    session.rollback()
    return order


def statements(session) -> int:
    session.rollback()
    kept = select(func.count(ProviderEvent.id)).where(ProviderEvent.kind == "statement")
    return session.scalar(kept) or 0


@pytest.mark.parametrize(("minutes", "count"), [(0, 1), (30, 1), (31, 0)])
def test_they_are_read_twice_an_hour(database, session, soon, clock, silent, minutes, count):
    clock.advance(days=1, hours=1, minutes=minutes)
    run(database, soon.at(soon.now + timedelta(days=1, minutes=minutes)))
    assert statements(session) == count
    assert len(payments_of(session)) == receipts(session) == 1
    sound(session, soon)


@pytest.mark.parametrize("before", [True, False], ids=["at commit", "at begin"])
def test_killed_at_each_point_a_day_is_read_once(database, session, soon, clock, silent, before):
    clock.advance(days=1, hours=1)
    late, point = soon.at(soon.now + timedelta(days=1)), 1
    while killed_at(database, late, point, before=before):
        point += 1
    run(database, late)
    assert statements(session) == 1
    assert len(payments_of(session)) == receipts(session) == 1
