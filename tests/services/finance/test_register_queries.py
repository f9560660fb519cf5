"""The register: filter, pages and totals, equal to the stored plans to the fen."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from app.domain.allocation import Components
from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.plan_terms import read_terms
from app.models import Agreement, Decision, Loan, Plan, PlanPart, PlanVersion
from app.services.core.policy import active_policy
from app.services.finance import register_queries
from app.services.finance.register_queries import (
    RegisterFilter,
    register_batches,
    register_line,
    register_page,
)
from app.services.loans.figures import figures_where
from app.services.register.sums import register_totals
from tests.factories import make_agreement, make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.exporting import ALL, WITH_FIRST, copies, signed
from tests.support.proposals import decide, make_staff, submitted
from tests.support.terms import as_written_before

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
    assert len(asked) == few <= 12


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
    assert row.owed._asdict() == terms["loans"][0]["owed"]
    assert (row.waived_fen, row.waived_components) == (
        terms["loans"][0]["waived"][0]["fen"],
        ("penalty",),
    )
    assert row.signed_on == date(2026, 11, 20)
    assert [one.number for one in row.payments] == list(range(row.periods + 1))
    assert row.payments[0].due_on == date(2026, 11, 23)  # three days after the signature
    assert row.payments[0].amount_fen == 50_000
    assert row.planned.penalty_fen == row.owed.penalty_fen - row.waived_fen
    assert row.planned.principal_fen == row.owed.principal_fen
    assert row.approved_by == f"政策自动 {version.policy_version}"
    assert row.payment_order == (True, ("fee", "penalty", "interest", "plan_interest", "principal"))
    assert row.text_sha256 == older.text_sha256
    loan = session.scalars(select(Loan).where(Loan.ref == row.loan_ref)).one()
    assert (row.contract_no, row.product) == (loan.contract_no, "装修分期")
    assert (row.plan_ppm, row.approved_at) == (terms["loans"][0]["annual_ppm"], version.decided_at)
    assert row.last_due_on.isoformat() == terms["loans"][0]["instalments"][-1]["due_on"]


def test_a_row_above_the_ceiling_can_be_recomputed(session, vault, site):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, annual_ppm=300_000, paid=6, fee_fen=2_000)
    agreement = signed(session, vault, site, borrower=borrower, loan=loan, answers=WITH_FIRST)
    ((row,),) = register_batches(session, wanted=ALL)
    (figures,) = figures_where(
        session, Loan.id == loan.id, policy=active_policy(session)[1], today=beijing_date(NOW)
    )
    owed = figures.owed
    assert row.owed == Components(
        owed.fee_fen,
        owed.penalty_fen,
        owed.interest_fen + owed.accrued_fen,
        owed.principal_left_fen,
    )
    # more than there is of penalty and fee, so that some came off the interest
    assert owed.excess_fen > owed.penalty_fen + owed.fee_fen > 0
    assert row.excess_fen == owed.excess_fen
    total = row.owed.total - row.excess_fen - row.waived_fen + row.plan_interest_fen
    assert total == row.total_fen == session.get_one(PlanVersion, agreement.version_id).total_fen


def test_terms_of_the_first_format_put_the_excess_where_it_is_taken_first(session, vault, site):
    agreement = signed(session, vault, site)
    version = session.get_one(PlanVersion, agreement.version_id)
    before = as_written_before(version.terms, number=1)
    terms = read_terms(before | {"excess_fen": 700})
    assert terms.gross.penalty_fen == terms.owed.penalty_fen + 700
    assert terms.gross.total - terms.owed.total == 700


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
    assert row.approved_at == session.scalars(select(Decision.at)).one()


def test_the_next_due_date_is_told_while_the_plan_is_kept(session, vault, two):
    lines = register_page(session, acting(vault=vault), wanted=ALL, after=None).lines
    assert [line.next_on for line in lines] == [date(2026, 12, 10), None]
    later = register_page(
        session, acting(now=NOW + timedelta(days=30), vault=vault), wanted=ALL, after=None
    ).lines
    # As moved: the tenth is a Sunday.
    assert later[0].next_on == date(2027, 1, 11)
    assert {line.borrower for line in lines} == {"*敏"}


def test_one_agreement_is_its_row_of_the_register(session, vault, two):
    page = register_page(session, acting(vault=vault), wanted=ALL, after=None)
    for line in page.lines:
        assert register_line(session, acting(vault=vault), number=line.row.number) == line
    with pytest.raises(NotFound):
        register_line(session, acting(vault=vault), number="AH-0-1")


@pytest.mark.parametrize(
    "wanted", [RegisterFilter(date.min, date.max), RegisterFilter(to_on=date.max)]
)
def test_days_beyond_all_calendars_are_fine(session, vault, two, wanted):
    assert register_totals(session, wanted=wanted).count == 2
