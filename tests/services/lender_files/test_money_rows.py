"""repayments_posted.csv and contacts.csv: what came on record on a day, and who was reached."""

from datetime import timedelta

from app.services.lender_files.day import ToldDay
from app.services.lender_files.money_rows import (
    CONTACT_COLUMNS,
    PAYMENT_COLUMNS,
    contact_rows,
    payment_rows,
)
from tests.factories import make_borrower, make_contact
from tests.services.lender_files.conftest import TODAY, cells
from tests.support.certificates import signed_of
from tests.support.clock import NOW
from tests.support.money import arrived, matched, plan_of, undone

DAY = timedelta(days=1)


def money(session, on=TODAY):
    return cells(payment_rows(session, day=ToldDay(on)), PAYMENT_COLUMNS)


def test_money_is_told_on_the_day_it_was_put_on_record(session, vault, site):
    number = signed_of(session, vault, site)
    plan = plan_of(session, number)
    payment = arrived(session, fen=123_45, on=TODAY - DAY, at=NOW, ref="T1")
    matched(session, payment, plan=plan)
    (row,) = money(session)
    assert row == {
        "流水号": "T1",
        "渠道": "招行",
        "付款日期": "2026-11-22",
        "入账日期": "2026-11-22",
        "金额(元)": "123.45",
        "借据号": "",
        "冲正流水号": "",
        "记录时间": "2026-11-23 10:00:00",
        "记在": plan.number,
    }
    assert money(session, TODAY - DAY) == money(session, TODAY + DAY) == []


def test_where_it_lay_at_the_end_of_the_day_is_told_whatever_came_later(session, vault, site):
    plan = plan_of(session, signed_of(session, vault, site))
    early = arrived(session, fen=1_00, on=TODAY, at=NOW, ref="T1")
    matched(session, early, plan=plan)
    undone(session, early, at=NOW + DAY)
    late = arrived(session, fen=2_00, on=TODAY, at=NOW, ref="T2")
    matched(session, late, plan=plan, at=NOW + DAY)
    assert [(one["流水号"], one["记在"]) for one in money(session)] == [
        ("T1", plan.number),
        ("T2", ""),
    ]


def test_what_takes_back_is_below_zero_and_the_sum_is_what_stands(session, vault, site):
    plan = plan_of(session, signed_of(session, vault, site))
    payment = arrived(session, fen=5_00, on=TODAY, at=NOW, ref="T1")
    back = arrived(session, fen=5_00, on=TODAY, at=NOW, ref="T2", reverses=payment)
    for one in (payment, back):
        matched(session, one, plan=plan)
    arrived(session, fen=7_00, on=TODAY, at=NOW, ref="T3")
    rows = list(payment_rows(session, day=ToldDay(TODAY)))
    assert [row.fen for row in rows] == [5_00, -5_00, 7_00]


def test_a_payment_of_two_plans_is_one_line(session, vault, site):
    plan = plan_of(session, signed_of(session, vault, site))
    other = plan_of(session, signed_of(session, vault, site, borrower=_other(session, vault)))
    payment = arrived(session, fen=3_00, on=TODAY, at=NOW)
    matched(session, payment, plan=plan, fen=1_00)
    matched(session, payment, plan=other, fen=2_00, number=2)
    (row,) = money(session)
    assert (row["金额(元)"], row["记在"]) == ("3.00", f"{plan.number}、{other.number}")


def _other(session, vault):
    return make_borrower(
        session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
    )


def test_contacts_made_are_told_without_words(session, vault):
    borrower = make_borrower(session, vault)
    make_contact(session, borrower, at=NOW, words="张三您好")
    make_contact(session, borrower, at=NOW, purpose="code")
    make_contact(session, borrower, at=NOW, result="failed")
    make_contact(session, borrower, at=NOW + DAY)
    (row,) = cells(contact_rows(session, day=ToldDay(TODAY)), CONTACT_COLUMNS)
    assert row == {
        "时间": "2026-11-23 10:00:00",
        "客户编号": borrower.customer_no,
        "方式": "短信",
        "用途": "还款提醒",
        "机构": "澄明消费金融有限公司",
        "结果": "已发出",
    }
