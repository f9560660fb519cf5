"""What journals leave out of a plan's instalments: with them the plan comes to its own total."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings

from app.domain.keeping.missing import walked
from app.domain.keeping.standing import standing
from app.domain.ledger.journals import journals_of
from app.domain.ledger.unposted import Unposted, unposted
from tests.domain.keeping.accounts import START, account, loan, paid
from tests.domain.ledger.test_properties import SPAN, accounts

DAY = timedelta(days=1)


def posted(kept, day: date) -> tuple[int, int]:
    """What is opened, less waivers promised, and what was posted since, in fen."""
    found: Counter = Counter()
    for draft in journals_of(kept, day):
        for one in draft.entries:
            if one.account == "receivable" and one.number is not None:
                found[draft.kind] += one.fen
    return found["opening"], found["plan_interest"] + found["settlement"]


@given(accounts(), SPAN)
@settings(max_examples=100, deadline=None)
def test_books_and_what_they_leave_out_are_all_that_the_plan_asks(kept, day):
    day = max(day, kept.plan.signed_on)
    left = unposted(walked(kept, day))
    asked = sum(part.fen for one in kept.plan.loans for part in one.parts)
    assert sum(posted(kept, day)) + sum(left) == asked
    assert min(left) >= 0
    stands = standing(kept, day)
    if stands.state != "broken":
        assert left.saved_fen == stands.released_fen
    if stands.state == "completed":
        assert left.coming_fen == 0


def test_before_anything_is_due_all_interest_is_still_to_come():
    kept = account(loan("A", annual=120_000))
    parts = [part for one in kept.plan.loans for part in one.parts]
    interest = sum(one.fen for one in parts if one.component == "plan_interest")
    assert interest > 0
    assert unposted(walked(kept, kept.plan.start_on)) == Unposted(0, interest)


def test_paid_off_early_what_is_never_charged_is_saved():
    everything = sum(part.fen for part in loan("A", annual=120_000).parts)
    kept = account(loan("A", annual=120_000), money=[paid(1, START + DAY, everything)])
    found = unposted(walked(kept, START + 2 * DAY))
    assert found.coming_fen == 0
    assert found.saved_fen > 0
