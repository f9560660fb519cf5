"""Pages, lists and jobs find their rows by an index, however many rows there are."""

import re

import pytest
from sqlalchemy import event, select

from app.models import PlanPart, Signature
from app.services.borrowers import find_queries, home_queries
from app.services.callbacks import queries as callback_queries
from app.services.cases import history_queries
from app.services.core.context import StaffMember
from app.services.finance import register_queries
from app.services.lender_files.day import ToldDay
from app.services.lender_files.money_rows import contact_rows, payment_rows
from app.services.lender_files.plan_rows import plan_rows
from app.services.plans import lapsing
from app.services.register.filter import RegisterFilter
from app.services.threads import desk_queries as thread_desk_queries
from tests.support.acting import acting
from tests.support.clock import NOW

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
AGENT = StaffMember(1, "agent", "agent", frozenset({"agent"}))


@pytest.fixture
def index_used(session):
    """The indexes that the statements of an act go by."""
    asked: list[tuple] = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    def told(act) -> str:
        event.listen(session.get_bind().engine, "before_cursor_execute", note)
        try:
            act()
        finally:
            event.remove(session.get_bind().engine, "before_cursor_execute", note)
        plans = (
            session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            for statement, parameters in list(asked)
            if statement.startswith("SELECT")
        )
        return "\n".join(row.detail for plan in plans for row in plan)

    return told


def test_the_plans_of_a_loan(session, borrower, loan, index_used):
    told = index_used(lambda: home_queries.home(session, acting(), borrower_id=borrower.id))
    assert "ix_plan_loans_loan_id" in told


def test_the_threads_of_a_case(session, index_used):
    told = index_used(
        lambda: history_queries.case_history(session, version_id=1, borrower_id=1, now=NOW)
    )
    assert "ix_threads_version_id" in told


def test_answered_threads_by_their_last_word(session, vault, index_used):
    told = index_used(
        lambda: thread_desk_queries.inbox(session, acting(vault=vault, staff=AGENT), tab="answered")
    )
    assert "ix_threads_last_at" in told


def test_answered_callbacks_by_the_day_of_the_call(session, vault, index_used):
    told = index_used(
        lambda: callback_queries.callback_page(session, acting(vault=vault), state="answered")
    )
    assert "ix_callback_requests_state_answered" in told


def test_holds_that_are_over(session, index_used):
    assert "ix_holds_ended_by_until" in index_used(
        lambda: lapsing.end_holds(session, acting(), limit=10)
    )


@pytest.mark.parametrize(
    ("rows", "indexes"),
    [
        (
            plan_rows,
            {
                "ix_agreements_signed_at",
                "ix_certificates_issued_at",
                "ix_certificates_withdrawn_at",
                "ix_date_changes_at",
                "ix_notices_at",
                "ix_notices_taken_back_at",
            },
        ),
        (payment_rows, {"ix_payments_posted_at"}),
        (contact_rows, {"ix_contacts_at"}),
    ],
)
def test_what_a_day_brought(session, index_used, rows, indexes):
    told = index_used(lambda: list(rows(session, day=ToldDay(NOW.date()))))
    assert indexes <= set(re.findall(r"ix_\w+", told)), told


def test_what_falls_due(session, index_used):
    told = index_used(
        lambda: session.scalars(
            select(PlanPart.version_id).where(PlanPart.due_on == NOW.date())
        ).all()
    )
    assert "ix_plan_parts_due_on" in told


def test_the_signatures_of_a_code_that_is_deleted(session, index_used):
    told = index_used(
        lambda: session.scalars(select(Signature.id).where(Signature.code_id == 1)).all()
    )
    assert "ix_signatures_code_id" in told


@pytest.mark.parametrize(
    ("wanted", "indexes"),
    [
        ({"due_month": NOW.date().replace(day=1)}, {"ix_register_sums_due_month_signed_on"}),
        (
            {"number": "JJ2617"},
            {"number>? AND number<?", "ref>? AND ref<?", "ix_loans_contract_no"},
        ),
    ],
    ids=["due_month", "number"],
)
def test_whatever_the_register_is_filtered_by(session, vault, index_used, wanted, indexes):
    wanted = RegisterFilter(**wanted)
    told = index_used(
        lambda: register_queries.register_page(
            session, acting(vault=vault), wanted=wanted, after=None
        )
    )
    assert not [one for one in indexes if one not in told], told
    assert not re.findall(r"SCAN (?:due_dates|agreements|loans|plan_\w+)\b", told), told


@pytest.mark.parametrize(
    ("text", "indexes"),
    [
        ("19003740000", {"ix_borrowers_mobile_hmac"}),
        ("990101198901140965", {"ix_borrowers_id_hmac"}),
        ("0965", {"ix_borrowers_mobile_last4_hmac", "ix_borrowers_id_last4_hmac"}),
        ("罗涵敏", {"ix_borrowers_name_hmac"}),
        ("JJ2617", {"ref>? AND ref<?", "ix_loans_ref_end", "ix_loans_customer_no"}),
        ("AH-00001-1", {"number=?"}),
    ],
)
def test_whatever_the_desk_searches_by(session, vault, loan, index_used, text, indexes):
    told = index_used(lambda: find_queries.found_by(session, acting(vault=vault), text=text))
    assert not [one for one in indexes if one not in told], told
    assert not re.findall(r"SCAN (?:borrowers|loans|plan|agree|threads|callback)\w*", told)
