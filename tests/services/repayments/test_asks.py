"""What plans and loans ask for: computed when somebody looks, never nothing as a sum."""

from app.services.repayments.asks import LateAsks, StoredAsks, some
from tests.factories import make_loan
from tests.support.money import arrived, matched


def test_what_is_nothing_is_not_asked_for():
    assert some(due=0, next=None, payoff=5) == {"payoff": 5}
    assert some() == {}


def test_late_asks_are_computed_once_and_only_when_looked_at():
    times = []

    def tell():
        times.append(1)
        return {"due": 3, "payoff": 7}

    asks = LateAsks(tell)
    assert times == []
    assert (dict(asks), len(asks), asks["due"], "next" in asks) == (
        {"due": 3, "payoff": 7},
        2,
        3,
        False,
    )
    assert times == [1]


def test_a_plan_asks_less_once_money_came(session, context, plan):
    asks = StoredAsks(session, context)
    assert dict(asks.of_plans([plan.id])[plan.id])["payoff"] == 600_000
    money = arrived(session, fen=200_000, on=context.today)
    matched(session, money, plan=plan)
    assert dict(asks.of_plans([plan.id])[plan.id])["payoff"] == 400_000


def test_a_loan_asks_what_its_figures_say(session, context, borrower):
    loan, paid = make_loan(session, borrower), make_loan(session, borrower, paid=24)
    asked = StoredAsks(session, context).of_loans([loan.id, paid.id])
    assert set(asked[loan.id]) == {"due", "payoff"}
    assert asked[paid.id] == {}
    assert StoredAsks(session, context).of_loans([]) == {}
