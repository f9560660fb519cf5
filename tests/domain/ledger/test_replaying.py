"""What has to be posted so that stored journals are those that are wanted."""

from dataclasses import replace
from datetime import timedelta

from app.domain.ledger.entries import Cause, EntryDraft, JournalDraft, content_sha256, negated
from app.domain.ledger.journals import journals_of
from app.domain.ledger.replaying import KeptJournal, replay
from tests.domain.keeping.accounts import FIRST, START, account, loan, noon, paid
from tests.domain.ledger.books import Books

IN = EntryDraft("bank", 500, payment="1")
OUT = EntryDraft("plan_money", -500, payment="1")
ONE = JournalDraft("receipt", FIRST, Cause("payment", "1"), (IN, OUT))


def stored(draft, *, seq=1, generation=1, reverses=None):
    sha256 = content_sha256(draft)
    return KeptJournal(seq, draft.cause, generation, draft.value_on, sha256, reverses)


def test_what_is_new_is_posted_once():
    found = replay((), (ONE,))
    assert [(one.draft, one.generation) for one in found.wanted] == [(ONE, 1)]
    assert not found.reversed
    assert replay((stored(ONE),), (ONE,)).is_empty


def test_the_order_of_entries_changes_nothing_and_anything_else_does():
    assert content_sha256(replace(ONE, entries=(OUT, IN))) == content_sha256(ONE)
    others = (
        replace(ONE, value_on=FIRST + timedelta(days=1)),
        replace(ONE, kind="credit"),
        replace(ONE, cause=Cause("payment", "2")),
        replace(ONE, entries=(IN._replace(fen=501), OUT)),
        replace(ONE, entries=(IN._replace(payment="2"), OUT)),
        replace(ONE, entries=(IN._replace(number=1), OUT)),
    )
    assert len({content_sha256(one) for one in (ONE, *others)}) == 7


def test_what_is_gone_is_taken_back_under_its_own_cause():
    found = replay((stored(ONE),), ())
    assert [(one.journal.seq, one.generation) for one in found.reversed] == [(1, 2)]
    assert not found.wanted
    gone = stored(ONE, seq=2, generation=2, reverses=1)
    assert replay((stored(ONE), gone), ()).is_empty


def test_what_changed_is_taken_back_and_posted_as_a_new_generation():
    changed = replace(ONE, value_on=START)
    found = replay((stored(ONE),), (changed,))
    assert [one.generation for one in found.reversed] == [2]
    assert [(one.draft, one.generation) for one in found.wanted] == [(changed, 3)]


def test_what_comes_back_after_it_was_gone_is_a_new_generation():
    gone = stored(ONE, seq=2, generation=2, reverses=1)
    assert [one.generation for one in replay((stored(ONE), gone), (ONE,)).wanted] == [3]


def test_journals_of_days_that_are_not_asked_for_are_left_alone():
    assert replay((stored(ONE),), (), FIRST - timedelta(days=1)).is_empty
    assert not replay((stored(ONE),), (), FIRST).is_empty


def test_negating_keeps_everything_but_the_sign():
    assert negated((IN, OUT)) == (IN._replace(fen=-500), OUT._replace(fen=500))


def test_a_late_payment_replays_only_allocations_that_differ():
    first, second = paid(1, FIRST, 30_000), paid(2, FIRST - timedelta(days=1), 20_000)
    books = Books()
    books.post(account(loan(), money=[first]), FIRST, noon(FIRST))
    before = len(books.kept)
    books.post(account(loan(), money=[first, second]), FIRST, noon(FIRST))
    added = [(one.cause.kind, one.generation) for one in books.kept[before:]]
    assert added == [("allocation", 2), ("payment", 1), ("allocation", 3)]
    # Instalment 1 takes the earlier 20,000 and 20,000 of the other.
    last = books.entries[len(books.kept)]
    assert {(one.payment, one.fen) for one in last if one.account == "plan_money"} == {
        ("1", 20_000),
        ("2", 20_000),
    }
    wanted = journals_of(account(loan(), money=[first, second]), FIRST)
    assert {one.cause for one in books.kept} == {one.cause for one in wanted}
