"""Whether a paper is genuine: what strangers are told, and how often they may try a total."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import FailedTry
from app.services.agreements.checking import (
    TRIES_AN_HOUR,
    TRIES_AN_HOUR_EVERYWHERE,
    TooManyChecks,
    check_total,
    checked_agreement,
    file_fault,
)
from tests.factories import make_agreement, make_loan, make_plan
from tests.support.acting import acting
from tests.support.clock import NOW

HERE = "192.0.2.7"


@pytest.fixture
def agreement(session, loan):
    return make_agreement(session, make_plan(session, loan, state="signed"), pdf_sha256="a" * 64)


@pytest.fixture
def check(session, vault, agreement):
    def tried(total_fen=600_000, *, code=agreement.check_code, requester=HERE, now=NOW):
        return check_total(
            session,
            acting(now=now, vault=vault),
            check_code=code,
            total_fen=total_fen,
            requester=requester,
        )

    return tried


@pytest.mark.parametrize(
    ("plan_state", "told"),
    [("active", "active"), ("in_cure", "active"), ("completed", "completed"), ("broken", "broken")],
)
def test_strangers_learn_number_day_and_state_and_not_of_a_missed_instalment(
    session, loan, plan_state, told
):
    made = make_agreement(session, make_plan(session, loan, state="signed"), plan_state=plan_state)
    found = checked_agreement(session, check_code=made.check_code)
    assert (found.number, found.signed_at, found.state) == (made.number, made.signed_at, told)


def test_a_code_that_is_none_is_not_found_and_counts_no_try(session, agreement, check):
    for code in ("", "x" * 20, agreement.check_code[:-1]):
        with pytest.raises(NotFound):
            checked_agreement(session, check_code=code)
        with pytest.raises(NotFound):
            check(code=code)
    assert session.scalar(select(func.count()).select_from(FailedTry)) == 0


def test_only_the_very_total_is_right(check):
    assert [check(fen) for fen in (600_000, 600_001, 599_999, 0)] == [True, False, False, False]


def test_right_ones_count_too_and_an_hour_later_one_may_try_again(check):
    for _ in range(TRIES_AN_HOUR):
        assert check()
    with pytest.raises(TooManyChecks):
        check()
    assert check(requester="192.0.2.8")
    assert check(now=NOW + timedelta(hours=1))


def test_from_many_places_together_no_paper_is_guessed_at(session, borrower, check):
    for number in range(TRIES_AN_HOUR_EVERYWHERE):
        check(requester=f"10.0.{number // 9}.1")
    with pytest.raises(TooManyChecks):
        check(requester="10.9.9.9")
    other = make_agreement(
        session, make_plan(session, make_loan(session, borrower), state="signed")
    )
    assert check(code=other.check_code, requester="10.9.9.9")


def test_neither_code_nor_place_stands_in_the_table(session, agreement, check):
    check()
    row = session.scalars(select(FailedTry)).one()
    assert HERE not in (row.subject_hmac, row.requester_hmac)
    assert agreement.check_code not in (row.subject_hmac, row.requester_hmac)


def test_a_file_is_that_of_the_agreement_of_its_number_alone(session, agreement):
    number = agreement.number
    assert not file_fault(session, number=number, pdf_sha256="a" * 64, is_stamped=False)
    for other, sha256 in ((number, "b" * 64), (number + "1", "a" * 64)):
        assert (
            file_fault(session, number=other, pdf_sha256=sha256, is_stamped=True)
            == "unknown_number"
        )


@pytest.mark.parametrize(
    ("stamp", "is_stamped", "fault", "genuine"),
    [
        (None, False, "", True),  # signed before there were time stamps
        (None, True, "", True),
        ("due", False, "stamp_missing", False),
        ("stamped", False, "stamp_missing", True),
        ("stamped", True, "", True),
    ],
)
def test_a_stamp_is_asked_for_where_one_is_required(
    session, agreement, stamp, is_stamped, fault, genuine
):
    stamped_at = NOW if stamp == "stamped" else None
    agreement.stamp, agreement.stamped_at = stamp, stamped_at
    session.commit()
    told = file_fault(session, number=agreement.number, pdf_sha256="a" * 64, is_stamped=is_stamped)
    assert told == fault
    found = checked_agreement(session, check_code=agreement.check_code)
    assert (found.is_genuine, found.stamped_at) == (genuine, stamped_at)
