"""A month by day, a year by month."""

from app.services.dues.queries import dues_page
from tests.services.ledger.made import FIRST


def test_a_month_by_day_and_a_year_by_month_come_to_the_same(session, plans, keep):
    keep()
    year = dues_page(session, month=FIRST, is_year=True)
    months = {one.on: one.sums.due_fen for one in year.rows}
    for month, fen in months.items():
        page = dues_page(session, month=month, is_year=False)
        assert sum(one.sums.due_fen for one in page.rows) == page.total.due_fen == fen
    assert dues_page(session, month=FIRST, is_year=True, product="别的").rows == ()
