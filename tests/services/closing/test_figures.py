"""What a month came to: accounts begin where the month before ended, and sum to zero."""

from datetime import date

from app.services.closing.figures import balances_after, content_of, month_told, next_month
from app.services.ledger.balance_queries import account_totals
from tests.services.closing.conftest import DECEMBER, NOVEMBER, PAID_ON


def test_each_month_begins_where_the_one_before_ended(session, came):
    came()
    came(9_000, PAID_ON, date(2026, 12, 3))
    first = month_told(session, month=NOVEMBER, before=None)
    second = month_told(session, month=DECEMBER, before=balances_after(first))
    assert second == month_told(session, month=DECEMBER, before=None)
    for told in (first, second):
        assert sum(one.debit_fen for one in told.accounts) == sum(
            one.credit_fen for one in told.accounts
        )
        assert sum(one.after_fen for one in told.accounts) == 0
    assert (first.told["received"], second.told["received"]) == (50_000, 9_000)
    mine = {one.account: one for one in second.accounts if not one.channel}
    assert mine["receivable"].after_fen == account_totals(session)["receivable"]


def test_the_hash_changes_with_whatever_is_posted(session, came):
    came()
    before = content_of(session, month=NOVEMBER)
    assert before == content_of(session, month=NOVEMBER)
    came(1_000)
    assert content_of(session, month=NOVEMBER)[2] != before[2]
    assert content_of(session, month=DECEMBER)[:2] == (0, 0)


def test_the_first_month_is_the_one_in_which_anything_was_posted(session, plan):
    assert next_month(session) == NOVEMBER


def test_before_anything_was_posted_there_is_none(session):
    assert next_month(session) is None
