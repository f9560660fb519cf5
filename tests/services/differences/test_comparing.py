"""The file of a day held against the ledger: the contract's own course is a rule's, what is beyond
it is open, money on its way is told apart.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import DifferenceDay
from app.services.core.transaction import transaction
from app.services.differences.comparing import compare_with_file
from app.services.differences.seeing import see_to_difference
from app.services.upholding.following import follow
from tests.services.differences.conftest import DAY
from tests.support.acting import acting
from tests.support.money import paid


@pytest.fixture
def came(session, vault, site, plan):
    def money(fen, on=DAY, arrived_on=None):
        paid(session, plan.agreement, fen=fen, on=on, arrived_on=arrived_on)
        with transaction(session):
            context = acting(vault=vault, site=site)
            context = context.at(context.now + timedelta(days=30))
            follow(session, context, plan_ids=[plan.plan.id])

    return money


def test_what_the_contract_goes_on_to_ask_is_the_plans_rule(told, compare, rows):
    told()
    compare()
    found = rows()
    assert {one.open_fen for one in found.values()} == {0}
    assert set(found["penalty"].explained) <= {"plan_penalty", "rounding"}
    for one in found.values():
        assert sum(one.explained.values()) == one.file_fen - one.ledger_fen != 0


@pytest.mark.parametrize("component", ["interest", "penalty"])
def test_what_the_file_says_beyond_it_is_open(told, compare, rows, component):
    told(**{component: 4_221})
    compare()
    found = rows()
    # The file rounds where we do not: by a fen or two.
    assert abs(found[component].open_fen - 4_221) <= 2
    assert all(not one.open_fen for name, one in found.items() if name != component)
    one = found[component]
    assert one.open_fen + sum(one.explained.values()) == one.file_fen - one.ledger_fen


def test_money_that_arrived_after_the_files_day_is_on_its_way(told, compare, rows, came):
    told()
    came(30_000, DAY, DAY + timedelta(days=1))
    compare()
    found = rows()
    assert {one.open_fen for one in found.values()} == {0}
    assert sum(one.explained.get("on_its_way", 0) for one in found.values()) == 30_000


def test_money_that_the_core_has_not_booked_is_open(told, compare, rows, came):
    told()
    came(30_000)
    compare()
    # Penalty is rounded once more than in the file.
    assert abs(sum(one.open_fen for one in rows().values()) - 30_000) <= 2


def test_each_file_is_held_against_the_ledger_once(session, told, compare, rows):
    told()
    compare()
    before = {name: one.id for name, one in rows().items()}
    compare()
    assert {name: one.id for name, one in rows().items()} == before
    day = session.scalars(select(DifferenceDay)).one()
    assert (day.plans, day.loans) == (1, 1)
    assert day.sums["penalty"]["file"] == rows()["penalty"].file_fen


def test_without_a_file_there_is_nothing_to_compare(session):
    assert compare_with_file(session, acting(), limit=9) == (0, True)


def test_who_sees_to_it_goes_along_for_as_long_as_it_stays_the_same(
    session, told, compare, rows, zheng
):
    told(interest=9_900)
    compare()
    key = rows()["interest"].id
    see_to_difference(session, zheng, key=key, words="核心没有减")
    later = DAY + timedelta(days=1)
    told(later, interest=9_900)
    compare(later)
    one = rows(later)["interest"]
    assert (one.owner_id, one.words, one.since_on) == (zheng.staff.staff_id, "核心没有减", DAY)
    other = later + timedelta(days=1)
    told(other, interest=9_901)
    compare(other)
    one = rows(other)["interest"]
    assert (one.owner_id, one.words, one.since_on) == (None, "", other)


def test_of_older_files_what_was_open_is_kept(told, compare, rows):
    for days in range(3):
        day = DAY + timedelta(days=days)
        told(day, interest=9_900)
        compare(day)
    assert set(rows(DAY)) == {"interest"}
    assert len(rows(DAY + timedelta(days=1))) > 1
