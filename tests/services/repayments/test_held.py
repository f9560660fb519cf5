"""Everything that some borrowers have, however many are asked about."""

from sqlalchemy import select

from app.models import Borrower
from app.services.repayments import held
from app.services.repayments.held import each_of, held_by
from tests.factories import make_agreement, make_borrower, make_loan, make_plan


def test_names_plans_and_loans_are_read_with_what_covers_what(session, vault, plan, loan):
    free = make_loan(session, session.get_one(Borrower, loan.borrower_id))
    found = held_by(session, vault=vault, borrower_ids=[loan.borrower_id])
    assert found.names == {loan.borrower_id: "罗涵敏"}
    assert set(found.plans) == {plan.id}
    assert (set(found.loans), found.running) == ({loan.id, free.id}, {loan.id: plan.id})
    assert (dict(found.loans_of), found.done) == ({plan.id: [loan.id]}, set())


def test_a_plan_that_was_never_signed_covers_its_loan_and_does_not_run(session, vault, loan):
    version = make_plan(session, loan, state="submitted")
    found = held_by(session, vault=vault, borrower_ids=[loan.borrower_id])
    assert dict(found.loans_of) == {version.plan_id: [loan.id]}
    assert (found.running, found.done) == ({}, set())


def test_the_plan_that_runs_counts_and_not_one_that_was_completed_before(session, vault, loan):
    first = make_plan(session, loan, state="approved")
    make_agreement(session, first, plan_state="completed")
    found = held_by(session, vault=vault, borrower_ids=[loan.borrower_id])
    assert (found.running, found.done) == ({}, {loan.id})


def test_nobody_has_nothing(session, vault, plan):
    assert held_by(session, vault=vault, borrower_ids=[]) == held.Held()


def test_very_many_values_are_asked_about_in_parts(session, vault, monkeypatch):
    monkeypatch.setattr(held, "MOST_VALUES", 2)
    ids = {make_borrower(session, vault).id for _ in range(5)}
    rows = each_of(session, query=select(Borrower.id), column=Borrower.id, values=ids)
    assert {row[0] for row in rows} == ids
