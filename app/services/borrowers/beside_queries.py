"""What stands beside a borrower's loans on home: contacts made, holds, answers that wait to go on,
answers of ours not read yet. One query.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    String,
    bindparam,
    cast,
    false,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.models import Contact, Hold, Message, PlanDraft, Thread
from app.services.contact.records import (
    HELD,
    MINE,
    REACHED,
    ContactSummary,
    HoldRow,
    HoldsOf,
    holds_in,
    summed,
)
from app.services.core.context import Context
from app.services.reading.rows import rows_of
from app.services.threads.queries import UnreadAnswers, is_unread, unread_in

_NO_WORDS, _NO_KEY = cast(null(), String), cast(null(), BigInteger)
_NEVER = cast(null(), Hold.until_at.type)
# Each part in the same columns: which part, a key, another, two texts, two instants, a mark.
_PARTS = union_all(
    select(
        literal("hold"),
        Hold.id,
        Hold.loan_id,
        Hold.cause,
        _NO_WORDS,
        Hold.from_at,
        Hold.until_at,
        false(),
    ).where(*HELD),
    # Grouped by the database: contacts are kept for years.
    select(
        literal("contact"),
        func.count(),
        _NO_KEY,
        Contact.purpose,
        Contact.channel,
        func.max(Contact.at),
        _NEVER,
        false(),
    )
    .where(*REACHED)
    .group_by(Contact.purpose, Contact.channel),
    select(
        literal("draft"),
        PlanDraft.loan_id,
        _NO_KEY,
        PlanDraft.answers["kind"].as_string(),
        _NO_WORDS,
        _NEVER,
        _NEVER,
        PlanDraft.entered_by.is_not(None),
    ).where(
        PlanDraft.borrower_id == MINE,
        PlanDraft.expires_at > bindparam("now", type_=PlanDraft.expires_at.type),
    ),
    select(
        literal("unread"),
        func.count(),
        func.max(Message.id),
        Thread.public_id,
        Thread.number,
        _NEVER,
        _NEVER,
        false(),
    )
    .join(Thread, Thread.id == Message.thread_id)
    .where(Thread.borrower_id == MINE, *is_unread())
    .group_by(Thread.public_id, Thread.number),
)


class Drafted(NamedTuple):
    """Answers that wait at a loan: whether staff filled them in, and whether they ask to put it
    off.
    """

    is_entered: bool
    is_deferral: bool


@dataclass(frozen=True)
class Beside:
    """What stands beside the loans; `drafted` by the loan's row."""

    contacts: ContactSummary
    holds: HoldsOf
    drafted: Mapping[int, Drafted]
    unread: UnreadAnswers | None


def beside_loans(session: Session, context: Context, *, borrower_id: int) -> Beside:
    """Return what stands beside the loans of a borrower: one query.

    Source: default policy, hold on collection, breathing space.
    """
    holds, contacts, unread = [], [], []
    drafted: dict[int, Drafted] = {}
    given = {"mine": borrower_id, "now": context.now}
    for part, key, other, text, words, at, until, is_marked in rows_of(
        session, statement=_PARTS, given=given
    ):
        if part == "hold":
            holds.append(HoldRow(key, text, other, at, until))
        elif part == "contact":
            contacts.append((text, words, key, at))
        elif part == "draft":
            drafted[key] = Drafted(bool(is_marked), text == "deferral")
        else:
            unread.append((other, key, text, words))
    # In the order of their rows: a union promises none.
    holds.sort()
    return Beside(summed(contacts), holds_in(holds, context.now), drafted, unread_in(unread))
