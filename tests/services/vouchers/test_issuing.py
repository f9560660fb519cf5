"""A voucher is written once for what it tells; two taps at once are one paper."""

import pytest
from sqlalchemy import select

from app.models import Voucher
from app.services.core.transaction import transaction
from app.services.vouchers.issuing import About, holder_of, keep_voucher
from app.services.vouchers.text import Row, VoucherTold
from tests.support.acting import acting
from tests.support.certificates import signed_of
from tests.support.money import plan_of
from tests.support.races import rounds, run_together
from tests.support.vouchers import later


def told(words="一句话"):
    facts = (Row("哪天付的", "今天"),)
    return VoucherTold("quote", words, facts, (), (), "可以核对", "全部还清", 100)


def keep(session, vault, site, plan_id, borrower_id, *, words="一句话", now=None):
    context = (
        acting(vault=vault, site=site) if now is None else acting(now=now, vault=vault, site=site)
    )
    with transaction(session):
        return keep_voucher(
            session,
            context,
            told=told(words),
            about=About(plan_id=plan_id),
            holder=holder_of(session, context, borrower_id=borrower_id),
        ).public_id


def whose_of(session, vault, site):
    plan = plan_of(session, signed_of(session, vault, site))
    found = plan.id, plan.borrower_id
    session.commit()
    return found


@pytest.fixture
def whose(session, vault, site):
    return whose_of(session, vault, site)


def test_what_has_not_changed_is_given_again(session, vault, site, whose):
    first = keep(session, vault, site, *whose)
    assert keep(session, vault, site, *whose, now=later(9)) == first
    other = keep(session, vault, site, *whose, words="另一句")
    assert other != first
    rows = session.scalars(select(Voucher).order_by(Voucher.id)).all()
    assert [one.public_id for one in rows] == [first, other]
    assert rows[0].number == f"BJ-{rows[0].id:05d}"
    assert rows[0].text["borrower"]["name"] == "*敏"


@pytest.mark.race
def test_two_taps_at_once_are_one_paper(database, vault, site):
    with database.sessions() as session:
        whose = whose_of(session, vault, site)
    for number in rounds():

        def tap(_thread, words=f"第 {number} 回"):
            with database.sessions() as mine:
                return keep(mine, vault, site, *whose, words=words)

        found = run_together(tap, threads=4)
        assert len(set(found)) == 1, found
        assert isinstance(found[0], str)
