"""What a borrower reads of a broken plan: lines that add up, what comes next."""

from app.services.agreements.queries import agreement_view
from app.services.breaks.queries import broken_plan
from tests.services.breaks.conftest import BREAK_DAYS, BROKEN
from tests.support.money import paid

TODAY = BREAK_DAYS + 1


def shown(session, context, borrower, number):
    found = agreement_view(session, context, borrower_id=borrower.id, number=number)
    return broken_plan(session, context, borrower_id=borrower.id, agreement=found)


def test_the_lines_of_every_loan_add_up_to_what_is_asked(session, broken, borrower, later):
    paid(session, broken, fen=40_000, on=BROKEN)
    found = shown(session, later(TODAY), borrower, broken)
    (one,) = found.loans
    line = one.line
    asked = line.start.total + line.passed_fen + line.penalty_fen
    assert asked - line.laid.total - line.off.total == line.due_fen == one.asked_fen
    assert line.laid.total == 40_000
    assert (found.answer_by_on, found.answers) == (BROKEN.replace(day=30), ())


def test_a_plan_that_runs_has_nothing_to_come_back(session, number, borrower, later):
    assert shown(session, later(5), borrower, number) is None
