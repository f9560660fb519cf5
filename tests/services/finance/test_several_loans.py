"""An agreement over several loans is one row of the register, and its sums count once."""

from datetime import date

import pytest
from sqlalchemy import select

from app.models import PlanVersion
from app.services.finance.register_queries import (
    register_batches,
    register_line,
    register_page,
)
from app.services.finance.register_sheets import Control, instalment_cells, loan_cells
from app.services.proposals.basis import Answers
from app.services.register.filter import RegisterFilter
from app.services.register.sums import register_products, register_totals
from tests.factories import make_agreement, make_borrower, make_loan
from tests.support.acting import acting
from tests.support.proposals import approved_at_once
from tests.support.several import proposed_over, three_loans


@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_row_whose_sums_are_those_of_the_stored_parts(session, vault, site, count):
    borrower, loans = three_loans(session, vault, count)
    version = proposed_over(session, vault, site, borrower, loans)
    agreement = make_agreement(session, version)
    control = Control()
    for rows in register_batches(session, wanted=RegisterFilter()):
        for row in rows:
            control.add(row)
    totals = register_totals(session, wanted=RegisterFilter())
    assert (control.count, totals.count) == (1, 1)
    assert control.agrees(totals)
    assert totals.total_fen == version.total_fen
    assert control.loans == count
    assert control.instalments == sum(len(one.payments) for one in row.loans)
    assert sum(one.total_fen for one in row.loans) == row.total_fen
    assert len(list(loan_cells(row))) == count
    assert {cells[1] for cells in instalment_cells(row)} == {one.ref for one in loans}
    assert sum(cells[8] for cells in instalment_cells(row)) == row.total_fen
    line = register_line(session, acting(vault=vault), number=agreement.number)
    assert line.row.loan_ref == "、".join(one.ref for one in reversed(loans))
    assert register_products(session) == tuple(sorted({one.product for one in loans}))
    for wanted in (
        *(RegisterFilter(number=one.ref) for one in loans),
        *(RegisterFilter(product=one.product) for one in loans),
    ):
        page = register_page(session, acting(vault=vault), wanted=wanted, after=None)
        assert len(page.lines) == page.totals.count == 1
        assert page.totals.total_fen == version.total_fen


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "catch_up", "upfront_fen": 0, "periods": 3},
        {"kind": "settlement", "sum_fen": 500_000, "pay_on": date(2026, 12, 5)},
        {"kind": "settlement", "pay_on": date(2026, 12, 5)},
        {
            "kind": "step_up",
            "upfront_fen": 0,
            "low_fen": 30_000,
            "low_months": 3,
            "periods": 12,
            "pay_day": 10,
        },
        {"kind": "deferral", "months": 2, "way": "later"},
        {"kind": "deferral", "months": 2, "way": "monthly"},
    ],
    ids=lambda given: "-".join(map(str, given.values())),
)
def test_every_kind_adds_up_on_its_row(session, vault, site, given):
    borrower = make_borrower(session, vault)
    paid = 11 if given["kind"] == "deferral" else 9
    loan = make_loan(session, borrower, periods=24, paid=paid)
    answers = Answers(choice="best_fit", **given)
    public_id = approved_at_once(
        session, vault, site, borrower=borrower, loan=loan, answers=answers
    )
    version = session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()
    make_agreement(session, version)
    control = Control()
    for rows in register_batches(session, wanted=RegisterFilter()):
        for row in rows:
            control.add(row)
    assert control.astray == 0
    assert control.agrees(register_totals(session, wanted=RegisterFilter()))
