"""plans.csv and waivers.csv: terms, state and waivers of what happened on a day."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.models import Journal, LedgerEntry, Loan, PlanNotice, PlanPart, PlanVersion
from app.services.core.transaction import transaction
from app.services.lender_files.day import ToldDay
from app.services.lender_files.plan_rows import (
    PLAN_COLUMNS,
    WAIVER_COLUMNS,
    plan_rows,
    waiver_rows,
)
from app.services.upholding.following import follow
from tests.factories import make_borrower
from tests.services.lender_files.conftest import TODAY, cells
from tests.support.acting import acting
from tests.support.certificates import KINDS, certified, paid_off, signed_of
from tests.support.clock import NOW
from tests.support.money import plan_of

DAY = timedelta(days=1)


def plans(session, on):
    return cells(plan_rows(session, day=ToldDay(on)), PLAN_COLUMNS)


def waivers(session, on):
    return cells(waiver_rows(session, day=ToldDay(on)), WAIVER_COLUMNS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_plan_is_told_with_its_terms(session, vault, site, kind):
    number = signed_of(session, vault, site, kind)
    (row,) = plans(session, TODAY)
    plan, loan = plan_of(session, number), session.scalars(select(Loan)).one()
    assert (row["事件"], row["状态"], row["结果"]) == ("签署", "执行中", "")
    assert (row["方案编号"], row["协议号"], row["原协议号"]) == (plan.number, number, "")
    assert (row["借据号"], row["客户编号"]) == (loan.ref, loan.customer_no)
    parts = select(func.sum(PlanPart.fen)).where(PlanPart.version_id == plan.active_version_id)
    asked = session.scalar(parts)
    assert [one.fen for one in plan_rows(session, day=ToldDay(TODAY))] == [asked]
    four = ("方案本金(元)", "方案利息(元)", "方案罚息(元)", "方案费用(元)")
    in_fen = {name: int(row[name].replace(".", "")) for name in (*four, "合计(元)")}
    assert sum(in_fen[name] for name in four) == in_fen["合计(元)"] == asked


def test_what_completes_says_whether_anything_is_left_of_the_contract(session, vault, site):
    told = {}
    for kind, name in (("settlement", "罗涵敏"), ("catch_up", "周以宁")):
        number = signed_of(session, vault, site, kind, **_someone(session, vault, name))
        paid_off(session, number, on=TODAY + DAY)
        certified(session, vault, site, number, on=TODAY + DAY, now=NOW + DAY)
        told[number] = kind
    rows = plans(session, TODAY + DAY)
    assert {told[row["协议号"]]: (row["事件"], row["状态"], row["结果"]) for row in rows} == {
        "settlement": ("完成", "已结清", "结清"),
        "catch_up": ("完成", "已结清", "拖欠已还清"),
    }


def _someone(session, vault, name):
    number = {"罗涵敏": "990101198901140965", "周以宁": "990101198901141789"}[name]
    mobile = {"罗涵敏": "19003740000", "周以宁": "19003740001"}[name]
    return {"borrower": make_borrower(session, vault, name=name, mobile=mobile, id_number=number)}


def test_waivers_are_promised_earned_and_lost(session, vault, site):
    number = signed_of(session, vault, site)
    promised = waivers(session, TODAY)
    assert {row["状态"] for row in promised} == {"承诺"}
    assert promised
    assert {row["协议号"] for row in promised} == {number}
    plan = plan_of(session, number)
    notice = PlanNotice(plan_id=plan.id, kind="break", sent_on=TODAY + DAY, at=NOW + DAY, told={})
    session.add(notice)
    session.commit()
    lost = waivers(session, TODAY + DAY)
    assert [row["状态"] for row in lost] == ["失效"] * len(promised)
    assert [row["金额(元)"] for row in lost] == [row["金额(元)"] for row in promised]


def test_what_is_earned_is_what_the_ledger_posts(session, vault, site):
    number = signed_of(session, vault, site)
    on = TODAY + DAY
    paid_off(session, number, on=on)
    session.commit()
    with transaction(session):
        acts = acting(now=NOW + DAY, vault=vault, site=site)
        follow(session, acts, plan_ids=[plan_of(session, number).id])
    earned = sum(one.fen for one in waiver_rows(session, day=ToldDay(on)))
    posted = (
        select(func.sum(LedgerEntry.fen))
        .join(Journal, Journal.id == LedgerEntry.journal_id)
        .where(Journal.kind == "waiver", Journal.value_on == on, LedgerEntry.fen > 0)
    )
    assert earned == session.scalar(posted) > 0


def test_a_moved_date_leaves_waivers_as_they_are(session, vault, site):
    version = select(PlanVersion.id)
    signed_of(session, vault, site)
    assert session.scalars(version).all()
    assert waivers(session, TODAY + DAY) == []
