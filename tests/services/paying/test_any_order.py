"""Whatever a channel tells, in whatever order and however often, and whatever is asked meanwhile:
the payments are those of a simple model, each once, and the books are sound.
"""

from datetime import timedelta
from random import Random

import pytest

from app.services.paying.asking import ask_silent
from tests.support.paying import handed, news, order_of, payments_of, receipts, sound, told


class Model:
    """What has to come of it: by the channel's number the fen, and whether it is laid."""

    def __init__(self) -> None:
        self.fen: dict[str, int] = {}
        self.laid: dict[str, bool] = {}

    def tell(self, order, ref, fen) -> None:
        # The same number again changes nothing.
        if ref not in self.fen:
            self.fen[ref], self.laid[ref] = fen, order is not None and order.fen == fen


def tellings(random, orders, at):
    """Of each order what may come: paid, paid again, another sum, of no order; each many times."""
    found = []
    for place, order in enumerate(orders):
        for kind in random.sample(("paid", "again", "differs", "foreign"), random.randint(1, 4)):
            off = random.choice((-1, 1, 999)) if kind == "differs" else 0
            said = news(
                order,
                ref=f"{place}-{kind}",
                fen=order.fen + off,
                at=at,
                number="NOT-OURS" if kind == "foreign" else "",
            )
            found += [(None if kind == "foreign" else order, said)] * random.randint(1, 5)
    random.shuffle(found)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_the_payments_are_those_of_the_model(session, soon, number, seed):
    random, model = Random(seed), Model()
    orders = [
        handed(session, soon, number, offered="own", own_fen=1_000 + place) for place in range(4)
    ]
    later = soon.at(soon.now + timedelta(minutes=3))
    for order, said in tellings(random, orders, soon.now):
        model.tell(order, said.channel_ref, said.fen)
        told(session, later, said)
        if random.random() < 0.3:
            ask_silent(session, later, limit=10)
    payments = payments_of(session)
    assert {one.channel_ref: one.fen for one in payments} == model.fen
    assert {one.channel_ref: one.state == "matched" for one in payments} == model.laid
    assert receipts(session) == sum(model.laid.values())
    paid = {order.public_id for order in orders if f"{orders.index(order)}-paid" in model.fen}
    again = {order.public_id for order in orders if f"{orders.index(order)}-again" in model.fen}
    for order in orders:
        state = order_of(session, order.public_id).state
        assert (state == "paid") == (order.public_id in paid | again)
    sound(session, soon)
