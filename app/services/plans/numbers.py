"""Numbers of plans as people say them, AH-00318. Never commits."""

from sqlalchemy.orm import Session

from app.models import Plan


def number_plan(session: Session, *, plan: Plan) -> None:
    """Store a new plan and give it the number that its row got, so that no two ever race for
    one.
    """
    # The column is unique and not empty, so the row needs some number before it has an id of its
    # own to be named by.
    plan.number = plan.public_id
    session.add(plan)
    session.flush()
    plan.number = f"AH-{plan.id:05d}"
    session.flush()
