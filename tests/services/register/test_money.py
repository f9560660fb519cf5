"""What came for agreements and what is open, told as where their plans stand."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from app.services.keeping.accounts import standings_of
from app.services.register.filter import RegisterFilter
from app.services.register.money import money_of_plans, received_total
from tests.support.counting import FRAMES
from tests.support.kept_plans import AFTER, with_money
from tests.support.kinds import signed_of
from tests.support.money import arrived, matched, paid, plan_of, taken_back, undone

ALL = RegisterFilter()
DAY = AFTER.date() + timedelta(days=1)


def plans(session, agreements) -> dict[str, int]:
    return {name: plan_of(session, one.number).id for name, one in agreements.items()}


def test_money_of_every_kind_is_what_came_and_what_is_open(session, vault, site):
    kept = with_money(session, vault, site)
    ids = plans(session, kept.agreements)
    found = money_of_plans(session, plan_ids=ids.values(), as_of=DAY)
    stand = standings_of(session, plan_ids=ids.values(), as_of=DAY)
    for name, plan_id in ids.items():
        money = found[plan_id]
        assert (money.received_fen, money.standing) == (kept.received[name], stand[plan_id])
        assert money.left_fen == stand[plan_id].left_fen
        own = sum(one.left_fen for one in money.instalments.values())
        assert money.contract_left_fen == money.left_fen - own
        assert sum(one.left_fen for one in money.numbers.values()) == own
    assert received_total(session, wanted=ALL, as_of=DAY) == sum(kept.received.values())
    broken, early = found[ids["broken"]], found[ids["early"]]
    assert (broken.is_over, broken.instalments, broken.next_on) == (True, {}, None)
    assert broken.contract_left_fen == broken.left_fen > 0
    assert (early.standing.state, early.left_fen, early.next_on) == ("completed", 0, None)
    assert early.standing.credit_fen > 0
    assert found[ids["catch_up"]].contract_left_fen > 0
    assert len(found[ids["three"]].numbers) * 3 == len(found[ids["three"]].instalments)


def test_a_filter_adds_up_its_own_agreements(session, vault, site):
    kept = with_money(session, vault, site)
    wanted = RegisterFilter(state="broken")
    assert received_total(session, wanted=wanted, as_of=DAY) == kept.received["broken"]
    assert received_total(session, wanted=ALL, as_of=date(2026, 11, 23)) == 0


def test_what_is_undone_and_laid_again_counts_once(session, vault, site):
    agreement, _loan, _version = signed_of(session, vault, site, "reamortise")
    plan = plan_of(session, agreement.number)
    money = paid(session, agreement.number, fen=7_000, on=date(2026, 12, 9))
    undone(session, money, at=AFTER)
    matched(session, money, plan=plan, number=2, at=AFTER)
    other = paid(session, agreement.number, fen=900, on=date(2026, 12, 9))
    taken_back(session, other, agreement.number, on=date(2026, 12, 20))
    for day, fen in ((date(2026, 12, 8), 0), (date(2026, 12, 9), 7_900), (DAY, 7_000)):
        assert received_total(session, wanted=ALL, as_of=day) == fen
        found = money_of_plans(session, plan_ids=[plan.id], as_of=day)
        assert found[plan.id].received_fen == fen


def test_the_next_part_is_the_first_that_is_open_today_or_later(session, vault, site):
    agreement, _loan, _version = signed_of(session, vault, site, "reamortise")
    plan = plan_of(session, agreement.number)
    due = date(2026, 12, 10)
    (money,) = money_of_plans(session, plan_ids=[plan.id], as_of=due).values()
    assert (money.next_on, money.numbers[1].state) == (due, "due")
    asked = sum(money.numbers[number].left_fen for number in (0, 1))
    paid(session, agreement.number, fen=asked, on=due)
    (money,) = money_of_plans(session, plan_ids=[plan.id], as_of=due).values()
    assert (money.next_on, money.numbers[1].state) == (date(2027, 1, 11), "paid")


def test_many_plans_cost_as_few_queries_as_one(session, vault, site):
    kept = with_money(session, vault, site)
    ids = list(plans(session, kept.agreements).values())
    counted = []
    for some in (ids[:1], ids):
        session.rollback()
        session.expunge_all()
        seen = []

        def note(_connection, _cursor, statement, *_, seen=seen):
            if not statement.startswith(FRAMES):
                seen.append(statement)

        connection = session.connection()
        event.listen(connection, "before_cursor_execute", note)
        money_of_plans(session, plan_ids=some, as_of=DAY)
        event.remove(connection, "before_cursor_execute", note)
        counted.append(len(seen))
    # One more where one of them is broken: on which days nothing accrued.
    assert counted[0] <= 5
    assert counted[1] <= counted[0] + 1


@pytest.mark.parametrize("is_back", [False, True])
def test_what_came_for_a_loan_before_its_plan_was_signed_counts(session, vault, site, is_back):
    agreement, loan, _version = signed_of(session, vault, site, "reamortise")
    plan = plan_of(session, agreement.number)
    early = agreement.signed_at - timedelta(hours=1)
    money = arrived(session, fen=7_001, on=early.date(), at=early)
    matched(session, money, loan=loan)
    late = agreement.signed_at + timedelta(hours=1)
    # What is laid on the loan afterwards is the loan's.
    matched(session, arrived(session, fen=900, on=late.date(), at=late), loan=loan)
    if is_back:
        back = arrived(session, fen=7_001, on=late.date(), at=late, reverses=money)
        matched(session, back, loan=loan)
    session.commit()
    found = money_of_plans(session, plan_ids=[plan.id], as_of=DAY)[plan.id].received_fen
    assert received_total(session, wanted=ALL, as_of=DAY) == found == (0 if is_back else 7_001)
