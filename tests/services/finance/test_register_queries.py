"""The register: filter, pages and totals, equal to the stored plans to the fen."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from app.domain.errors import NotFound
from app.models import Agreement, Plan, PlanPart, PlanVersion
from app.services.finance import register_queries
from app.services.finance.register_queries import (
    RegisterFilter,
    register_batches,
    register_page,
    register_totals,
)
from tests.factories import make_agreement, make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import ALL, WITH_FIRST, copies, signed
from tests.support.proposals import decide, make_staff, submitted

FIRST, SECOND = (
    datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC),
    datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
)


@pytest.fixture
def two(session, vault, site):
    """Signed in the last second of 20 November and the first of the 21st, in Beijing."""
    older = signed(session, vault, site, signed_at=FIRST, answers=WITH_FIRST)
    newer = signed(session, vault, site, signed_at=SECOND)
    session.get_one(
        Plan, session.get_one(PlanVersion, older.version_id).plan_id
    ).state = "completed"
    session.commit()
    return older, newer


def shown(session, vault, **wanted):
    page = register_page(session, acting(vault=vault), wanted=RegisterFilter(**wanted), after=None)
    assert len(page.lines) == page.totals.count
    return [line.row.number for line in page.lines]


def test_days_are_those_of_beijing_and_both_ends_belong(session, vault, two):
    older, newer = (one.number for one in two)
    assert shown(session, vault) == [newer, older]
    assert shown(session, vault, from_on=date(2026, 11, 21)) == [newer]
    assert shown(session, vault, to_on=date(2026, 11, 20)) == [older]
    assert shown(session, vault, from_on=date(2026, 11, 20), to_on=date(2026, 11, 21)) == [
        newer,
        older,
    ]
    assert shown(session, vault, from_on=date(2026, 11, 22)) == []


def test_states_are_those_of_the_plan(session, vault, two):
    older, newer = (one.number for one in two)
    assert shown(session, vault, state="active") == [newer]
    assert shown(session, vault, state="completed") == [older]


def test_totals_are_those_of_the_plans_to_the_fen(session, vault, site, two):
    copies(session, two[0], 30)
    totals = register_totals(session, wanted=ALL)
    mine = select(Agreement.version_id)
    stored = session.scalar(select(func.sum(PlanVersion.total_fen)).where(PlanVersion.id.in_(mine)))
    waived = session.scalar(
        select(func.sum(PlanPart.waived_fen)).where(PlanPart.version_id.in_(mine))
    )
    assert (totals.count, totals.total_fen, totals.waived_fen) == (32, stored, waived)
    assert totals.waived_fen > 0
    rows = [row for batch in register_batches(session, wanted=ALL) for row in batch]
    assert sum(row.total_fen for row in rows) == stored
    assert sum(one.amount_fen for row in rows for one in row.payments) == stored
    assert sum(row.planned.total for row in rows) == stored


def test_a_proposal_that_is_not_signed_is_in_no_total(session, vault, site, two):
    before = register_totals(session, wanted=ALL)
    submitted(session, vault, site)
    assert register_totals(session, wanted=ALL) == before


def test_pages_follow_one_another_by_key(session, vault, two, monkeypatch):
    monkeypatch.setattr(register_queries, "PAGE_ROWS", 7)
    copies(session, two[1], 30)  # all signed in the same instant
    seen, after = [], None
    while True:
        page = register_page(session, acting(vault=vault), wanted=ALL, after=after)
        seen += [line.row.number for line in page.lines]
        assert page.totals.count == 32
        if (after := page.next_after) is None:
            break
    assert len(seen) == len(set(seen)) == 32
    with pytest.raises(NotFound):
        register_page(session, acting(vault=vault), wanted=ALL, after="AH-0-1")


def test_a_handful_of_queries_whatever_the_rows(session, vault, two):
    asked = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *words: asked.append(words[2]))
    register_page(session, acting(vault=vault), wanted=ALL, after=None)
    few = len(asked)
    copies(session, two[0], 20)
    asked.clear()
    register_page(session, acting(vault=vault), wanted=ALL, after=None)
    assert len(asked) == few <= 4


def test_a_row_tells_what_was_signed(session, vault, site, two):
    older = two[0]
    row = next(
        row
        for batch in register_batches(session, wanted=ALL)
        for row in batch
        if row.number == older.number
    )
    version = session.get_one(PlanVersion, older.version_id)
    terms = version.terms
    assert row.owed._asdict() == terms["owed"]
    assert (row.waived_fen, row.waived_component) == (terms["waived"]["fen"], "penalty")
    assert row.signed_on == date(2026, 11, 20)
    assert [one.number for one in row.payments] == list(range(row.periods + 1))
    assert row.payments[0].due_on == date(2026, 11, 23)  # three days after the signature
    assert row.payments[0].amount_fen == 50_000
    assert row.planned.penalty_fen == row.owed.penalty_fen - row.waived_fen
    assert row.planned.principal_fen == row.owed.principal_fen
    assert row.approved_by == f"政策自动 {version.policy_version}"
    assert row.payment_order == ("fee", "penalty", "interest", "principal")
    assert row.text_sha256 == older.text_sha256


def test_dates_moved_at_approval_are_those_of_the_register(session, vault, site):
    plain = signed(session, vault, site)
    moved = signed(session, vault, site, version_columns={"moved_months": 1})
    rows = {row.number: row for batch in register_batches(session, wanted=ALL) for row in batch}
    assert rows[plain.number].payments[0].due_on == date(2026, 12, 10)
    assert rows[moved.number].payments[0].due_on == date(2027, 1, 10)


def test_who_decided_is_named(session, vault, site):
    borrower = make_borrower(session, vault)
    version = submitted(
        session, vault, site, borrower=borrower, loan=make_loan(session, borrower, difference=True)
    )
    decide(
        session,
        vault,
        site,
        version,
        make_staff(session, roles=("supervisor",), display_name="周主管"),
    )
    make_agreement(
        session, session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    )
    (row,) = next(register_batches(session, wanted=ALL))
    assert row.approved_by == "周主管"


def test_the_next_due_date_is_told_while_the_plan_is_kept(session, vault, two):
    lines = register_page(session, acting(vault=vault), wanted=ALL, after=None).lines
    assert [line.next_on for line in lines] == [date(2026, 12, 10), None]
    later = register_page(
        session, acting(now=NOW + timedelta(days=30), vault=vault), wanted=ALL, after=None
    ).lines
    assert later[0].next_on == date(2027, 1, 10)
    assert {line.borrower for line in lines} == {"*敏"}


def test_a_filter_is_stored_and_read_back():
    for wanted in (ALL, RegisterFilter(date(2026, 11, 1), None, "broken")):
        assert RegisterFilter.of(wanted.values()) == wanted
    assert replace(ALL, state="active") != ALL


@pytest.mark.parametrize(
    "wanted", [RegisterFilter(date.min, date.max), RegisterFilter(to_on=date.max)]
)
def test_days_beyond_all_calendars_are_fine(session, vault, two, wanted):
    assert register_totals(session, wanted=wanted).count == 2
