"""Someone at the old number says that it was not them: the old number is back until a person
decides.
"""

from typing import Literal

from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.mobile_change import settles_at
from app.domain.texts import N_
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.identity.change_steps import (
    ChangeOver,
    check_two,
    give_number,
    lock_change,
    move,
    number_of,
    record,
    tell_both,
)


class NotSupervisor(RuleBroken):
    """A supervisor decides which number stands."""

    code = "not_supervisor"
    message = N_("要由主管来定用哪个号码")


def object_to_mobile(session: Session, context: Context, *, change_public_id: str) -> None:
    """Put the old number back, tell both and end the borrower's sessions: anyone who takes the call
    may, for it opens nothing.

    Idempotent on: the change.
    Raises: NotFound, ChangeOver.
    Source: I-19.
    """
    with transaction(session):
        change, person = lock_change(session, context, public_id=change_public_id)
        if change.state == "objected":
            return
        if change.state == "in_file" and not settles_at(
            change.state, change.confirmed_at, context.now
        ):
            raise ChangeOver
        before = {"state": change.state}
        move(change, "objected")
        change.objected_by, change.objected_at = context.actor.who, context.now
        old = number_of(context, change, "old")
        give_number(session, context, change=change, person=person, mobile=old)
        tell_both(session, context, change=change, borrower=person[0], template="mobile_back")
        record(session, context, change=change, action="mobile.objected", before=before)


def decide_mobile(
    session: Session, context: Context, *, change_public_id: str, is_new_right: bool
) -> None:
    """Decide after an objection: the new number is the borrower's, with its hours anew, or the old
    one stays and the file counts again.

    Raises: NotFound, ChangeOver, SamePerson, NotSupervisor.
    Source: I-19; V2.3.5.
    """
    with transaction(session):
        change, person = lock_change(session, context, public_id=change_public_id)
        if "supervisor" not in context.staff.roles:
            raise NotSupervisor
        check_two(context, change.entered_person, change.confirmed_person)
        before = {"state": change.state}
        move(change, "confirmed" if is_new_right else "undone")
        change.decided_by, change.decided_person = context.actor.who, context.staff.person_id
        change.decided_at = context.now
        if is_new_right:
            change.confirmed_at = context.now
        else:
            change.ended_at = context.now
        which: Literal["old", "new"] = "new" if is_new_right else "old"
        number = number_of(context, change, which)
        give_number(session, context, change=change, person=person, mobile=number)
        if is_new_right:
            tell_both(
                session, context, change=change, borrower=person[0], template="mobile_changed"
            )
        record(
            session, context, change=change, action="mobile.decided", before=before, stands=which
        )
