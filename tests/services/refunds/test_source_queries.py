"""What a refund would be of, with the refunds there were."""

import pytest

from app.domain.errors import NotFound
from app.services.refunds.accounts_named import RefundSource
from app.services.refunds.source_queries import source_view
from tests.services.refunds.conftest import OVER
from tests.support.payments import make_payment


def test_a_plan_with_its_credit_and_what_was_asked_for(session, zheng, plan, ask):
    source = RefundSource("plan", plan.number)
    view = source_view(session, zheng, source=source)
    assert (view.fen, view.of, view.refunds) == (OVER, plan.number, ())
    public_id = ask()
    view = source_view(session, zheng, source=source)
    assert view.asked.public_id == public_id
    assert view.named is None


def test_a_payment_is_owed_once_it_is_marked_to_go_back(session, vault, zheng, plan, ask, pay):
    waits, goes = (
        make_payment(session, vault, fen=500, state=one) for one in ("unmatched", "returned")
    )
    sources = [RefundSource("payment", one.public_id) for one in (waits, goes)]
    assert [source_view(session, zheng, source=one).fen for one in sources] == [0, 500]
    pay(ask(sources[1]))
    assert source_view(session, zheng, source=sources[1]).fen == 0


@pytest.mark.parametrize("kind", ["plan", "payment"])
def test_what_is_not_there(session, zheng, kind):
    with pytest.raises(NotFound):
        source_view(session, zheng, source=RefundSource(kind, "none"))
