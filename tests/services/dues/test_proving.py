"""A day that is not what its plans come to is named."""

from sqlalchemy import select

from app.models import DuesDay
from app.services.dues.proving import untrue_dues


def test_a_sum_that_no_line_tells_is_named(session, plans, keep):
    keep()
    row = session.scalars(select(DuesDay)).first()
    row.due_fen += 1
    session.flush()
    assert list(untrue_dues(session)) == [f"dues: {row.due_on} is not what its plans come to"]
