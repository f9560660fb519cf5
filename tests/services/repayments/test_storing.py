"""A batch is stored as it was judged, or judged anew."""

import hashlib
import json

import pytest
from sqlalchemy import select

from app.models import AuditEntry, Payment, Plan
from app.services.repayments import importing
from app.services.repayments.importing import MoneyMoving
from app.services.repayments.storing import BatchOvertaken


def test_a_batch_is_judged_anew_where_a_plan_ended_or_began_meanwhile(
    take_in, line, session, plan, loan, matches, monkeypatch
):
    judge, judged = importing.judge_batch, []

    def while_another_is_at_work(*given, **named):
        batch = judge(*given, **named)
        judged.append(batch)
        if len(judged) < 3:
            # As if another had done so between the judging and the lock.
            session.get_one(Plan, plan.id).state = "broken"
            session.flush()
        return batch

    monkeypatch.setattr(importing, "judge_batch", while_another_is_at_work)
    take_in(line())
    assert [one.plan_id for one in matches()] == [plan.id]
    assert len(judged) == 3


def test_who_is_overtaken_again_and_again_is_told(take_in, line, payments, monkeypatch):
    def always(*_given, **_named):
        raise BatchOvertaken

    monkeypatch.setattr(importing, "store_batch", always)
    with pytest.raises(MoneyMoving):
        take_in(line())
    with pytest.raises(MoneyMoving):
        take_in(line(), is_dry_run=True)
    assert not payments()


def test_the_hash_of_a_batch_is_taken_again_from_what_is_stored(take_in, line, session):
    take_in(line(), line(备注="还款", 付款日期="2026-11-20"))
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "repayments_posted")
    ).one()
    facts = [
        (
            one.line,
            one.channel,
            one.channel_ref,
            one.paid_on.isoformat(),
            one.arrived_on.isoformat(),
            one.fen,
            one.reverses_ref,
        )
        for one in session.scalars(select(Payment).order_by(Payment.line))
    ]
    told = json.dumps(facts, ensure_ascii=False)
    assert entry.after["rows_sha256"] == hashlib.sha256(told.encode()).hexdigest()


def test_a_batch_of_nothing_new_leaves_no_entry(take_in, line, session):
    one = line()
    take_in(one)
    take_in(one)
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert actions == ["repayments_posted", "repayments_imported", "repayments_imported"]
