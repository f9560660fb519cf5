"""What a channel tells of a refund, as a step: a failure is kept with the channel's number."""

from app.ports.payments import RefundNews
from app.services.core.transaction import transaction
from app.services.paying.received_refunds import take_refund


def test_of_none_of_ours_it_is_unknown(session, soon):
    with transaction(session):
        news = RefundNews("R1", "x", "failed", 100, "R1", soon.now, "e")
        assert take_refund(session, soon, news=news) == "unknown"
