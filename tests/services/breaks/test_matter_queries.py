"""What of signed plans waits for an answer, with its clock."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import PlanMatter
from app.services.breaks.matter_queries import matter, matter_page
from app.services.queue.counts import desk_counts
from tests.services.breaks.conftest import BREAK_DAYS


@pytest.fixture
def opened(session, broken) -> str:
    return session.scalars(select(PlanMatter.public_id)).one()


def test_it_waits_with_its_clock(session, opened, later):
    page = matter_page(session, later(BREAK_DAYS))
    (row,) = page.rows
    assert (page.waiting, page.late, row.kind, row.days_left) == (1, 0, "broken", 1)
    assert row.is_soon
    assert not row.is_late
    assert desk_counts(session)["matters"] == 1
    late = matter_page(session, later(BREAK_DAYS + 3))
    assert (late.late, late.rows[0].is_late) == (1, True)
    assert "＊" in row.name or "*" in row.name


def test_one_that_is_not_there(session, opened, later):
    assert matter(session, later(BREAK_DAYS), public_id=opened).public_id == opened
    with pytest.raises(NotFound):
        matter(session, later(BREAK_DAYS), public_id="x" * 20)
