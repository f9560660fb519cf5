"""All that a borrower owes at the desk: the figures the borrower sees, the file beside them."""

from datetime import date

import pytest
from sqlalchemy import event, select

from app.models import PlanVersion
from app.services.borrowers.debt_queries import debts_of
from app.services.borrowers.home_queries import home
from tests.factories import make_agreement, make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import approved_at_once


@pytest.fixture
def see(session, vault, borrower):
    def look(now=NOW):
        return debts_of(session, acting(now=now, vault=vault), borrower_id=borrower.id)

    return look


def test_it_tells_every_loan_and_the_borrowers_own_sums(session, vault, borrower, see):
    late, recent = make_loan(session, borrower), make_loan(session, borrower, paid=9)
    make_loan(session, make_borrower(session, vault, mobile="19003740001"))
    found, shown = see(), home(session, acting(vault=vault), borrower_id=borrower.id)
    assert [one.loan.ref for one in found.rows] == [late.ref, recent.ref]
    assert found.totals == shown.totals
    assert found.totals.payoff_fen == sum(one.loan.owed.payoff_fen for one in found.rows)


def test_a_loan_missing_from_the_file_is_in_no_total(session, borrower, see):
    make_loan(session, borrower)
    before = see().totals
    make_loan(session, borrower, missing_since_on=date(2026, 11, 22))
    found = see()
    assert found.totals == before
    assert [one.loan.is_missing for one in found.rows].count(True) == 1


def test_where_the_file_differs_its_figure_stands_beside_ours(session, borrower, see):
    loan, same = (
        make_loan(session, borrower, differences={"penalty": -137}),
        make_loan(session, borrower),
    )
    (one,) = see().of(loan.public_id).differences
    assert (one.name, one.difference_fen) == ("penalty", -137)
    assert one.file_fen + 137 == one.ours_fen
    assert see().of(same.public_id).differences == ()


def test_with_a_signed_plan_the_desk_reads_what_the_borrower_reads(
    session, vault, site, borrower, see
):
    """Loan 0012 of the demo: 293.35 at the desk where the borrower saw 0.00."""
    loan = make_loan(session, borrower)
    version = approved_at_once(session, vault, site, borrower=borrower, loan=loan)
    row = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    make_agreement(session, row)
    found, shown = see(), home(session, acting(vault=vault), borrower_id=borrower.id)
    one = found.of(loan.public_id).loan
    assert one.owed.today_fen > 0  # what the contract alone would say
    assert (one.today_fen, found.totals.today_fen) == (0, 0)
    assert found.totals == shown.totals


def queries_of(session, act) -> int:
    seen = []

    def note(*_):
        seen.append(1)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    act()
    event.remove(session.get_bind(), "before_cursor_execute", note)
    return len(seen)


def test_it_takes_the_same_queries_however_many_loans(session, borrower, see):
    counts = []
    for _ in range(2):
        make_loan(session, borrower, differences={"fee": 5})
        make_loan(session, borrower)
        see()  # what tests left expired is read again
        counts.append(queries_of(session, see))
    assert counts[0] == counts[1] <= 4
