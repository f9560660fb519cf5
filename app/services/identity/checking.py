"""Staff check on the phone who is calling: asked by the page, judged by the file, on record."""

from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.caller import (
    COUNTED_HOURS,
    RIGHT_TO_PASS,
    WRONG_TO_STOP,
    AnswerGiven,
    Item,
    Result,
    has_passed,
    next_item,
)
from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import Borrower, IdentityAnswer, IdentityCheck
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.identity.items import is_right, known_items
from app.services.identity.locking import lock_person
from app.services.identity.standing import answers_of, own_check, stopped_until, wrong_lately
from app.services.outbox import queue as outbox_queue
from app.services.outbox.sms_texts import site_values, sms_text

OBJECT = "identity_check"


class ChecksStopped(RuleBroken):
    """Too many wrong answers lately; `until` says when a call may be checked again."""

    code = "checks_stopped"
    message = N_(
        "%(hours)s 小时内已经错满 %(most)s 次，先不再核对。可以请对方自己登录，或者带证件来办"
    )
    values = MappingProxyType({"most": WRONG_TO_STOP, "hours": COUNTED_HOURS})


class CheckOver(RuleBroken):
    """The check has ended, or asks something else by now."""

    code = "check_over"
    message = N_("这一问已经答过了，请看现在问到哪里")


class TooLittleKnown(RuleBroken):
    """The file knows too little of the person to check a caller."""

    code = "too_little_known"
    message = N_("资料不够，电话里核对不了。请对方自己登录，或者带证件来办")


def start_check(session: Session, context: Context, *, borrower_public_id: str) -> str:
    """Begin to check a caller and return the check's public id.

    Idempotent on: the member of staff and the borrower, while their check is open.
    Raises: NotFound, ChecksStopped, TooLittleKnown.
    Source: I-17.
    """
    with transaction(session):
        person = lock_person(session, borrower_public_id=borrower_public_id)
        running = own_check(session, context, borrower=person[0])
        if running is not None and running.state == "open":
            return running.public_id
        if stopped_until(session, context, person=person) is not None:
            raise ChecksStopped
        if len(known_items(session, context, person=person)) < RIGHT_TO_PASS:
            raise TooLittleKnown

        check = IdentityCheck(
            borrower_id=person[0].id, by=context.actor.who, state="open", started_at=context.now
        )
        session.add(check)
        session.flush()
        _record(session, context, check, "caller.check_started", borrower=borrower_public_id)
        return check.public_id


def answer_item(
    session: Session, context: Context, *, check_public_id: str, item: Item, heard: str
) -> Result:
    """Judge what the caller said, and keep only whether it was right.

    Two items right pass; the third wrong answer within 24 hours stops the checks and is told to the
    number on file.
    Raises: NotFound, CheckOver, AnswerShape.
    Source: I-17; V6.3.1, V6.3.5.
    """
    with transaction(session):
        check, person = _locked(session, context, check_public_id)
        _check_asked(session, context, check, person, item)
        result: Result = (
            "right"
            if is_right(session, context, person=person, item=item, heard=heard)
            else "wrong"
        )
        _keep(session, context, check, item, result)
        _settle(session, context, check, person)
        action = f"caller.{check.state}" if check.state != "open" else "caller.answered"
        _record(session, context, check, action, item=item, result=result)
        return result


def pass_over(session: Session, context: Context, *, check_public_id: str, item: Item) -> None:
    """Go on to another question: the caller cannot say. It costs nothing.

    Raises: NotFound, CheckOver.
    """
    with transaction(session):
        check, person = _locked(session, context, check_public_id)
        _check_asked(session, context, check, person, item)
        _keep(session, context, check, item, "unknown")
        _record(session, context, check, "caller.passed_over", item=item)


def leave_check(session: Session, context: Context, *, check_public_id: str) -> None:
    """End a check with the call; what was wrong goes on counting.

    Idempotent on: the check.
    Raises: NotFound.
    """
    with transaction(session):
        check, _person = _locked(session, context, check_public_id)
        if check.state == "open":
            check.state, check.ended_at = "left", context.now
            _record(session, context, check, "caller.left")


def _locked(
    session: Session, context: Context, public_id: str
) -> tuple[IdentityCheck, tuple[Borrower, ...]]:
    """The person first, then the check: answers of two calls about one person stand in line, and
    the count of wrong ones is one count.
    """
    mine = IdentityCheck.public_id == public_id, IdentityCheck.by == context.actor.who
    whose = select(Borrower.public_id).join(IdentityCheck, IdentityCheck.borrower_id == Borrower.id)
    borrower = session.scalar(whose.where(*mine))
    if borrower is None:
        raise NotFound
    person = lock_person(session, borrower_public_id=borrower)
    query = select(IdentityCheck).where(*mine).with_for_update()
    return session.scalars(query, execution_options={"populate_existing": True}).one(), person


def _check_asked(
    session: Session,
    context: Context,
    check: IdentityCheck,
    person: tuple[Borrower, ...],
    item: Item,
) -> None:
    running = own_check(session, context, borrower=person[0])
    given = answers_of(session, check=check)
    asked = next_item(known_items(session, context, person=person), given)
    if check.state != "open" or running is None or running.id != check.id or asked != item:
        raise CheckOver
    if stopped_until(session, context, person=person) is not None:
        raise CheckOver


def _keep(
    session: Session, context: Context, check: IdentityCheck, item: Item, result: Result
) -> None:
    session.add(IdentityAnswer(check_id=check.id, item=item, result=result, at=context.now))
    session.flush()


def _settle(
    session: Session, context: Context, check: IdentityCheck, person: tuple[Borrower, ...]
) -> None:
    given: tuple[AnswerGiven, ...] = answers_of(session, check=check)
    if has_passed({one.item: one.result for one in given}):
        check.state = "passed"
    elif wrong_lately(session, context, person=person) >= WRONG_TO_STOP:
        check.state = "stopped"
        _tell(session, context, check, person[0])
    elif next_item(known_items(session, context, person=person), given) is None:
        check.state = "failed"
    else:
        return
    check.ended_at = context.now
    session.flush()


def _tell(session: Session, context: Context, check: IdentityCheck, borrower: Borrower) -> None:
    """To the number on file, whoever called: who it was is not known."""
    outbox_queue.enqueue_sms(
        session,
        context,
        purpose="security",
        to=outbox_queue.mobile_of(context.vault, borrower),
        text=sms_text("caller_stopped", language=borrower.language, **site_values(context.site)),
        borrower_id=borrower.id,
        key=f"caller-stopped:{check.public_id}",
    )


def _record(
    session: Session, context: Context, check: IdentityCheck, action: str, **after: str
) -> None:
    audit.record(
        session,
        context,
        action=action,
        object_kind=OBJECT,
        object_id=check.public_id,
        after={"state": check.state, **after},
    )
