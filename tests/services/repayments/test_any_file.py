"""Whatever a file holds, in whatever batches: each line is told once, money is stored once, and
what is told is what is stored.
"""

from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.references import reference_of
from app.models import Match, Payment
from app.services.repayments import importing
from app.services.repayments.importing import import_repayments
from tests.services.repayments.conftest import TODAY
from tests.support.lender_rows import ListFile

NUMBERS = st.sampled_from(["A1", "B2", "C3", "D4"])
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "流水号": NUMBERS,
            "金额": st.sampled_from(["1.00", "2.00", "x"]),
            "备注": st.sampled_from(["plan", "plan", "还款"]),
            "冲正流水号": st.one_of(st.just(""), st.just(""), NUMBERS),
        }
    ),
    max_size=9,
)
_channels = count(1)


@pytest.fixture
def stored(session):
    def read(channel):
        session.expire_all()
        mine = select(Payment).where(Payment.channel == channel).order_by(Payment.channel_ref)
        return session.scalars(mine).all()

    return read


def told_of(payments):
    return [(one.channel_ref, one.fen, one.state, one.reason, one.reverses_ref) for one in payments]


@settings(
    max_examples=25,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(lines=LINES)
def test_any_file_is_told_as_it_is_stored(session, context, plan, stored, lines):
    def take(channel, batch, **options):
        day = {"渠道": channel, "入账日期": TODAY.isoformat()}
        remark = {"plan": reference_of(plan.number)}
        rows = [line | day | {"备注": remark.get(line["备注"], line["备注"])} for line in lines]
        importing.BATCH_LINES = batch
        try:
            return import_repayments(session, context, file=ListFile(rows), **options)
        finally:
            importing.BATCH_LINES = 500

    number = next(_channels)
    one, other = f"甲{number}", f"乙{number}"
    rehearsed = take(one, 2, is_dry_run=True)
    assert not stored(one)
    told = take(one, 2)
    assert told == rehearsed
    assert told.rows == told.posted + told.duplicates + len(told.rejected) == len(lines)
    payments = stored(one)
    assert len(payments) == told.posted
    assert sum(-p.fen if p.reverses_ref else p.fen for p in payments) == told.total_fen
    assert {p.line for p in payments if p.state == "unmatched"} == {
        each.line for each in told.unmatched
    }
    for payment in payments:
        laid = session.scalars(select(Match.fen).where(Match.payment_id == payment.id)).all()
        assert sum(laid) == (payment.fen if payment.state == "matched" else 0)
        if payment.state == "matched" and payment.reverses_ref:
            assert payment.reverses_id is not None
    again = take(one, 3)
    assert again.posted == 0
    assert told_of(stored(one)) == told_of(payments)
    take(other, 500)
    # What takes back what takes back is told by what was read before it.
    backs = {line["流水号"] for line in lines if line["冲正流水号"]}
    if not backs & {line["冲正流水号"] for line in lines}:
        assert told_of(stored(other)) == told_of(payments)
