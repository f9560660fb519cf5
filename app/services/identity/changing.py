"""A borrower's mobile is changed: entered by one member of staff, confirmed by another."""

from types import MappingProxyType

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.mobile_change import REASONS, SETTLING_HOURS
from app.domain.texts import N_
from app.models import Borrower, MobileChange, new_public_id
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
from app.services.identity.holds import mobile_hold
from app.services.identity.locking import lock_person
from app.services.identity.standing import passed_check
from app.services.outbox import queue as outbox_queue


class NotChecked(RuleBroken):
    """The caller was not checked in this call."""

    code = "not_checked"
    message = N_("请先在这通电话里核对是不是本人，再换手机号")


class SameMobile(RuleBroken):
    """The new number is the one on record."""

    code = "same_mobile"
    message = N_("这就是现在登记的号码，不用换")


class ChangeWaits(RuleBroken):
    """A change of this person waits for someone already."""

    code = "change_waits"
    message = N_("已经有一次换号在等人确认或核实，请先办完那一次")


class ChangedLately(RuleBroken):
    """A mobile is not changed again so soon."""

    code = "changed_lately"
    message = N_("刚换过手机号，%(hours)s 小时内不能再换")
    values = MappingProxyType({"hours": SETTLING_HOURS})


def enter_mobile(
    session: Session, context: Context, *, borrower_public_id: str, mobile: str, reason: str
) -> str:
    """Enter a caller's new mobile, to be confirmed by someone else; return the change's public id.
    Nothing changes yet.

    Idempotent on: the person and the number, while the change waits.
    Raises: NotFound, NotChecked, SameMobile, ChangeWaits, ChangedLately; ValueError for a reason no
            form lets through.
    Source: I-19.
    """
    if reason not in REASONS:
        raise ValueError(reason)
    new_hmac = context.vault.fingerprint(mobile, purpose="mobile")
    with transaction(session):
        person = lock_person(session, borrower_public_id=borrower_public_id)
        waiting = _waiting(session, person[0])
        if waiting is not None and waiting.state == "entered" and waiting.new_hmac == new_hmac:
            return waiting.public_id
        check_id = passed_check(session, context, borrower=person[0])
        if check_id is None:
            raise NotChecked
        if waiting is not None:
            raise ChangeWaits
        if mobile_hold(session, context, id_hmac=person[0].id_hmac) is not None:
            raise ChangedLately
        if new_hmac == person[0].mobile_hmac:
            raise SameMobile

        change = _entered(context, person[0], check_id, mobile, reason)
        session.add(change)
        session.flush()
        record(
            session, context, change=change, action="mobile.entered", borrower=borrower_public_id
        )
        return change.public_id


def confirm_mobile(session: Session, context: Context, *, change_public_id: str) -> None:
    """Confirm what a colleague entered: the number is the borrower's from now on, both numbers are
    told, and every session of the borrower ends.

    Idempotent on: the change.
    Raises: NotFound, ChangeOver, ChangeWaits, SameMobile, SamePerson.
    Source: I-19; V2.3.5, V6.3.5.
    """
    with transaction(session):
        change, person = lock_change(session, context, public_id=change_public_id)
        if change.state == "confirmed":
            return
        if change.state != "entered":
            raise ChangeOver
        check_two(context, change.entered_person)
        # Since it was entered another change may have been objected to.
        if mobile_hold(session, context, id_hmac=change.id_hmac) is not None:
            raise ChangeWaits
        before = {"state": change.state}
        _replace(session, context, change)
        move(change, "confirmed")
        change.confirmed_by, change.confirmed_person = context.actor.who, context.staff.person_id
        change.confirmed_at = context.now
        _note_old(context, change, person)
        mobile = number_of(context, change, "new")
        give_number(session, context, change=change, person=person, mobile=mobile)
        tell_both(session, context, change=change, borrower=person[0], template="mobile_changed")
        record(session, context, change=change, action="mobile.confirmed", before=before)


def drop_mobile(session: Session, context: Context, *, change_public_id: str) -> None:
    """Take back a change that nobody has confirmed: by who entered it, or by who should confirm it.

    Idempotent on: the change.
    Raises: NotFound, ChangeOver.
    """
    with transaction(session):
        change, _person = lock_change(session, context, public_id=change_public_id)
        if change.state == "dropped":
            return
        before = {"state": change.state}
        move(change, "dropped")
        change.ended_at = context.now
        record(session, context, change=change, action="mobile.dropped", before=before)


def _waiting(session: Session, borrower: Borrower) -> MobileChange | None:
    query = select(MobileChange).where(
        MobileChange.id_hmac == borrower.id_hmac, MobileChange.state.in_(("entered", "objected"))
    )
    return session.scalars(query.order_by(MobileChange.id.desc()).limit(1)).first()


def _entered(
    context: Context, borrower: Borrower, check_id: int, mobile: str, reason: str
) -> MobileChange:
    row, vault = new_public_id(), context.vault
    old = outbox_queue.mobile_of(vault, borrower)

    def sealed(text: str, column: str) -> bytes:
        return vault.seal(text, table="mobile_changes", row=row, column=column)

    return MobileChange(
        public_id=row,
        borrower_id=borrower.id,
        check_id=check_id,
        id_hmac=borrower.id_hmac,
        changed=[],
        old_enc=sealed(old, "old"),
        old_hmac=borrower.mobile_hmac,
        new_enc=sealed(mobile, "new"),
        new_hmac=vault.fingerprint(mobile, purpose="mobile"),
        key_version=vault.key_version,
        reason=reason,
        state="entered",
        entered_by=context.actor.who,
        entered_person=context.staff.person_id,
        entered_at=context.now,
    )


def _note_old(context: Context, change: MobileChange, person: tuple[Borrower, ...]) -> None:
    """The old number is the one it takes the place of: a file may have come since it was entered.

    Raises: SameMobile where the file has brought the new one.
    """
    old_hmac = person[0].mobile_hmac
    if old_hmac == change.new_hmac:
        raise SameMobile
    old = outbox_queue.mobile_of(context.vault, person[0])
    change.old_hmac = old_hmac
    change.old_enc = context.vault.seal(
        old, table="mobile_changes", row=change.public_id, column="old"
    )
    change.changed = [one.public_id for one in person if one.mobile_hmac == old_hmac]


def _replace(session: Session, context: Context, change: MobileChange) -> None:
    """What stood until now gives way: one change of a person stands over the file."""
    earlier = (
        update(MobileChange)
        .where(MobileChange.id_hmac == change.id_hmac, MobileChange.state == "confirmed")
        .values(state="replaced", ended_at=context.now)
    )
    session.execute(earlier)
