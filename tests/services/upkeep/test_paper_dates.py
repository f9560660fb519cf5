"""Due dates that are not those of the paper are found, each agreement by its number."""

from datetime import date

import pytest
from sqlalchemy import delete, func, select, update

from app.models import Agreement, DueDate
from app.services.upkeep import paper_dates
from app.services.upkeep.paper_dates import untrue_dates
from tests.support.exporting import WITH_FIRST, copies, signed


@pytest.fixture
def agreement(session, vault, site):
    return signed(session, vault, site, answers=WITH_FIRST, version_columns={"moved_months": 1})


def test_days_as_signed_are_true_however_many(session, agreement, monkeypatch):
    monkeypatch.setattr(paper_dates, "BATCH", 3)
    copies(session, agreement, 7)
    assert list(untrue_dates(session)) == []


MINE = DueDate.agreement_id == select(func.min(Agreement.id)).scalar_subquery()


@pytest.mark.parametrize(
    "plant",
    [
        delete(DueDate).where(MINE),
        delete(DueDate).where(MINE, DueDate.number == 0),
        update(DueDate).where(MINE, DueDate.number == 1).values(due_on=date(2026, 12, 10)),
        update(DueDate).where(MINE, DueDate.number == 1).values(number=99),
    ],
    ids=str,
)
def test_other_days_are_named(session, agreement, plant):
    copies(session, agreement, 1)
    session.execute(plant)
    assert list(untrue_dates(session)) == [
        f"{agreement.number}: its due dates are not those of its paper"
    ]
