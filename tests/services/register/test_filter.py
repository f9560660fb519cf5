"""Which agreements a filter finds: kind, product, month of an instalment, number; rows, totals and
pages alike.
"""

from datetime import date
from typing import get_args

import pytest

from app.domain.plan import KIND_NAMES, PlanKind
from app.models import PlanVersion
from app.services.finance import register_queries
from app.services.finance.register_queries import (
    register_batches,
    register_page,
)
from app.services.proposals.basis import Answers
from app.services.register.filter import KINDS, RegisterFilter, sought
from app.services.register.sums import register_products, register_totals
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.exporting import ALL, WITH_FIRST, copies, signed

SMALL = Answers(pay_on=date(2026, 11, 30), choice="best_fit")


@pytest.fixture
def make(session, vault, site):
    """A signed agreement on a loan of its own; words are columns of the loan."""

    def one(*, answers=WITH_FIRST, version_columns=None, **loan):
        borrower = make_borrower(session, vault)
        return signed(
            session,
            vault,
            site,
            borrower=borrower,
            loan=make_loan(session, borrower, **loan),
            answers=answers,
            version_columns=version_columns,
        )

    return one


def found(session, vault, **wanted) -> list[str]:
    """The numbers a filter finds; page, batches and totals must agree to the fen."""
    asked = RegisterFilter(**wanted)
    page = register_page(session, acting(vault=vault), wanted=asked, after=None)
    rows = [row for batch in register_batches(session, wanted=asked) for row in batch]
    assert [line.row.number for line in page.lines] == [row.number for row in rows]
    totals = register_totals(session, wanted=asked)
    assert page.totals == totals
    assert totals.count == len(rows)
    assert totals.total_fen == sum(row.total_fen for row in rows)
    assert totals.waived_fen == sum(row.waived_fen for row in rows)
    return [row.number for row in rows]


def test_the_kinds_one_may_ask_for_are_those_an_agreement_names():
    assert set(KINDS) == set(KIND_NAMES) <= set(get_args(PlanKind))


def test_by_kind_and_by_product(session, vault, make):
    long = make(product="装修分期")
    small = make(answers=SMALL, principal_fen=15_000, annual_ppm=0, product="应急金")
    assert session.get_one(PlanVersion, small.version_id).kind == "settlement"
    assert found(session, vault, kind="reamortise") == [long.number]
    assert found(session, vault, kind="settlement") == [small.number]
    assert found(session, vault, product="应急金") == [small.number]
    assert found(session, vault, product="应急") == []
    assert found(session, vault, kind="settlement", product="装修分期") == []
    assert register_products(session) == ("应急金", "装修分期")


def test_products_are_those_of_signed_agreements(session, vault, make):
    make_loan(session, make_borrower(session, vault), product="没人签过")
    assert register_products(session) == ()


def test_a_month_is_that_of_the_dates_on_paper(session, vault, make):
    """Parts keep the first dates; the paper has them a month later, and the first payment three
    days after the signature.
    """
    plain = make()
    moved = make(version_columns={"moved_months": 1})
    assert found(session, vault, due_month=date(2026, 11, 1)) == [moved.number, plain.number]
    assert found(session, vault, due_month=date(2026, 12, 1)) == [plain.number]
    assert found(session, vault, due_month=date(2027, 1, 1)) == [moved.number, plain.number]
    last = max(row.last_due_on for batch in register_batches(session, wanted=ALL) for row in batch)
    assert found(session, vault, due_month=last.replace(day=1)) == [moved.number]
    assert found(session, vault, due_month=date(2026, 10, 1)) == []


@pytest.mark.parametrize(
    ("number", "refs"),
    [
        ("HT-7", ["HT-7"]),
        ("JJ70", ["JJ70", "JJ7012", "JJ701"]),
        ("JJ701", ["JJ701", "JJ7012"]),
        ("JJ7012", ["JJ7012"]),
        ("J70", []),
        ("jj701", []),
        ("HT2026", ["JJ70", "JJ7012", "JJ701"]),
        ("HT2026-2", ["JJ7012"]),
        ("JJ%", []),
        ("JJ_01", []),
        ("701", []),
    ],
)
def test_a_number_is_found_whole_or_from_the_start_the_very_one_first(
    session, vault, make, number, refs
):
    loans = {
        make(ref=ref, contract_no=contract).number: ref
        for ref, contract in (
            ("JJ701", "HT2026-1"),
            ("JJ7012", "HT2026-2"),
            ("JJ70", "HT2026-3"),
            ("HT-7", "CC"),
        )
    }
    assert [loans[one] for one in found(session, vault, number=number)] == refs


def test_an_agreements_number_is_found_in_either_case_of_letters(session, vault, make):
    first, second = make(), make()
    assert found(session, vault, number=second.number) == [second.number]
    assert found(session, vault, number=second.number.lower()) == [second.number]
    assert found(session, vault, number="AH-") == [second.number, first.number]
    assert found(session, vault, number=first.number.removesuffix("-1")) == [first.number]


def test_the_very_number_stands_first_on_pages_that_follow_by_key(
    session, vault, make, monkeypatch
):
    older, newer = make(ref="JJ80"), make(ref="JJ801")
    copies(session, newer, 5)
    monkeypatch.setattr(register_queries, "PAGE_ROWS", 2)
    wanted, seen, after = RegisterFilter(number="JJ80"), [], None
    while True:
        page = register_page(session, acting(vault=vault), wanted=wanted, after=after)
        seen += [line.row.number for line in page.lines]
        assert page.totals.count == 7
        if (after := page.next_after) is None:
            break
    assert seen[0] == older.number
    assert len(seen) == len(set(seen)) == 7


def test_what_is_pasted_is_read_as_a_number():
    assert sought(" ＡＨ-00001\u200b-1 ") == "AH-00001-1"


@pytest.mark.parametrize(
    "wanted",
    [
        ALL,
        RegisterFilter(date(2026, 11, 1), None, "broken"),
        RegisterFilter(None, date(2026, 11, 1), kind="settlement", product="应急金"),
        RegisterFilter(due_month=date(2026, 12, 1), number="AH-1"),
    ],
)
def test_a_filter_is_stored_and_read_back(wanted):
    assert RegisterFilter.of(wanted.values()) == wanted


def test_a_filter_stored_before_asks_for_all_kinds():
    stored = {"from": "2026-11-01", "to": None, "state": "active"}
    assert RegisterFilter.of(stored) == RegisterFilter(date(2026, 11, 1), None, "active")
