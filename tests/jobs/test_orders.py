"""Orders of which nothing is heard, by the job: killed at each of its commits it loses and doubles
nothing; two hosts do no harm.
"""

from datetime import timedelta

import pytest
from sqlalchemy import event

from app.config import Settings
from app.jobs import orders
from app.jobs.report import Report
from app.services.core.context import Actor
from app.services.core.transaction import transaction
from app.services.paying.refunding import add_refund, refund_of
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.paying import handed, order_of, payments_of, receipts, sound
from tests.support.signing import plain, signed


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


@pytest.fixture
def session(database):
    with database.sessions() as opened:
        yield opened


@pytest.fixture
def site(tmp_path):
    return Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance")}).site


@pytest.fixture
def soon(gateways, site):
    return acting(now=NOW + timedelta(hours=1), gateways=gateways, site=site)


@pytest.fixture
def number(session, gateways, site):
    borrower = make_borrower(session, gateways.vault)
    return signed(session, gateways, site, borrower=borrower, loan=make_loan(session, borrower))


def run(database, context):
    return orders.run(database.sessions, context.by(Actor("job:-")), 10)


def killed_at(database, context, point, *, before):
    """Run once and be gone at the n-th commit, before or after it; whether it came so far."""
    left = [point]

    def count(*_args):
        left[0] -= 1
        if not left[0]:
            raise Killed

    name = "commit" if before else "begin"
    event.listen(database.engine, name, count)
    try:
        run(database, context)
    except Killed:
        return True
    finally:
        event.remove(database.engine, name, count)
    return False


@pytest.mark.parametrize("before", [True, False], ids=["at commit", "at begin"])
def test_killed_at_each_point_it_loses_and_doubles_nothing(database, session, soon, number, before):
    point, was_killed = 0, True
    while was_killed:
        point += 1
        minute = soon.at(soon.now + point * timedelta(minutes=20))
        order = handed(session, minute, number, offered="own", own_fen=100 + point)
        soon.gateways.cashier.act(order.number, "pay_silently", at=minute.now)
        session.rollback()
        later = minute.at(minute.now + timedelta(minutes=2))
        was_killed = killed_at(database, later, point, before=before)
        run(database, minute.at(minute.now + timedelta(minutes=10)))
        assert order_of(session, order.public_id).state == "paid"
        assert len(payments_of(session)) == receipts(session) == point
        session.rollback()
    assert point > 3
    sound(session, soon)


def test_twice_is_once_and_a_day_without_it_loses_nothing(database, session, soon, number):
    paid = handed(session, soon, number)
    soon.gateways.cashier.act(paid.number, "pay_silently", at=soon.now)
    unpaid = handed(session, soon, number, offered="own", own_fen=5)
    session.rollback()
    late = soon.at(soon.now + timedelta(days=1))
    assert run(database, late) == Report("orders", done=2)
    assert run(database, late) == Report("orders", done=0)
    assert order_of(session, paid.public_id).state == "paid"
    assert order_of(session, unpaid.public_id).state == "closed"
    (payment,) = payments_of(session)
    # The day on which it left the payer, not that on which we heard of it.
    assert payment.paid_on == soon.today < late.today


def test_refunds_are_handed_over(database, session, soon, number):
    order = handed(session, soon, number)
    soon.gateways.cashier.act(order.number, "pay_silently", at=soon.now)
    session.rollback()
    run(database, soon.at(soon.now + timedelta(minutes=2)))
    (payment,) = payments_of(session)
    with transaction(session):
        refund = add_refund(session, soon, payment=payment, fen=7, request_key="k")
        public_id = refund.public_id
    assert run(database, soon) == Report("orders", done=1)
    session.rollback()
    session.expire_all()
    assert refund_of(session, public_id=public_id).state == "done"
