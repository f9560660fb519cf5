"""The kinds that suit what was said, and between what a kind's inputs may lie."""

import pytest

from app.domain.kinds.settlement import settled_waiver
from app.services.core.policy import active_policy
from app.services.loans.figures import debt_of
from app.services.proposals.draft_queries import journey_basis
from app.services.ways.choosing import pick_way, tell_ease
from app.services.ways.queries import limits_of, ways_of
from tests.factories import make_loan
from tests.support.acting import acting


@pytest.fixture
def mine(borrower, loan):
    return {"borrower_id": borrower.id, "loan_public_id": loan.public_id}


def test_what_was_said_arranges_the_kinds_and_picks_the_first(session, vault, mine):
    context = acting(vault=vault)
    view = ways_of(session, context, **mine)
    assert (view.ease, view.picked) == (None, "reamortise")
    session.commit()
    tell_ease(session, context, ease="in_months", months=4, **mine)
    view = ways_of(session, context, **mine)
    assert (view.ease, view.ease_months, view.picked) == ("in_months", 4, "step_up")
    session.commit()
    pick_way(session, context, kind="settlement", **mine)
    assert ways_of(session, context, **mine).picked == "settlement"
    # Said anew, it picks anew.
    assert ways_of(session, context, ease="already", **mine).picked == "catch_up"


def test_the_limits_of_a_step_up_and_a_settlement(session, vault, mine):
    context = acting(vault=vault)
    pick_way(session, context, kind="step_up", ease="in_months", months=5, **mine)
    limits = limits_of(session, context, **mine)
    basis = journey_basis(session, context, **mine)
    rate = basis.debts[mine["loan_public_id"]].terms.annual_ppm
    interest = basis.figures.owed.net.principal_fen * rate // 12_000_000
    assert limits.least_low_fen in (interest + 1, interest + 2)
    assert (limits.low_months, limits.most_low_months, limits.most_periods) == (5, 12, 60)
    waived = settled_waiver(debt_of(basis.figures), active_policy(session)[1]).total
    assert limits.settled_fen == basis.payoff_fen - waived
    assert limits.waived_fen == waived > 0


def test_the_limits_of_a_catch_up_name_the_contracts_own_instalment(session, vault, mine):
    context = acting(vault=vault)
    pick_way(session, context, kind="catch_up", **mine)
    limits = limits_of(session, context, **mine)
    assert (limits.least_periods, limits.most_periods) == (2, 12)
    assert limits.regular_fen > 0


def test_the_limits_of_a_deferral(session, vault, borrower):
    loan = make_loan(session, borrower, paid=11)
    mine = {"borrower_id": borrower.id, "loan_public_id": loan.public_id}
    context = acting(vault=vault)
    tell_ease(session, context, ease="in_months", months=6, **mine)
    view = ways_of(session, context, **mine)
    assert (view.ways.first, view.ways.others) == (("deferral",), ())
    limits = limits_of(session, context, **mine)
    assert (limits.most_months, limits.months) == (6, 6)
