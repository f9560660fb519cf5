"""Why a plan waits: the desk reads the very words that its borrower reads, on the borrower's page
and on the case, and by when.
"""

import contextlib
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from app.models import PlanVersion
from app.services.plans.verdicts import kept_waits
from app.services.proposals.submitting import withdraw_plan
from app.web.filters import cn_date
from app.web.wait_words import wait_reason
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.people import sign_in_as
from tests.support.proposals import actor_of, answered, decide, make_staff, submit
from tests.support.threads import ask_change, handler


@pytest.fixture
def propose(session, gateways, site, borrower):
    def make(loan, *, now=NOW):
        made = answered(session, gateways.vault, borrower=borrower, loan=loan, now=now)
        return submit(session, gateways.vault, site, made, now=now)

    return make


@pytest.fixture
def queries(app):
    """What is asked of the database within a block."""

    @contextlib.contextmanager
    def counting():
        engine, counted = app.extensions["anhuan_engine"], []

        def note(_connection, _cursor, statement, *_rest):
            counted.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield counted
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting


def withdrawn(session, gateways, site, borrower, version, *, now=NOW):
    context = acting(now=now, actor=actor_of(borrower), vault=gateways.vault, site=site)
    withdraw_plan(session, context, borrower_id=borrower.id, version_public_id=version)


def stored(session, version):
    session.rollback()
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()


def told(app, session, version):
    with app.test_request_context():
        waits = kept_waits(session, version_id=stored(session, version).id)
        return [wait_reason(one) for one in waits]


def everywhere(app, desk, session, borrower, version):
    """The borrower's status page and the desk's two, as text; the sentences that each must have."""
    said, by_on = told(app, session, version), cn_date(stored(session, version).decide_by_on)
    assert said
    phone = sign_in_as(app.test_client(), session, borrower)
    shown = [
        desk.get(f"/admin/borrowers/{borrower.public_id}").page.text(),
        desk.get(f"/admin/plan/{version}").page.text(),
        phone.get(f"/plan/{version}").page.text(),
    ]
    for text in shown:
        assert [one for one in said if one not in text] == []
    assert f"最晚 {by_on}" in shown[0]
    assert f"最晚 {by_on}" in shown[2]
    return said


def test_a_hold_is_told_with_its_loan_and_a_plan_in_the_desks_words(
    desk, session, borrower, propose
):
    version = propose(make_loan(session, borrower, product="信用付", disputed=True))
    make_loan(session, borrower)
    text = desk.get(f"/admin/borrowers/{borrower.public_id}").page.text()
    assert re.search(r"信用付 \d{4}：从 2026年11月23日", text)
    assert "等我们答复" in text
    assert "联络已暂停" in desk.get(f"/admin/plan/{version}").page.text()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"annual_ppm": 300_000}, "按贷款机构的数字，息费超过了年化 24% 的上限，同事要先核对。"),
        ({"disputed": True}, "这笔借款有争议的记录"),
        ({"differences": {"penalty": -137}}, "贷款机构给的数字和我们算的不一样"),
        ({"as_of_on": date(2026, 11, 18)}, "贷款机构的数据超过 3 天没有更新"),
        ({"principal_fen": 4_500_000}, "期，要由人看过"),
    ],
)
def test_desk_and_borrower_read_the_same_reason(app, desk, session, borrower, propose, values, why):
    version = propose(make_loan(session, borrower, **values))
    said = everywhere(app, desk, session, borrower, version)
    assert any(why in one for one in said)


def test_a_second_proposal_after_a_withdrawal_says_so_at_the_desk_too(
    app, desk, session, gateways, site, borrower, propose
):
    loan = make_loan(session, borrower)
    withdrawn(session, gateways, site, borrower, propose(loan))
    version = propose(loan, now=NOW + timedelta(minutes=5))
    said = everywhere(app, desk, session, borrower, version)
    assert "30 天内有方案撤回或过期，所以再提的这一次由人来看。" in said
    case = desk.get(f"/admin/plan/{version}").page.text()
    assert "30 天内撤回或过期过，再次暂缓联络要由人同意" in case
    assert "这一次要同意后才暂停联络" in case
    assert "联络已暂停" not in case


def test_what_waits_for_the_borrower_gives_no_reason_and_says_until_when(
    desk, session, gateways, site, borrower, propose
):
    version = propose(make_loan(session, borrower, disputed=True))
    page = f"/admin/borrowers/{borrower.public_id}"
    ask_change(session, gateways.vault, site, version, handler(session, username="lan"))
    text = desk.get(page).page.text()
    assert "等本人回" in text
    assert "争议的记录" not in text
    assert "最晚" not in text


def test_an_offer_says_until_when_it_may_be_signed(
    desk, session, gateways, site, borrower, propose
):
    version = propose(make_loan(session, borrower, disputed=True))
    decide(session, gateways.vault, site, version, make_staff(session))
    until = stored(session, version).valid_until_at.date()
    text = desk.get(f"/admin/borrowers/{borrower.public_id}").page.text()
    assert f"已同意，等本人签字，有效到{cn_date(until)}（含当天）" in text
    assert "争议的记录" not in text


def test_a_borrowers_page_costs_the_same_however_many_plans_wait(
    app, desk, session, borrower, propose, queries
):
    page = f"/admin/borrowers/{borrower.public_id}"
    desk.get(page)  # the values of the policy in force are read by the first page
    costs = []
    for _ in range(2):
        propose(make_loan(session, borrower, disputed=True))
        with queries() as counted:
            desk.get(page)
        costs.append(len(counted))
    assert costs[0] == costs[1]
