"""What the desk searches by, and the lender's figures beside ours."""

from app.services.borrowers import lookup as borrower_lookup
from app.services.core.context import Actor
from tests.factories import make_loan
from tests.support.acting import acting

AGENT = Actor(who="staff:abc", from_where="127.0.0.1")


def test_the_desk_sees_both_figures_where_the_borrower_sees_the_lower(session, vault, borrower):
    loan = make_loan(session, borrower, differences={"penalty": -137})
    desk = borrower_lookup.open_loan(
        session, acting(actor=AGENT, vault=vault), public_id=loan.public_id
    )
    rows = {one.name: one for one in desk.compared}
    assert rows["应收罚息"].difference_fen == -137
    assert rows["应收罚息"].file_fen + 137 == rows["应收罚息"].ours_fen
    assert all(one.difference_fen == 0 for name, one in rows.items() if name != "应收罚息")
    assert desk.page.loan.owed.lowered.penalty == 137
    assert [one.has_difference for one in desk.snapshots] == [True]
