"""Numbers of plans, as people say them."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from app.models import Plan
from app.services.plans.numbers import number_plan
from tests.factories import make_borrower
from tests.support.races import run_together

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def new_plan(session, borrower_id) -> Plan:
    plan = Plan(borrower_id=borrower_id, state="proposed", public_id=f"{'p' * 20}", created_at=NOW)
    number_plan(session, plan=plan)
    return plan


def test_a_number_is_that_of_the_row_in_five_digits_and_stored(session, borrower):
    plan = new_plan(session, borrower.id)
    assert plan.number == f"AH-{plan.id:05d}"
    session.expire_all()
    assert session.scalars(select(Plan.number)).one() == plan.number


def test_many_at_once_never_get_the_same(database, vault):
    with database.sessions() as session:
        borrower_id = make_borrower(session, vault).id

    def one(number):
        with database.sessions() as own:
            plan = Plan(
                borrower_id=borrower_id,
                state="proposed",
                public_id=f"p{number:019d}",
                created_at=NOW,
            )
            number_plan(own, plan=plan)
            own.commit()
            return plan.number

    numbers = run_together(one, threads=8)
    assert len(set(numbers)) == 8
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Plan)) == 8
        assert set(session.scalars(select(Plan.number))) == set(numbers)
