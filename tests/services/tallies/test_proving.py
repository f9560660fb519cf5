"""Sums and places that are not what the tables come to are named, whoever wrote them."""

from datetime import date

import pytest
from sqlalchemy import delete, text, update

from app.models import AgreementSum, Loan, LoanSnapshot, QueueCount, QueuePlace, RegisterSum
from app.services.tallies.folding import fold_differences
from app.services.tallies.proving import loans_without_figures, uncounted_sums, unplaced_cases
from tests.factories import make_borrower, make_loan
from tests.support.cases import put
from tests.support.exporting import signed
from tests.support.proposals import submitted
from tests.support.unguarded import unguarded


@pytest.fixture
def house(session, vault, site):
    """Two agreements; a case that waits for us, one for its borrower."""
    for _ in range(2):
        signed(session, vault, site)
    borrower = make_borrower(session, vault)
    versions = [
        submitted(session, vault, site, borrower=borrower, loan=make_loan(session, borrower))
        for _ in range(2)
    ]
    put(session, versions[0], "approved")
    return session


def broken(session) -> list[str]:
    return [*uncounted_sums(session), *unplaced_cases(session)]


def test_what_triggers_kept_is_what_the_tables_come_to(house):
    assert broken(house) == []
    fold_differences(house)
    assert broken(house) == []


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (update(AgreementSum).values(waived_fen=AgreementSum.waived_fen + 1), "of its parts"),
        (update(AgreementSum).values(products="-"), "of its parts"),
        (delete(AgreementSum), "of its parts"),
        (update(RegisterSum).values(fee_fen=RegisterSum.fee_fen + 1), "register: "),
        (delete(RegisterSum).where(RegisterSum.due_month.is_not(None)), "register: "),
        (update(QueuePlace).values(due_on=None), "its place in the queue"),
        (update(QueuePlace).values(owner_staff_id=1), "its place in the queue"),
        (delete(QueuePlace), "its place in the queue"),
        (update(QueueCount).values(count=QueueCount.count + 1), "queue: "),
        # as if whoever wrote it had gone round the triggers
        (text("UPDATE plans SET state = 'broken' WHERE state = 'active'"), "of its parts"),
        (text("UPDATE loans SET product = 'other'"), "of its parts"),
        (text("UPDATE cases SET waits_for = 'nobody'"), "its place in the queue"),
        (text("UPDATE plan_versions SET state = 'lapsed' WHERE state = 'approved'"), "not open"),
    ],
)
def test_what_is_another_is_named(house, act, told):
    with unguarded(house):
        house.execute(act)
    assert any(told in one for one in broken(house)), broken(house)


def test_a_sum_that_is_another_is_none_of_its_cell(house):
    with unguarded(house):
        house.execute(update(RegisterSum).values(count=RegisterSum.count + 1))
    assert broken(house)


def test_a_loan_without_figures_of_its_day_is_named(session, vault):
    loan, other = (make_loan(session, make_borrower(session, vault)) for _ in range(2))
    assert list(loans_without_figures(session)) == []
    session.execute(delete(LoanSnapshot).where(LoanSnapshot.loan_id == loan.id))
    session.execute(update(Loan).where(Loan.id == other.id).values(as_of_on=date(2026, 1, 1)))
    assert [words[:9] for words in loans_without_figures(session)] == [
        f"loan {one.ref[-4:]}" for one in (loan, other)
    ]
