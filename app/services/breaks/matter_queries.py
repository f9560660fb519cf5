"""What of signed plans waits for a person's answer, as the desk lists it. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.masks import masked_name
from app.models import Borrower, Plan, PlanMatter, PlanVersion
from app.services.core.context import Context

PAGE_ROWS = 50
_MATTERS = (
    select(PlanMatter, Plan.number, Borrower, PlanVersion.public_id)
    .join(Plan, Plan.id == PlanMatter.plan_id)
    .join(Borrower, Borrower.id == Plan.borrower_id)
    .join(PlanVersion, PlanVersion.id == Plan.active_version_id)
)


@dataclass(frozen=True)
class MatterRow:
    """A matter as the desk lists it, its borrower masked; `case` is the version its page shows."""

    public_id: str
    kind: str
    number: str
    name: str
    case: str
    opened_at: datetime
    answer_by_on: date
    days_left: int
    answered_at: datetime | None
    words: str

    @property
    def is_late(self) -> bool:
        """Whether our day has passed."""
        return self.days_left < 0

    @property
    def is_soon(self) -> bool:
        """Whether there is until today or tomorrow."""
        return self.days_left <= 1


@dataclass(frozen=True)
class MatterPage:
    """What waits for an answer, the earliest day first; how many wait, and how many are late."""

    rows: Sequence[MatterRow]
    waiting: int
    late: int


def matter_page(session: Session, context: Context, *, is_answered: bool = False) -> MatterPage:
    """Return the matters of plans that wait, or the latest that were answered."""
    waits = PlanMatter.answered_at.is_(None)
    order = (
        (PlanMatter.answered_at.desc(), PlanMatter.id.desc())
        if is_answered
        else (PlanMatter.answer_by_on, PlanMatter.id)
    )
    query = _MATTERS.where(~waits if is_answered else waits).order_by(*order).limit(PAGE_ROWS)
    rows = [_row(context, *one) for one in session.execute(query)]
    late = func.count().filter(PlanMatter.answer_by_on < context.today)
    waiting, too_late = session.execute(select(func.count(), late).where(waits)).one()
    return MatterPage(rows, int(waiting), int(too_late))


def _row(
    context: Context, matter: PlanMatter, number: str, borrower: Borrower, version: str
) -> MatterRow:
    name = context.vault.unseal(
        borrower.name_enc, table="borrowers", row=borrower.public_id, column="name"
    )
    words = (
        ""
        if matter.words_enc is None
        else context.vault.unseal(
            matter.words_enc, table="plan_matters", row=matter.public_id, column="words"
        )
    )
    return MatterRow(
        matter.public_id,
        matter.kind,
        number,
        masked_name(name),
        version,
        matter.opened_at,
        matter.answer_by_on,
        (matter.answer_by_on - context.today).days,
        matter.answered_at,
        words,
    )


def matter(session: Session, context: Context, *, public_id: str) -> MatterRow:
    """Return one matter.

    Raises: NotFound.
    """
    found = session.execute(_MATTERS.where(PlanMatter.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound
    return _row(context, *found)
