"""A made bank file with ten kinds of error, through the file, the database and back: what bears a
trait is matched alone, and nothing goes to the wrong plan.
"""

from datetime import UTC, datetime

from sqlalchemy import select

from app.models import Loan, Match, Payment, Plan
from app.services.core.context import Actor
from app.services.repayments.importing import import_repayments
from tests.support.acting import acting
from tests.support.bank_lines import BankMaker
from tests.support.lender_rows import LenderRows, ListFile, cells_of

NOW = datetime(2026, 11, 27, 4, tzinfo=UTC)
LINES = 1_000
LEAST_MATCHED_PERCENT = 98


def test_a_made_bank_file_is_matched_where_a_line_tells_and_never_wrongly(session, vault):
    maker = BankMaker(3)
    asks = LenderRows(session, vault, maker.lender).store()
    lines = maker.lines(LINES)
    context = acting(now=NOW, actor=Actor("cli:import-repayments"), vault=vault)
    file = ListFile(cells_of(one.row) for one in lines)
    told = import_repayments(session, context, file=file, asks=asks)
    assert (told.rows, told.posted, told.duplicates, told.rejected) == (LINES, LINES, 0, [])
    ends = dict(
        (ref, (number, loan_ref))
        for ref, number, loan_ref in session.execute(
            select(Payment.channel_ref, Plan.number, Loan.ref)
            .join(Match, Match.payment_id == Payment.id)
            .outerjoin(Plan, Plan.id == Match.plan_id)
            .outerjoin(Loan, Loan.id == Match.loan_id)
        )
    )
    made = {one.row.channel_ref: one for one in lines}
    found = {ref: number or loan for ref, (number, loan) in ends.items() if ref in made}
    wrong = {
        ref for ref, end in found.items() if made[ref].truth is None or made[ref].truth.ref != end
    }
    assert wrong == set()
    bearing = [ref for ref, one in made.items() if one.bears]
    assert len(bearing) > LINES // 2
    assert sum(ref in found for ref in bearing) * 100 >= len(bearing) * LEAST_MATCHED_PERCENT
    assert len(told.unmatched) == LINES - len(found)
    assert told.total_fen == sum(one.row.fen for one in lines)
