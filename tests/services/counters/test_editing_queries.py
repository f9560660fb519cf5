"""What a version's numbers are changed from, and what changed numbers mean."""

from datetime import date

from app.services.counters.editing_queries import counter_edit, counter_meaning
from tests.support.acting import acting
from tests.support.counters import wish
from tests.support.proposals import submitted


def test_the_borrowers_own_numbers_stand_there_to_change(session, vault, site):
    version = submitted(session, vault, site)
    edit = counter_edit(session, acting(vault=vault, site=site), version_public_id=version)
    assert (edit.version_number, edit.next_number, edit.who.name) == (1, 2, "*敏")
    assert (edit.wish.kind, edit.wish.periods, edit.wish.rate) == ("reamortise", 8, "contract")
    assert edit.wish.waived.penalty_fen == edit.theirs.terms.waived_fen == 9_99
    assert edit.owed.penalty_fen == 33_29
    assert edit.theirs.needed.level == "agent"
    assert edit.first_days(10, date(2026, 11, 23))[:2] == (date(2026, 12, 10), date(2027, 1, 10))
    assert edit.near


def test_changed_numbers_tell_cost_and_authority(session, vault, site):
    version = submitted(session, vault, site)
    context = acting(vault=vault, site=site)
    means = counter_meaning(
        session, context, version_public_id=version, wish=wish(rate="zero", periods=40)
    )
    assert means.concession.waived_fen == 33_29
    assert means.concession.by_policy_fen == 9_99
    assert means.concession.total_fen == 33_29 + means.concession.interest_fen
    assert means.needed.level == "supervisor"
    assert means.valid_until_on == date(2026, 11, 30)
