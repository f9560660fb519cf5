"""Whose money could be that nobody has claimed."""

from datetime import date

from sqlalchemy import select

from app.models import Loan
from app.services.breaks import unclaimed_queries
from app.services.breaks.unclaimed_queries import came_since, unclaimed_money
from tests.support.money import arrived, plan_of

DAY = date(2026, 12, 20)


def test_what_names_a_loan_could_be_its_borrowers(session, number, later, borrower):
    ref = session.scalars(select(Loan.ref)).one()
    arrived(session, fen=12, on=DAY, loan_ref=ref)
    found = unclaimed_money(session, later(30))
    assert (found.borrower_ids, found.sums) == ({borrower.id}, frozenset())


def test_what_names_nothing_is_a_sum(session, number, later):
    arrived(session, fen=12, on=DAY)
    arrived(session, fen=13, on=DAY, state="returned")
    found = unclaimed_money(session, later(30))
    assert (found.borrower_ids, found.sums) == (frozenset(), {12})


def test_too_much_of_it_could_be_anybodys(session, number, later, monkeypatch):
    monkeypatch.setattr(unclaimed_queries, "MOST", 1)
    for _ in range(2):
        arrived(session, fen=12, on=DAY)
    found = unclaimed_money(session, later(30))
    assert found.is_anybodys
    assert found.could_be_of(plan_of(session, number), None)


def test_what_came_after_is_seen(session, number, later):
    first = arrived(session, fen=12, on=DAY)
    found = unclaimed_money(session, later(30))
    assert found.last_id == first.id
    assert not came_since(session, last_id=found.last_id)
    arrived(session, fen=13, on=DAY)
    assert came_since(session, last_id=found.last_id)
