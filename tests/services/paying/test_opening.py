"""An order is opened once, for a sum that is offered, by a channel that works here."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.calendar import midnight
from app.domain.errors import NotFound
from app.domain.paying import SumChanged, SumMissing, SumTooLarge, SumTooSmall
from app.models import AuditEntry, PaymentOrder
from app.services.core.request_keys import KeyReused
from app.services.paying.opening import (
    MOST_AN_HOUR,
    ORDER_LIFE,
    ChannelNotHere,
    OrderWish,
    TooManyOrders,
    open_order,
)
from tests.factories import make_borrower
from tests.support.paying import opened, order_of, wish_for

OTHER = {"name": "周以宁", "mobile": "19003740001", "id_number": "990101198901141789"}


def count(session):
    session.rollback()
    return session.scalar(select(func.count(PaymentOrder.id)))


def test_what_is_asked_stands_in_the_order_and_on_record(session, soon, number):
    order = opened(session, soon, number)
    assert (order.state, order.offered, order.provider) == ("waiting", "ahead", "local")
    assert order.channel == "本地收银台"
    assert order.fen == 50_000
    assert order.number.isalnum()
    assert len(order.number) <= 32
    assert order.expires_at == soon.now + ORDER_LIFE
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.object_id) == ("order.opened", order.public_id)
    assert entry.after == {"fen": 50_000, "offered": "ahead", "provider": "local"}


def test_one_key_opens_one_order(session, soon, number):
    first = opened(session, soon, number, key="one").public_id
    assert opened(session, soon, number, key="one").public_id == first
    with pytest.raises(KeyReused):
        opened(session, soon, number, key="one", offered="own", own_fen=100)
    assert count(session) == 1


def test_the_same_from_another_tab_is_the_same_order(session, at, number):
    first = opened(session, at(hours=1), number).public_id
    assert opened(session, at(hours=1, minutes=9), number).public_id == first
    # Little of it is left: a new one leaves time to pay.
    assert opened(session, at(hours=1, minutes=11), number).public_id != first


@pytest.mark.parametrize(
    ("fen", "refusal"),
    [
        (None, SumMissing),
        (0, SumTooSmall),
        (-1, SumTooSmall),
        (10**11, SumTooLarge),
    ],
)
def test_an_own_sum_has_its_limits(session, soon, number, fen, refusal):
    with pytest.raises(refusal) as told:
        opened(session, soon, number, offered="own", own_fen=fen)
    assert told.value.words
    assert count(session) == 0


def test_all_may_be_written_and_one_fen_more_not(session, soon, number):
    most = wish_for(session, soon, number, offered="all").shown_fen
    assert opened(session, soon, number, offered="own", own_fen=most).fen == most
    with pytest.raises(SumTooLarge, match="全部还清是"):
        opened(session, soon, number, offered="own", own_fen=most + 1)


def test_what_is_no_longer_so_is_shown_anew(session, soon, number):
    with pytest.raises(SumChanged):
        opened(session, soon, number, shown_fen=49_999)


@pytest.mark.parametrize("provider", ["wechat", ""])
def test_a_channel_that_is_not_there_is_refused(session, soon, number, provider):
    with pytest.raises(ChannelNotHere):
        opened(session, soon, number, provider=provider)


def test_someone_elses_plan_is_absent(session, vault, soon, number):
    stranger = make_borrower(session, vault, **OTHER)
    for wish in (
        OrderWish("plan", number, "own", None, 100, "local", "browser"),
        OrderWish("loan", "absent", "own", None, 100, "local", "browser"),
    ):
        with pytest.raises(NotFound):
            open_order(session, soon, borrower_id=stranger.id, wish=wish, request_key="k")


def test_so_many_an_hour(session, soon, at, number):
    for fen in range(1, MOST_AN_HOUR + 1):
        opened(session, soon, number, offered="own", own_fen=fen)
    with pytest.raises(TooManyOrders):
        opened(session, soon, number, offered="own", own_fen=999)
    assert opened(session, at(hours=2, seconds=1), number, offered="own", own_fen=999).fen == 999


def test_all_of_it_is_so_until_midnight(session, at, number, soon):
    night = midnight(soon.today + timedelta(days=1))
    late = at().at(night - timedelta(minutes=6))
    order = opened(session, late, number, offered="all")
    assert order_of(session, order.public_id).expires_at == night
    last = at().at(night - timedelta(minutes=2))
    assert opened(session, last, number, offered="all").expires_at == last.now + ORDER_LIFE
