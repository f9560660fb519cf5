"""A loan as its borrower sees it: every figure with its lines, what comes next, what refuses a plan."""

from app.services.loans import queries as loan_queries
from tests.factories import make_loan
from tests.support.acting import acting


def test_the_lines_of_a_section_sum_to_its_figure(session, borrower):
    loan = make_loan(session, borrower)
    page = loan_queries.loan_page(
        session, acting(), borrower_id=borrower.id, public_id=loan.public_id
    )
    for section, fen in (
        ("principal", page.loan.owed.overdue_principal_fen),
        ("interest", page.loan.owed.interest_fen),
        ("penalty", page.loan.owed.penalty_fen),
        ("payoff", page.loan.owed.payoff_fen),
        ("today", page.loan.owed.today_fen),
    ):
        assert sum(line.fen for line in page.lines[section] if line.kind == "step") == fen > 0
