"""Messages written in the transaction that causes them, handed to the gateway after its commit."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, case, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.domain.calendar import BEIJING
from app.domain.errors import GatewayDown
from app.domain.spans import ahead
from app.models import Borrower, Contact, OutboxItem
from app.ports.sms import Answer, HandedOver, Sms
from app.ports.vault import Vault
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.outbox.occasions import Occasion, all_that_stand, occasion_from

# Longer than a gateway takes for a batch with its time-out of seconds, short enough that a killed
# worker's messages go out within a minute (quality T2).
LEASE = timedelta(seconds=45)
# Doubled at each attempt: with six of them a message is given up after some ten minutes, and a
# gateway that is down is left to recover.
FIRST_WAIT = timedelta(seconds=20)
MAX_ATTEMPTS = 6
# So many calls at once: a gateway that takes 0.2 seconds a call must not bound the morning.
HANDS = 8
# Few at a time: what is leased and not handed over yet waits out the lease where the worker is
# killed.
BATCH = 4 * HANDS
SENDER = "system"
# A longer id of a provider cannot be kept, and its receipt is none that we know.
ID_CHARS = 64
NO_LONGER_TRUE = "no_longer_true"
# Someone waits for a code with the phone in hand, and who is told that someone else acts in their
# name must be able to stop it: both are exempt from the quiet hours (C-01).
AT_ONCE = frozenset({"code", "security"})
# What someone waits for goes before what may wait: a morning's reminders are many.
IN_TURN = (("code", "security"), ("service",), None)


@dataclass(frozen=True)
class SendReport:
    """What became of the messages that were due."""

    sent: int = 0
    waiting: int = 0
    failed: int = 0
    dropped: int = 0


@dataclass(frozen=True)
class NewMessage:
    """A message to write: what `enqueue_sms` takes."""

    purpose: str
    to: str
    text: str
    borrower_id: int | None
    key: str
    about: Occasion | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class _ClaimedMessage:
    id: int
    purpose: str
    borrower_id: int | None
    attempts: int
    to: str
    text: str
    about: Occasion | None
    key: str
    request_id: str | None


@dataclass(frozen=True)
class _Outcome:
    """What became of a message: its state, what was wrong, who took it."""

    state: str
    error: str | None = None
    taken: HandedOver | None = None


log = structlog.get_logger()


def enqueue_sms(
    session: Session,
    context: Context,
    *,
    purpose: str,
    to: str,
    text: str,
    borrower_id: int | None,
    key: str,
    about: Occasion | None = None,
    expires_at: datetime | None = None,
) -> int:
    """Write one message to send and return its id; whom and what are encrypted until sent, then
    wiped. Never commits.

    `about`: what must still be so when it is handed over, else it is dropped; None for what cannot
    become untrue.

    Idempotent on: key. Purposes: code and security go at once; service, reminder and collection
                   wait for the morning.
    Source: C-01, U-05; V6.3.5.
    """
    # The key names the cause. A use case that is tried again after an error must not write twice.
    earlier = written_before(session, key=key)
    if earlier is not None:
        return earlier

    message = NewMessage(purpose, to, text, borrower_id, key, about, expires_at)
    item = _item(session, context, message, is_contested=_is_contested(session, borrower_id))
    session.add(item)
    session.flush()

    return item.id


def enqueue_all(session: Session, context: Context, *, messages: Sequence[NewMessage]) -> None:
    """Write some hundreds of messages as `enqueue_sms` writes one. Never commits.

    Idempotent on: nothing; the caller holds what keeps others from writing them, and has looked.
    """
    ids = {one.borrower_id for one in messages if one.borrower_id is not None}
    contested = select(Borrower.id).where(Borrower.id.in_(ids), Borrower.is_contested)
    of_two = set(session.scalars(contested))
    session.add_all(
        _item(session, context, one, is_contested=one.borrower_id in of_two) for one in messages
    )
    session.flush()


def _item(
    session: Session, context: Context, message: NewMessage, *, is_contested: bool
) -> OutboxItem:
    # Of two numbers nobody has decided which is theirs: it gets codes it asks for, and no word of
    # anyone's affairs.
    is_withheld = message.purpose != "code" and is_contested
    about = message.about.stored if message.about else None
    payload = json.dumps(
        {"to": message.to, "text": message.text, "about": about}, ensure_ascii=False
    )
    sealed = context.vault.seal(payload, table="outbox", row=message.key, column="payload")
    is_at_once = message.purpose in AT_ONCE
    return OutboxItem(
        purpose=message.purpose,
        borrower_id=message.borrower_id,
        payload_enc=None if is_withheld else sealed,
        key_version=context.vault.key_version,
        state="withheld" if is_withheld else "waiting",
        created_at=context.now,
        not_before_at=context.now if is_at_once else _after_quiet_hours(session, context),
        expires_at=message.expires_at,
        request_id=context.request_id or None,
        idempotency_key=message.key,
    )


def mobile_of(vault: Vault, borrower: Borrower) -> str:
    """Return a borrower's mobile for a message that is about to be stored encrypted."""
    return vault.unseal(
        borrower.mobile_enc, table="borrowers", row=borrower.public_id, column="mobile"
    )


def _is_contested(session: Session, borrower_id: int | None) -> bool:
    contested = select(Borrower.is_contested).where(Borrower.id == borrower_id)
    return bool(borrower_id is not None and session.scalar(contested))


def written_before(session: Session, *, key: str) -> int | None:
    """Return the id of the message that was written under a key, if one was."""
    return session.scalar(select(OutboxItem.id).where(OutboxItem.idempotency_key == key))


def send_now(sessions: sessionmaker[Session], context: Context, ids: Collection[int]) -> SendReport:
    """Hand over these messages, right after the commit that wrote them; what fails is left to the
    job.

    Idempotent on: each message; one that was sent, leased or must wait is left alone.
    """
    return _send(sessions, context, tuple(ids), len(ids), lambda: context.now)


def send_due(
    sessions: sessionmaker[Session],
    context: Context,
    limit: int,
    *,
    present: Callable[[], datetime] | None = None,
) -> SendReport:
    """Hand over up to `limit` messages that are due, those someone waits for first. Safe to run
    twice, on two hosts and after a kill. `present` tells the time as the work goes on.

    A message is leased before it is handed over: after a kill between the two it goes out again
    when the lease ends.
    """
    return _send(sessions, context, None, limit, present or (lambda: context.now))


def _after_quiet_hours(session: Session, context: Context) -> datetime:
    policy = active_policy(session)[1]
    local = context.now.astimezone(BEIJING)
    # Hours of the clock in Beijing, wherever the server stands.
    if policy.contact.quiet_until_hour <= local.hour < policy.contact.quiet_from_hour:
        return context.now
    day = local.date() + timedelta(days=1 if local.hour >= policy.contact.quiet_from_hour else 0)
    return datetime.combine(day, time(policy.contact.quiet_until_hour), BEIJING)


def _send(
    sessions: sessionmaker[Session],
    context: Context,
    ids: tuple[int, ...] | None,
    limit: int,
    present: Callable[[], datetime],
) -> SendReport:
    counts = {"sent": 0, "waiting": 0, "failed": 0, "dropped": 0}
    with sessions() as session, ThreadPoolExecutor(HANDS) as hands:
        if session.scalar(_due(context.now, ids).with_only_columns(OutboxItem.id).limit(1)) is None:
            return SendReport()  # nothing to do takes no write lock
        while limit > 0:
            context = context.at(present())
            batch, found = _claim(session, context, ids, min(limit, BATCH))
            if not found:
                break
            for outcome in _hand_over(session, context, batch, hands):
                counts[outcome.state] += 1
            limit -= found

    return SendReport(**counts)


def _claim(
    session: Session, context: Context, ids: tuple[int, ...] | None, limit: int
) -> tuple[tuple[_ClaimedMessage, ...], int]:
    """Lease what is due, and tell how much was: what came too late is dropped. Hosts skip each
    other's rows.
    """
    found: list[OutboxItem] = []
    # The lease is committed before anything is handed over. Killed in between, a message goes out
    # twice at worst; the other way round it could go out again and again.
    with transaction(session):
        for purposes in IN_TURN:
            due = _due(context.now, ids).order_by(OutboxItem.not_before_at, OutboxItem.id)
            if purposes is not None:
                due = due.where(OutboxItem.purpose.in_(purposes))
            # Skipping instead of waiting: two hosts share the work, and neither stands behind a
            # slow gateway of the other.
            due = due.limit(limit - len(found)).with_for_update(skip_locked=True)
            due = due.where(OutboxItem.id.not_in([one.id for one in found]))
            found += session.scalars(due)
            if len(found) >= limit:
                break
        claimed = tuple(
            _lease(item, context.vault, context.now)
            for item in found
            if _is_in_time(item, context.now)
        )

    return claimed, len(found)


def _due(now: datetime, ids: tuple[int, ...] | None) -> Select[OutboxItem]:
    due = select(OutboxItem).where(
        OutboxItem.state == "waiting",
        OutboxItem.not_before_at <= now,
        or_(
            OutboxItem.lease_until_at.is_(None),
            # Later than a lease lasts it was leased by a clock that was ahead.
            ~OutboxItem.lease_until_at.between(*ahead(now, LEASE)),
        ),
    )
    return due if ids is None else due.where(OutboxItem.id.in_(ids))


def _is_in_time(item: OutboxItem, now: datetime) -> bool:
    if item.expires_at is None or item.expires_at > now:
        return True
    # Number and words are wiped with every end, also this one (I-15).
    item.state, item.payload_enc, item.lease_until_at = "expired", None, None
    return False


def _lease(item: OutboxItem, vault: Vault, now: datetime) -> _ClaimedMessage:
    item.lease_until_at, item.attempts = now + LEASE, item.attempts + 1
    sealed = item.payload_enc or b""
    payload = json.loads(
        vault.unseal(sealed, table="outbox", row=item.idempotency_key, column="payload")
    )

    return _ClaimedMessage(
        item.id,
        item.purpose,
        item.borrower_id,
        item.attempts,
        payload["to"],
        payload["text"],
        occasion_from(payload.get("about")),
        item.idempotency_key,
        item.request_id,
    )


def _hand_over(
    session: Session,
    context: Context,
    batch: tuple[_ClaimedMessage, ...],
    hands: ThreadPoolExecutor,
) -> list[_Outcome]:
    """Hand over what is still true, several at once, and note what became of each."""
    # Asked right before: a night, or a gateway that was down, lies between the writing and this.
    about = [item.about for item in batch if item.about is not None]
    stand = all_that_stand(session, occasions=about, now=context.now)
    true = [item for item in batch if item.about is None or item.about in stand]
    session.rollback()  # no view stays open while a slow gateway is waited for

    calls = _calls(true, context.gateways.sms.most_a_call)
    # One is handed over where it is asked for: a code must not hold up a server that stops.
    at_once = hands.map if len(calls) > 1 else map
    told = at_once(lambda items: _call(context, items), calls)
    answers = {
        item.id: answer
        for items, found in zip(calls, told, strict=True)
        for item, answer in zip(items, found, strict=True)
    }
    outcomes = [(item, _outcome(item, answers.get(item.id))) for item in batch]
    with transaction(session):
        sent = [(item, one.taken) for item, one in outcomes if one.taken is not None]
        _note_sent(session, context, sent)
        for item, outcome in outcomes:
            if outcome.taken is None:
                _note(session, context, item, outcome)
    _log(outcomes)

    return [outcome for _item, outcome in outcomes]


def _log(outcomes: Iterable[tuple[_ClaimedMessage, _Outcome]]) -> None:
    """One line a message, by which a request is followed to its provider; no number, no words."""
    for item, outcome in outcomes:
        taken = outcome.taken or HandedOver("")
        log.info(
            "sms",
            message=item.id,
            purpose=item.purpose,
            state=outcome.state,
            error=outcome.error,
            provider=taken.provider,
            provider_id=taken.id,
            caused_by=item.request_id,
        )


def _calls(items: list[_ClaimedMessage], most: int) -> list[list[_ClaimedMessage]]:
    """Put together what reads the same, as many as one call of the gateway takes."""
    alike: dict[str, list[_ClaimedMessage]] = {}
    for item in items:
        alike.setdefault(item.text, []).append(item)
    return [same[n : n + most] for same in alike.values() for n in range(0, len(same), most)]


def _call(context: Context, items: list[_ClaimedMessage]) -> tuple[Answer, ...]:
    messages = [Sms(one.to, one.text, context.now, one.key) for one in items]
    return context.gateways.sms.send_all(messages)


def _outcome(item: _ClaimedMessage, answer: Answer | None) -> _Outcome:
    if answer is None:
        return _Outcome("dropped", NO_LONGER_TRUE)
    if isinstance(answer, HandedOver):
        return _Outcome("sent", taken=answer)
    # Only what is safe to try again is; a refusal by the provider would be the same the next time.
    if isinstance(answer, GatewayDown) and item.attempts < MAX_ATTEMPTS:
        return _Outcome("waiting", answer.code)
    return _Outcome("failed", answer.code)


def _note_sent(
    session: Session, context: Context, sent: list[tuple[_ClaimedMessage, HandedOver]]
) -> None:
    """Note what a provider took in one statement, and keep a contact of each."""
    if not sent:
        return
    values: dict[str, Any] = {
        "state": "sent",
        "payload_enc": None,
        "sent_at": context.now,
        "lease_until_at": None,
        "last_error": None,
        "provider": case({item.id: one.provider for item, one in sent}, value=OutboxItem.id),
        "provider_id": case({item.id: _id_of(one) for item, one in sent}, value=OutboxItem.id),
    }
    noted = set(_noted(session, [item.id for item, _one in sent], values))
    session.add_all(
        _contact(item, item.borrower_id, "sent", context.now, one)
        for item, one in sent
        if item.id in noted and item.borrower_id is not None
    )


def _note(session: Session, context: Context, item: _ClaimedMessage, outcome: _Outcome) -> None:
    values: dict[str, Any] = {"lease_until_at": None, "last_error": outcome.error}
    if outcome.state == "waiting":
        values["not_before_at"] = context.now + FIRST_WAIT * 2 ** (item.attempts - 1)
    else:
        values |= {"state": outcome.state, "payload_enc": None}

    noted = _noted(session, [item.id], values)
    # what was not even tried was no contact
    if outcome.state == "failed" and noted and item.borrower_id is not None:
        session.add(_contact(item, item.borrower_id, "failed", context.now, HandedOver("")))


def _noted(session: Session, ids: list[int], values: dict[str, Any]) -> list[int]:
    # A worker whose lease ran out may come here second. The contact is then on record already.
    mine = update(OutboxItem).where(OutboxItem.id.in_(ids), OutboxItem.state == "waiting")
    mine = mine.values(values).returning(OutboxItem.id)
    return list(session.scalars(mine, execution_options={"synchronize_session": False}))


def _contact(
    item: _ClaimedMessage, borrower_id: int, result: str, now: datetime, taken: HandedOver
) -> Contact:
    """Keep the record of a message; a code is never kept (C-15, I-13)."""
    # The institution is the one the message was signed with, and that is what the borrower saw.
    signature, found, _words = item.text.removeprefix("【").partition("】")
    return Contact(
        borrower_id=borrower_id,
        channel="sms",
        purpose=item.purpose,
        institution=signature if found else "",
        person=SENDER,
        at=now,
        result=result,
        words="" if item.purpose == "code" else item.text,
        provider=taken.provider or None,
        provider_id=_id_of(taken),
    )


def _id_of(taken: HandedOver) -> str | None:
    return taken.id if 0 < len(taken.id) <= ID_CHARS else None
