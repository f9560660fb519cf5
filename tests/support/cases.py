"""The case of a version: as it is stored, and put into a state by hand, as if use cases had led
there.
"""

from sqlalchemy import select, update

from app.domain.states import UNANSWERED, waits_for
from app.models import Case, PlanVersion
from tests.support.clock import NOW


def case_of(session, version: str) -> Case:
    """The case of a version's plan, read anew."""
    found = select(Case).join(PlanVersion, PlanVersion.plan_id == Case.plan_id)
    one = found.where(PlanVersion.public_id == version)
    return session.scalars(one, execution_options={"populate_existing": True}).one()


def put(session, version: str, state: str, *, case=None, at=NOW, **columns) -> None:
    """A version and its case in a state, with further columns of each."""
    of_version = update(PlanVersion).where(PlanVersion.public_id == version)
    session.execute(of_version.values(state=state, **columns))
    promised = select(PlanVersion.decide_by_on).where(PlanVersion.public_id == version)
    clock = session.scalar(promised) if state in UNANSWERED else None
    told = {"waits_for": waits_for(state), "waits_since_at": at, "answer_by_on": clock}
    plan = select(PlanVersion.plan_id).where(PlanVersion.public_id == version).scalar_subquery()
    session.execute(update(Case).where(Case.plan_id == plan).values(**(told | (case or {}))))
    session.commit()
