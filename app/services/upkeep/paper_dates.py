"""The due dates that lists find agreements by, held against terms and signatures. Reads only."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Agreement, DueDate, PlanVersion
from app.services.agreements.due_dates import due_dates_of

BATCH = 200


def untrue_dates(session: Session) -> Iterator[str]:
    """Yield every agreement whose stored due dates are not those of its paper.

    Source: ADR 0047.
    """
    query = (
        select(Agreement, PlanVersion)
        .join(PlanVersion, PlanVersion.id == Agreement.version_id)
        .order_by(Agreement.id)
    )
    found = session.execute(query.execution_options(yield_per=BATCH))
    for rows in found.partitions():
        stored = _stored(session, [agreement.id for agreement, _version in rows])
        for agreement, version in rows:
            wanted = {one.number: one.due_on for one in due_dates_of(agreement, version)}
            if stored[agreement.id] != wanted:
                yield f"{agreement.number}: its due dates are not those of its paper"


def _stored(session: Session, ids: Sequence[int]) -> dict[int, dict[int, date]]:
    found: dict[int, dict[int, date]] = defaultdict(dict)
    query = select(DueDate.agreement_id, DueDate.number, DueDate.due_on)
    for agreement_id, number, due_on in session.execute(query.where(DueDate.agreement_id.in_(ids))):
        found[agreement_id][number] = due_on
    return found
