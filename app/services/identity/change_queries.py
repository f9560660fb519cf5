"""Changed mobiles as the desk reads them: one person's latest, and those that wait for someone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.masks import masked_mobile, masked_name
from app.domain.mobile_change import SETTLING_HOURS, settles_at
from app.models import Borrower, MobileChange, Staff
from app.services.core.context import Context
from app.services.identity.people import person_of

MOST_SHOWN = 50
WAITING = ("entered", "objected")


@dataclass(frozen=True)
class MobileChangeView:
    """A change with both numbers masked, who did what when, and what the acting person may do."""

    public_id: str
    borrower: str
    name: str
    state: str
    reason: str
    old: str
    new: str
    entered_by: str
    entered_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    objected_at: datetime | None
    decided_at: datetime | None
    settles_at: datetime | None
    is_mine: bool
    may_confirm: bool
    may_decide: bool

    @property
    def may_object(self) -> bool:
        """Whether an objection of the old number can still stop it."""
        return self.state == "confirmed" or self.settles_at is not None

    @property
    def hours(self) -> int:
        """Return for how many hours nothing grave happens after it."""
        return SETTLING_HOURS


def latest_change(
    session: Session, context: Context, *, borrower_public_id: str
) -> MobileChangeView | None:
    """Return the latest change of a person, for the page of a caller.

    Raises: NotFound.
    Source: I-16, I-19.
    """
    person = person_of(session, borrower_public_id=borrower_public_id)
    query = _changes().where(MobileChange.id_hmac == person[0].id_hmac)
    found = session.execute(query.order_by(MobileChange.id.desc()).limit(1)).first()
    return _view(context, *found) if found is not None else None


def waiting_changes(session: Session, context: Context) -> tuple[MobileChangeView, ...]:
    """Return the changes that wait for a second person or for a decision, the oldest first."""
    query = _changes().where(MobileChange.state.in_(WAITING)).order_by(MobileChange.id)
    return tuple(_view(context, *row) for row in session.execute(query.limit(MOST_SHOWN)))


def _changes() -> Select[MobileChange, Borrower, str, str]:
    entered, confirmed = aliased(Staff), aliased(Staff)
    by, second = (func.coalesce(one.display_name, "") for one in (entered, confirmed))
    query = select(MobileChange, Borrower, by, second)
    query = query.join(Borrower, Borrower.id == MobileChange.borrower_id)
    query = query.outerjoin(entered, MobileChange.entered_by == "staff:" + entered.public_id)
    return query.outerjoin(confirmed, MobileChange.confirmed_by == "staff:" + confirmed.public_id)


def _view(
    context: Context, change: MobileChange, borrower: Borrower, entered: str, confirmed: str
) -> MobileChangeView:
    mine = context.staff.person_id == change.entered_person
    hands = (change.entered_person, change.confirmed_person)
    return MobileChangeView(
        public_id=change.public_id,
        borrower=borrower.public_id,
        name=masked_name(
            context.vault.unseal(
                borrower.name_enc, table="borrowers", row=borrower.public_id, column="name"
            )
        ),
        state=change.state,
        reason=change.reason,
        old=_masked(context, change, "old"),
        new=_masked(context, change, "new"),
        entered_by=entered,
        entered_at=change.entered_at,
        confirmed_by=confirmed,
        confirmed_at=change.confirmed_at,
        objected_at=change.objected_at,
        decided_at=change.decided_at,
        settles_at=settles_at(change.state, change.confirmed_at, context.now),
        is_mine=mine,
        may_confirm=change.state == "entered" and not mine,
        may_decide=change.state == "objected"
        and "supervisor" in context.staff.roles
        and context.staff.person_id not in hands,
    )


def _masked(context: Context, change: MobileChange, which: Literal["old", "new"]) -> str:
    sealed = change.old_enc if which == "old" else change.new_enc
    number = context.vault.unseal(
        sealed, table="mobile_changes", row=change.public_id, column=which
    )
    return masked_mobile(number)
