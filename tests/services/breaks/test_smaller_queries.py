"""The smaller plan beside a broken one: the least a month, and the way to it."""

from sqlalchemy import select

from app.models import Loan
from app.services.agreements.queries import agreement_view
from app.services.breaks.smaller_queries import smaller_plan
from tests.services.breaks.conftest import BREAK_DAYS

TODAY = BREAK_DAYS + 1


def view(session, context, borrower, number):
    return agreement_view(session, context, borrower_id=borrower.id, number=number)


def test_it_asks_less_a_month_than_the_broken_one(session, broken, borrower, later):
    context = later(TODAY)
    terms = view(session, context, borrower, broken).kept.terms
    found = smaller_plan(session, context, borrower_id=borrower.id, broken=terms)
    assert found is not None
    assert found.terms.highest_fen < terms.highest_fen
    assert found.terms.periods > terms.periods
    assert found.answers.monthly_fen == found.terms.highest_fen


def test_where_nothing_can_be_proposed_there_is_none(session, broken, borrower, later):
    context = later(TODAY)
    terms = view(session, context, borrower, broken).kept.terms
    session.scalars(select(Loan)).one().legal_review = True
    session.commit()
    assert smaller_plan(session, context, borrower_id=borrower.id, broken=terms) is None
