"""What is taken back goes where its payment went, whichever of the two comes first."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.keeping.standing import standing
from app.models import Match, Payment
from app.services.core.transaction import transaction
from app.services.keeping.accounts import accounts_of
from app.services.repayments import importing
from app.services.repayments.posting import take_off
from tests.services.repayments.conftest import TODAY

UNKNOWN = {"备注": "还款"}


def states(payments):
    return {one.channel_ref: (one.state, one.reason) for one in payments()}


@pytest.fixture
def pair(line):
    """A payment and what takes it back."""

    def made(**written):
        one = line(**written)
        return one, line(冲正流水号=one["流水号"], 金额=one["金额"])

    return made


@pytest.mark.parametrize("batch", [1, 500])
@pytest.mark.parametrize("is_first", [False, True])
def test_a_reversal_mirrors_what_its_payment_is_matched_to(
    take_in, pair, payments, matches, plan, monkeypatch, batch, is_first
):
    monkeypatch.setattr(importing, "BATCH_LINES", batch)
    one, back = pair()
    told = take_in(*((back, one) if is_first else (one, back)))
    assert (told.posted, told.unmatched, told.total_fen) == (2, [], 0)
    by_ref = {each.channel_ref: each for each in payments()}
    paid, reversal = by_ref[one["流水号"]], by_ref[back["流水号"]]
    assert (paid.state, reversal.state) == ("matched", "matched")
    assert (reversal.reverses_id, reversal.reverses_ref) == (paid.id, one["流水号"])
    assert {(each.payment_id, each.plan_id, each.fen) for each in matches()} == {
        (paid.id, plan.id, 10_000),
        (reversal.id, plan.id, 10_000),
    }


def test_a_reversal_in_a_later_file_finds_its_payment(take_in, pair, payments, matches):
    one, back = pair()
    take_in(one)
    assert take_in(back).unmatched == []
    assert [each.rule for each in matches()] == ["reference", "reversal"]


def test_of_money_that_was_nobodys_both_are_closed(take_in, pair, payments, matches):
    one, back = pair(**UNKNOWN)
    told = take_in(one, back)
    assert (told.posted, told.unmatched, told.total_fen) == (2, [], 0)
    assert set(states(payments).values()) == {("returned", "reversed")}
    assert not matches()


@pytest.mark.parametrize("batch", [1, 500])
def test_so_they_are_where_it_was_stored_before(take_in, pair, payments, monkeypatch, batch):
    one, back = pair(**UNKNOWN)
    assert len(take_in(one).unmatched) == 1
    assert take_in(back).unmatched == []
    assert set(states(payments).values()) == {("returned", "reversed")}
    monkeypatch.setattr(importing, "BATCH_LINES", batch)
    third, fourth = pair(**UNKNOWN)
    assert take_in(third, fourth).unmatched == []


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ({"冲正流水号": "T999999"}, "reversal_unknown"),
        ({"金额": "99.00"}, "reversal_part"),
        ({"付款日期": (TODAY - timedelta(days=3)).isoformat()}, "reversal_early"),
    ],
)
def test_what_only_a_person_can_say_of_a_reversal(
    take_in, pair, payments, matches, written, reason
):
    one, back = pair(付款日期=(TODAY - timedelta(days=2)).isoformat())
    told = take_in(one, back | written)
    assert [(each.line, each.reason) for each in told.unmatched] == [(3, reason)]
    reversal = next(each for each in payments() if each.reverses_ref)
    assert (reversal.state, reversal.reverses_id is None) == (
        "unmatched",
        reason == "reversal_unknown",
    )
    assert len(matches()) == 1


@pytest.mark.parametrize("files", [1, 2])
def test_a_payment_is_taken_back_once(take_in, pair, line, payments, files):
    one, back = pair()
    again = line(冲正流水号=one["流水号"])
    if files == 2:
        take_in(one, back)
        told = take_in(again)
    else:
        told = take_in(one, back, again)
    assert [each.reason for each in told.unmatched] == ["reversal_again"]
    kept = [each for each in payments() if each.reverses_id and each.state == "matched"]
    assert len(kept) == 1


def test_the_number_of_a_reversal_that_waits_is_taken(take_in, line, payments, monkeypatch):
    monkeypatch.setattr(importing, "BATCH_LINES", 1)
    back = line(冲正流水号="T999999")
    told = take_in(back, line(流水号=back["流水号"]), back)
    assert [(each.line, each.code) for each in told.rejected] == [(3, "changed")]
    assert (told.posted, told.duplicates) == (1, 1)
    assert [each.reverses_ref for each in payments()] == ["T999999"]


def test_a_reversal_of_a_reversal_is_rejected(take_in, pair, line, payments):
    one, back = pair()
    told = take_in(one, back, line(冲正流水号=back["流水号"]))
    assert [(each.line, each.field, each.code) for each in told.rejected] == [
        (4, "冲正流水号", "reversal")
    ]
    assert len(payments()) == 2


def test_a_reversal_follows_a_payment_that_was_moved_since(
    take_in, pair, session, context, payments, matches, loan
):
    one, back = pair()
    take_in(one)
    (payment,) = payments()
    with transaction(session):
        take_off(session, context, payment=payment, actor="staff:x")
    take_in(back)
    assert set(states(payments).values()) == {("returned", "reversed")}
    assert [each.undone_at is None for each in matches()] == [False]


def test_the_standing_is_as_if_the_money_had_never_come(
    take_in, line, pair, session, plan, loan, context
):
    def owed():
        account = accounts_of(session, plan_ids=[plan.id])[plan.id]
        return standing(account, TODAY)

    before = owed()
    one, back = pair()
    take_in(one)
    assert owed().ahead_fen == 10_000
    take_in(back)
    after = owed()
    assert (after.ahead_fen, after.left_fen) == (before.ahead_fen, before.left_fen)


def test_sums_of_standing_matches_are_whole_or_nothing(take_in, pair, line, session):
    lines = [cell for _ in range(3) for cell in pair()] + [line(), line(**UNKNOWN)]
    take_in(*lines)
    for payment in session.scalars(select(Payment)):
        laid = session.scalars(select(Match.fen).where(Match.payment_id == payment.id)).all()
        assert sum(laid) == (payment.fen if payment.state == "matched" else 0)
