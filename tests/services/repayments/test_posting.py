"""A payment is laid on plans and loans whole or not at all, and taken off without being
forgotten.
"""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.domain.repayments.directory import Destination
from app.domain.repayments.traits import MatchReason
from app.models import AuditEntry
from app.services.core.transaction import transaction
from app.services.repayments.posting import (
    PaymentMoved,
    PaymentReversed,
    ReversalKept,
    Share,
    SharesUneven,
    place,
    take_off,
)

REASONS = (MatchReason("reference", "AH-00001-8"), MatchReason("account", "1234"))


def lay(session, context, payment, *shares, actor="staff:someone"):
    with transaction(session):
        session.add(payment)
        place(
            session,
            context,
            payment=payment,
            shares=shares,
            rule="person",
            reasons=REASONS,
            actor=actor,
        )


def undo(session, context, payment):
    with transaction(session):
        take_off(session, context, payment=payment, actor="staff:another")


def test_shares_are_laid_with_their_reasons_and_an_entry(
    session, context, pay, plan, loan, matches
):
    payment = pay(fen=300)
    on_plan = Share(Destination("plan", plan.number), 200)
    on_loan = Share(Destination("loan", loan.ref), 100)
    lay(session, context, payment, on_plan, on_loan)
    assert (payment.state, payment.reason) == ("matched", "")
    laid = [(one.number, one.plan_id, one.loan_id, one.fen) for one in matches()]
    assert laid == [(1, plan.id, None, 200), (2, None, loan.id, 100)]
    # The end of an account is somebody's, and is not repeated in clear.
    assert [one["seen"] for one in matches()[0].reasons] == ["AH-00001-8", ""]
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.object_id) == ("payment_matched", payment.public_id)
    assert entry.after["shares"] == [
        {"kind": "plan", "ref": plan.number, "fen": 200},
        {"kind": "loan", "ref": loan.ref, "fen": 100},
    ]


@pytest.mark.parametrize("fens", [(), (99,), (101,), (50, 50), (100, 0), (150, -50)])
def test_shares_are_the_whole_payment_each_plan_once(session, context, pay, plan, fens):
    payment = pay(fen=100)
    shares = [Share(Destination("plan", plan.number), fen) for fen in fens]
    with pytest.raises(SharesUneven):
        lay(session, context, payment, *shares)
    assert payment.state == "unmatched"


@pytest.mark.parametrize("end", [Destination("plan", "AH-99999"), Destination("loan", "JJ0")])
def test_nothing_is_laid_on_what_is_not_known(session, context, pay, end, matches):
    payment = pay(fen=100)
    with pytest.raises(NotFound):
        lay(session, context, payment, Share(end, 100))
    assert not matches()


def test_a_payment_is_taken_off_and_laid_anew_with_the_first_match_on_record(
    session, context, pay, plan, loan, matches
):
    payment = pay(fen=100)
    lay(session, context, payment, Share(Destination("plan", plan.number), 100))
    undo(session, context, payment)
    assert (payment.state, payment.reason) == ("unmatched", "undone")
    with pytest.raises(PaymentMoved):
        undo(session, context, payment)
    lay(session, context, payment, Share(Destination("loan", loan.ref), 100))
    first, second = matches()
    assert (first.undone_by, first.undone_at) == ("staff:another", context.now)
    assert (second.number, second.loan_id, second.undone_at) == (2, loan.id, None)


def test_what_is_matched_is_not_laid_a_second_time(session, context, pay, plan, matches):
    payment = pay(fen=100)
    share = Share(Destination("plan", plan.number), 100)
    lay(session, context, payment, share)
    with pytest.raises(PaymentMoved):
        lay(session, context, payment, share)
    assert len(matches()) == 1


def test_what_was_taken_back_stays_where_it_is(session, context, pay, plan):
    share = Share(Destination("plan", plan.number), 100)
    payment = pay(fen=100)
    lay(session, context, payment, share)
    back = pay(fen=100, ref="LS2", reverses_id=payment.id, reverses_ref="LS1", state="matched")
    with pytest.raises(PaymentReversed):
        undo(session, context, payment)
    with pytest.raises(ReversalKept):
        undo(session, context, back)


def test_a_reversal_is_never_laid_as_if_it_were_money(session, context, pay, plan, matches):
    back = pay(fen=100, reverses_ref="LS0")
    with pytest.raises(ReversalKept):
        lay(session, context, back, Share(Destination("plan", plan.number), 100))
    assert not matches()
