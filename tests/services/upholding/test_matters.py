"""What a person answers of a plan: opened once by what brings it, with its day."""

from datetime import date

from sqlalchemy import select

from app.models import AuditEntry, PlanMatter
from app.services.core.transaction import transaction
from app.services.upholding.matters import open_matter
from tests.support.money import plan_of


def test_it_is_opened_once_with_the_day_by_which_someone_answers(session, number, later):
    # A Friday: the next working day is Monday.
    context = later(4)
    for kind, cause in (("broken", "a"), ("broken", "a"), ("broken", "b"), ("unheard", "a")):
        with transaction(session):
            plan = plan_of(session, number)
            open_matter(session, context, plan=plan, kind=kind, cause=cause)
    found = session.scalars(select(PlanMatter).order_by(PlanMatter.id)).all()
    assert [(one.kind, one.cause) for one in found] == [
        ("broken", "a"),
        ("broken", "b"),
        ("unheard", "a"),
    ]
    assert {one.answer_by_on for one in found} == {date(2026, 11, 30)}
    entries = select(AuditEntry.after).where(AuditEntry.action == "matter.opened")
    assert len(session.scalars(entries).all()) == 3
