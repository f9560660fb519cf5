"""Receipts, papers of holds and quotes: taken with a tap, every fen told, nobody else's ever."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.calendar import midnight
from app.domain.errors import NotFound
from app.domain.keeping.quoting import DayNotQuoted, NoQuote
from app.domain.keeping.standing import standing
from app.domain.money import capital_rmb, parse_yuan, yuan
from app.models import AuditEntry, Hold, Match, PlanVersion, Voucher
from app.services.keeping.money import number_of
from app.services.vouchers.taking import (
    MoneyTakenBack,
    PaymentNeeded,
    issue_hold_paper,
    issue_loan_receipt,
    issue_quote,
    issue_receipt,
)
from tests.factories import make_borrower, make_hold, make_loan
from tests.support.acting import acting
from tests.support.certificates import KINDS, account_of, paid_off, signed_of
from tests.support.clock import NOW
from tests.support.money import arrived, matched, paid, plan_of, taken_back, undone
from tests.support.several import proposed_over, three_loans
from tests.support.vouchers import DAY, hold_paper, kept_with, later, owner_of, quoted, receipt


def lines(one: Voucher) -> list[tuple[str, str, str]]:
    return [
        (row["what"], row["small"], row["value"])
        for table in one.text["tables"]
        for row in table["rows"]
    ]


def fen_of(value: str) -> int:
    return parse_yuan(value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fen", [1, 20_000, 9_000_000])
def test_the_lines_of_every_kind_sum_to_the_money(session, vault, site, kind, fen):
    agreement, number = kept_with(session, vault, site, kind=kind, fen=fen)
    one = receipt(session, vault, site, agreement, number, now=later(200))
    assert sum(fen_of(value) for _what, _small, value in lines(one)) == fen
    assert one.text["total"] == {"label": "收到", "fen": fen, "capital": capital_rmb(fen)}
    assert capital_rmb(fen) in one.text["says"]


def test_it_names_the_days_the_way_and_what_was_covered(session, vault, site):
    agreement, number = kept_with(session, vault, site)
    day = DAY + timedelta(days=40)
    one = receipt(session, vault, site, agreement, number, now=midnight(day))
    told = {row["what"]: row for row in one.text["facts"]}
    assert told["哪天付的"]["value"] == "2026年11月23日"
    assert told["还的是"]["value"] == f"协议 {agreement}"
    assert told["怎么付的"]["value"] == "招行"
    stands = standing(account_of(session, agreement), day)
    (mine,) = [one for one in stands.payments if one.number == number]
    assert len(lines(one)) == len(mine.covered)
    assert sorted(fen_of(value) for _w, _s, value in lines(one)) == sorted(
        part.fen for part in mine.covered
    )
    ref = account_of(session, agreement).plan.loans[0].ref
    assert {small for _what, small, _value in lines(one)} == {f"装修分期 尾号 {ref[-4:]}"}
    assert "罗涵敏" not in str(one.text)


def test_before_anything_is_due_it_lies_ahead(session, vault, site):
    agreement, number = kept_with(session, vault, site, fen=500)
    one = receipt(session, vault, site, agreement, number)
    assert lines(one) == [("放在前面", "到下一期的日子自动算进去", "¥5.00")]


def test_what_is_over_is_the_borrowers(session, vault, site):
    agreement, number = kept_with(session, vault, site, fen=9_000_000)
    assert lines(receipt(session, vault, site, agreement, number))[-1][0] == "多付的，是您的"


def test_the_same_receipt_is_given_until_what_it_covers_changes(session, vault, site):
    agreement, number = kept_with(session, vault, site, fen=500)
    first = receipt(session, vault, site, agreement, number)
    again = receipt(session, vault, site, agreement, number, now=later(1))
    assert again.public_id == first.public_id
    laid = receipt(session, vault, site, agreement, number, now=later(60))
    assert laid.public_id != first.public_id
    assert laid.number != first.number
    issued = session.scalars(select(AuditEntry).where(AuditEntry.action == "voucher.issued"))
    assert [one.after["number"] for one in issued] == [first.number, laid.number]


@pytest.mark.parametrize("how", ["reversed", "undone"])
def test_money_taken_back_has_no_receipt(session, vault, site, how):
    agreement, number = kept_with(session, vault, site)
    payment = paid(session, agreement, fen=700, on=DAY)
    if how == "reversed":
        taken_back(session, payment, agreement, on=DAY)
    else:
        undone(session, payment, at=NOW)
    mine = session.scalars(select(Match).where(Match.payment_id == payment.id)).one()
    with pytest.raises(MoneyTakenBack):
        receipt(session, vault, site, agreement, number_of(payment, mine))
    # The other one still has its own.
    assert receipt(session, vault, site, agreement, number)


def test_nobody_elses_and_no_unknown_payment(session, vault, site):
    agreement, number = kept_with(session, vault, site)
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    mine = owner_of(session, agreement)
    session.commit()
    context = acting(vault=vault, site=site)
    for borrower_id, payment, fault in (
        (other.id, number, NotFound),
        (other.id, "", NotFound),
        (mine, "招行 T0", NotFound),
        (mine, "", PaymentNeeded),
    ):
        session.rollback()
        with pytest.raises(fault):
            issue_receipt(
                session, context, borrower_id=borrower_id, agreement=agreement, payment=payment
            )
    assert session.scalars(select(Voucher)).all() == []


def test_a_part_of_a_payment_names_the_whole(session, vault, site):
    agreement, _number = kept_with(session, vault, site)
    payment = arrived(session, fen=10_000, on=DAY)
    match = matched(session, payment, plan=plan_of(session, agreement), fen=4_000)
    session.commit()
    one = receipt(session, vault, site, agreement, number_of(payment, match))
    whole = [row for row in one.text["facts"] if row["what"] == "整笔款"]
    assert [row["value"] for row in whole] == [yuan(10_000)]
    assert one.text["total"]["fen"] == 4_000


def test_a_loan_without_a_plan_has_receipts_too(session, vault, site, borrower):
    loan = make_loan(session, borrower)
    payment = arrived(session, fen=3_300, on=DAY)
    number = number_of(payment, matched(session, payment, loan=loan))
    session.commit()

    def take(borrower_id, loan_id, payment):
        session.rollback()
        return issue_loan_receipt(
            session,
            acting(vault=vault, site=site),
            borrower_id=borrower_id,
            loan_public_id=loan_id,
            payment=payment,
        )

    public_id = take(borrower.id, loan.public_id, number)
    one = session.scalars(select(Voucher).where(Voucher.public_id == public_id)).one()
    assert one.text["tables"] == []
    assert any(loan.ref in row["value"] for row in one.text["facts"])
    assert take(borrower.id, loan.public_id, number) == public_id
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    session.commit()
    for asked in ((other.id, loan.public_id, number), (borrower.id, "x" * 20, number)):
        with pytest.raises(NotFound):
            take(*asked)
    with pytest.raises(NotFound):
        take(borrower.id, loan.public_id, "nothing")


def test_a_plans_hold_is_one_paper_over_all_its_loans(session, vault, site):
    borrower, loans = three_loans(session, vault)
    proposed_over(session, vault, site, borrower, loans)
    hold = session.scalars(select(Hold).order_by(Hold.id)).first()
    version = session.scalars(select(PlanVersion.public_id)).one()
    one = hold_paper(session, vault, site, hold, version=version)
    contract = next(row["value"] for row in one.text["facts"] if row["what"] == "合同")
    assert all(loan.ref in contract for loan in loans)
    assert one.hold_id == hold.id
    assert hold_paper(session, vault, site, hold, version=version).public_id == one.public_id


def test_a_new_end_is_a_new_paper(session, vault, site, borrower):
    loan = make_loan(session, borrower)
    hold = make_hold(session, borrower, loan_id=loan.id)
    session.commit()
    first = hold_paper(session, vault, site, hold)
    session.get_one(Hold, hold.id).until_at = later(4)
    session.commit()
    second = hold_paper(session, vault, site, hold)
    assert second.public_id != first.public_id
    assert [row["value"] for row in second.text["facts"] if row["what"] == "到"] == [
        "2026年11月27日 0:00"
    ]


def test_what_runs_no_more_or_is_of_another_has_no_paper(session, vault, site, borrower):
    make_hold(session, borrower, cause="breathing", until_at=NOW)
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    make_hold(session, other, cause="breathing", until_at=later(9))
    session.commit()
    with pytest.raises(NotFound):
        issue_hold_paper(
            session,
            acting(vault=vault, site=site),
            borrower_id=borrower.id,
            cause="breathing",
            version="",
        )
    assert session.scalars(select(Voucher)).all() == []


def take(session, vault, site, agreement, *, on, borrower_id=None):
    mine = borrower_id or owner_of(session, agreement)
    session.rollback()
    context = acting(vault=vault, site=site)
    return issue_quote(session, context, borrower_id=mine, agreement=agreement, on=on)


def test_the_same_day_and_figures_are_one_paper(session, vault, site):
    agreement = signed_of(session, vault, site)
    first = quoted(session, vault, site, agreement)
    assert quoted(session, vault, site, agreement).public_id == first.public_id
    paid(session, agreement, fen=900, on=DAY)
    assert quoted(session, vault, site, agreement).public_id != first.public_id


def test_what_has_no_quote_has_no_paper(session, vault, site):
    agreement = signed_of(session, vault, site)
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022").id
    session.commit()
    for days in (-1, 31):
        with pytest.raises(DayNotQuoted):
            take(session, vault, site, agreement, on=DAY + timedelta(days=days))
    with pytest.raises(NotFound):
        take(session, vault, site, agreement, on=DAY, borrower_id=other)
    paid_off(session, agreement, on=DAY)
    with pytest.raises(NoQuote):
        take(session, vault, site, agreement, on=DAY)
    assert session.scalars(select(Voucher)).all() == []
