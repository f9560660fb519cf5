"""What the database itself holds to: sealed terms stay, their parts sum, one open plan a loan."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.models import Decision, PlanLoan, PlanPart, PlanVersion
from tests.factories import make_borrower, make_loan, make_plan

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def loan(session, vault):
    return make_loan(session, make_borrower(session, vault))


@pytest.fixture
def version(session, loan):
    return make_plan(session, loan, total_fen=600_000)


def change(session, version, **values):
    session.execute(update(PlanVersion).where(PlanVersion.id == version.id).values(**values))
    session.commit()


def seal(session, version):
    change(session, version, sealed_at=NOW)


def test_parts_that_sum_can_be_sealed(session, version):
    seal(session, version)
    session.refresh(version)
    assert version.sealed_at == NOW


def test_parts_that_do_not_sum_are_refused(session, version):
    change(session, version, total_fen=600_001)
    with pytest.raises(DBAPIError, match="do not sum"):
        seal(session, version)


@pytest.mark.parametrize(
    "values",
    [
        {"total_fen": 1},
        {"terms": {"other": 1}},
        {"terms_sha256": "1" * 64},
        {"start_on": date(2026, 1, 1)},
        {"author_person": "staff:y"},
        {"sealed_at": None},
    ],
    ids=lambda values: next(iter(values)),
)
def test_sealed_terms_stay(session, version, values):
    seal(session, version)
    with pytest.raises(DBAPIError, match="sealed terms stay"):
        change(session, version, **values)


def test_a_sealed_version_may_change_its_state(session, version):
    seal(session, version)
    change(session, version, state="approved", moved_months=1)
    session.refresh(version)
    assert (version.state, version.moved_months) == ("approved", 1)


def test_parts_of_a_sealed_version_stay(session, version, loan):
    seal(session, version)
    part = PlanPart(
        version_id=version.id,
        loan_id=loan.id,
        number=2,
        due_on=date(2027, 1, 1),
        component="principal",
        fen=1,
    )
    session.add(part)
    with pytest.raises(DBAPIError, match="sealed terms stay"):
        session.commit()
    session.rollback()
    with pytest.raises(DBAPIError, match="sealed terms stay"):
        session.execute(update(PlanPart).where(PlanPart.version_id == version.id).values(fen=2))


def test_a_loan_is_in_one_open_plan(session, version, loan):
    second = make_plan(session, loan, state="refused")
    with pytest.raises(IntegrityError):
        session.execute(
            update(PlanLoan).where(PlanLoan.plan_id == second.plan_id).values(is_open=True)
        )


def test_the_maker_is_never_the_checker(session, version):
    session.add(
        Decision(
            version_id=version.id,
            answer="approve",
            reason_code="within_means",
            words="",
            staff_id=1,
            person_id="borrower:x",
            author_person="borrower:x",
            request_key="k",
            at=NOW,
        )
    )
    with pytest.raises(IntegrityError, match="maker_is_not_checker"):
        session.commit()
