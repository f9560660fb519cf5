"""What a plan comes to by its ledger is what its agreement prints, on every day."""

import pytest
from hypothesis import given, settings

from app.domain.keeping.missing import walked
from app.domain.ledger.journals import journals_of
from app.domain.ledger.recording import RecordedRun
from app.domain.ledger.totals import comes_to
from tests.domain.keeping.accounts import START, account
from tests.domain.ledger.test_properties import SPAN, accounts


def on_receivables(drafts, *kinds):
    return sum(
        entry.fen
        for one in drafts
        if one.kind in kinds
        for entry in one.entries
        if entry.account == "receivable"
    )


@given(accounts(), SPAN)
@settings(max_examples=100, deadline=None)
def test_it_comes_to_what_is_printed(kept, day):
    drafts = journals_of(kept, day)
    opened = on_receivables(drafts, "opening")
    interest = on_receivables(drafts, "plan_interest", "settlement")
    printed = sum(part.fen for one in kept.plan.loans for part in one.parts)
    found = comes_to(kept, day, opened_fen=opened, interest_fen=interest)
    assert found == printed
    assert comes_to(kept, day, opened_fen=opened, interest_fen=interest - 1) == printed - 1


def test_a_walk_that_was_not_recorded_is_refused():
    with pytest.raises(TypeError, match="without recording"):
        RecordedRun.of(walked(account(), START))
