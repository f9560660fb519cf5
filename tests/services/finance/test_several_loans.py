"""An agreement over several loans is one row of the register, and its sums count once."""

import pytest

from app.services.finance.register_filter import RegisterFilter
from app.services.finance.register_queries import (
    register_batches,
    register_line,
    register_page,
    register_products,
    register_totals,
)
from app.services.finance.register_sheets import Control
from tests.factories import make_agreement
from tests.support.acting import acting
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
