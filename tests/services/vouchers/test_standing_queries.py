"""Whether a paper still says what is so: asked of the facts, never stored."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import Hold, Payment
from app.services.vouchers.standing_queries import is_taken_back, voucher_standing
from tests.factories import make_borrower, make_hold, make_loan
from tests.support.acting import acting
from tests.support.certificates import paid_off
from tests.support.clock import NOW
from tests.support.money import paid, plan_of, taken_back, undone
from tests.support.vouchers import DAY, hold_paper, kept_with, later, quoted, receipt


def stands(session, vault, site, one, *, now=NOW):
    session.rollback()
    return voucher_standing(session, acting(now=now, vault=vault, site=site), voucher=one)


@pytest.fixture
def kept(session, vault, site):
    return kept_with(session, vault, site)


def payment_of(session):
    return session.scalars(select(Payment).order_by(Payment.id.desc())).first()


@pytest.mark.parametrize("how", ["reversed", "undone"])
def test_a_receipt_whose_money_was_taken_back_says_so(session, vault, site, kept, how):
    agreement, number = kept
    payment = payment_of(session)
    one = receipt(session, vault, site, agreement, number)
    assert stands(session, vault, site, one).state == "stands"
    assert not is_taken_back(session, voucher=one)
    if how == "reversed":
        taken_back(session, payment, agreement, on=DAY, at=later(1))
    else:
        undone(session, payment, at=later(1))
    found = stands(session, vault, site, one, now=later(2))
    assert (found.state, found.since, found.is_so) == ("taken_back", later(1), False)
    assert is_taken_back(session, voucher=one)


def test_a_reversal_that_was_taken_off_again_leaves_the_receipt(session, vault, site, kept):
    agreement, number = kept
    one = receipt(session, vault, site, agreement, number)
    back = taken_back(session, payment_of(session), agreement, on=DAY)
    back.state = "unmatched"
    undone(session, back, at=NOW)
    assert stands(session, vault, site, one).state == "stands"


def test_a_receipt_whose_money_covers_other_parts_now_says_that(session, vault, site):
    agreement, number = kept_with(session, vault, site, on=DAY + timedelta(days=30))
    one = receipt(session, vault, site, agreement, number, now=later(60))
    assert stands(session, vault, site, one, now=later(60)).state == "stands"
    # An earlier payment that is posted late takes the first place.
    paid(session, agreement, fen=90_000, on=DAY, at=later(60))
    found = stands(session, vault, site, one, now=later(61))
    assert (found.state, found.is_so) == ("laid_anew", False)


def test_a_hold_runs_ends_early_and_is_replaced(session, vault, site, borrower):
    loan = make_loan(session, borrower)
    hold = make_hold(session, borrower, loan_id=loan.id)
    session.commit()
    one = hold_paper(session, vault, site, hold)
    found = stands(session, vault, site, one)
    assert (found.state, found.until) == ("runs", None)
    hold = session.get_one(Hold, hold.id)
    hold.until_at, hold.ended_by = later(2), "staff:1"
    session.commit()
    assert stands(session, vault, site, one).until == later(2)
    ended = stands(session, vault, site, one, now=later(3))
    assert (ended.state, ended.since, ended.is_so) == ("ended", later(2), False)
    make_hold(session, borrower, loan_id=loan.id, cause="plan_kept", from_at=later(2))
    session.commit()
    assert stands(session, vault, site, one, now=later(3)).state == "replaced"


def test_breathing_space_covers_every_loan(session, vault, site, borrower):
    hold = make_hold(session, borrower, cause="breathing", until_at=later(5))
    session.commit()
    one = hold_paper(session, vault, site, hold)
    assert stands(session, vault, site, one).until == later(5)
    assert stands(session, vault, site, one, now=later(6)).state == "ended"
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    make_hold(session, other, cause="breathing", until_at=later(90))
    session.commit()
    assert stands(session, vault, site, one, now=later(6)).state == "ended"


def test_a_quote_is_exact_until_money_comes_or_its_day_is_over(session, vault, site, kept):
    agreement, _number = kept
    day = DAY + timedelta(days=3)
    one = quoted(session, vault, site, agreement, on=day)
    found = stands(session, vault, site, one)
    assert (found.state, found.on, found.payments) == ("exact", day, 0)
    assert stands(session, vault, site, one, now=later(3)).state == "exact"
    assert stands(session, vault, site, one, now=later(4)).state == "past"
    paid(session, agreement, fen=1_000, on=DAY + timedelta(days=1))
    found = stands(session, vault, site, one, now=later(1))
    assert (found.state, found.payments) == ("changed", 1)
    plan = plan_of(session, agreement)
    paid_off(session, agreement, on=DAY + timedelta(days=2))
    assert plan.state == "active"
    assert stands(session, vault, site, one, now=later(2)).state == "paid_off"
