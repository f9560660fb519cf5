"""Someone, signed in or not, asks to be called back."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.spans import within
from app.domain.texts import N_
from app.models import Borrower, CallbackRequest, FailedTry, new_public_id
from app.ports.vault import Vault
from app.services.callbacks.topics import TOPICS, WISHED_TIMES
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import line_up, transaction
from app.services.core.working_days import first_reply_by

# Of one person: a borrower who is signed in, else a browser, else a number at its address.
REQUESTS_AN_HOUR = 5
# A carrier's address is shared by thousands, and still must not fill the desk's list.
PLACE_REQUESTS_AN_HOUR = 60
HOUR = timedelta(hours=1)


class TooManyCallbacks(RuleBroken):
    """More requests within an hour than a person makes."""

    code = "too_many"
    message = N_("您已经留过几次了，我们都收到了，会按时给您回电。着急的话，请直接打电话给我们")


class PlaceBusy(TooManyCallbacks):
    """More requests from one address within an hour than the desk can take; none of them need be
    this person's.
    """

    message = N_(
        "这个网络里刚才留电话的人太多，这一次没有记下。请过一会儿再来，或者直接打电话给我们"
    )


@dataclass(frozen=True)
class CallbackWish:
    """What was asked for: topic and wished_time are codes of TOPICS and WISHED_TIMES. Who is signed
    in gives no name and no number.
    """

    topic: str
    name: str = ""
    mobile: str = ""
    wished_time: str = "any"
    words: str = ""


def request_callback(
    session: Session,
    context: Context,
    *,
    wish: CallbackWish,
    borrower_id: int | None,
    request_key: str,
    browser: str = "",
) -> str:
    """Store a request to be called back and return its public id; whether a typed number is known
    plays no part. A borrower who is signed in is called on the number on record where none is
    typed. A browser without a name is not counted as one.

    Idempotent on: request_key with the same content; a corrected request is another one.
    Raises: TooManyCallbacks, PlaceBusy; ValueError for a code no form lets through.
    Source: default policy, first reply within one working day; I-15, V2.4.1, V6.1.1.
    """
    if wish.topic not in TOPICS or wish.wished_time not in WISHED_TIMES:
        raise ValueError(f"{wish.topic} / {wish.wished_time}")

    if borrower_id is not None and not wish.mobile:
        wish = _on_record(session, context.vault, wish, borrower_id)

    # The content is part of the key: a corrected number under the same page's key is a request of
    # its own.
    content = "\n".join(
        (request_key, wish.topic, wish.name, wish.mobile, wish.wished_time, wish.words)
    )
    key = context.vault.fingerprint(content, purpose="request")
    row = _sealed(context.vault, wish)
    row.borrower_id, row.request_key, row.asked_at = borrower_id, key, context.now
    person = _person(context.actor, wish)
    row.requester_hmac = context.vault.fingerprint(person, purpose="callback")

    try:
        return _store(session, context, row, browser)
    except IntegrityError:  # the other tap of a double tap was first
        made = _made_before(session, key)
        if made is None:
            raise
        return made


def _on_record(
    session: Session, vault: Vault, wish: CallbackWish, borrower_id: int
) -> CallbackWish:
    """Complete a wish with the name and the number that we have of its borrower."""
    found = session.get_one(Borrower, borrower_id)
    at = {"table": "borrowers", "row": found.public_id}
    return replace(
        wish,
        name=vault.unseal(found.name_enc, column="name", **at),
        mobile=vault.unseal(found.mobile_enc, column="mobile", **at),
    )


def _store(session: Session, context: Context, row: CallbackRequest, browser: str) -> str:
    """Store the row with the number that it gets, as people say it: HD-00012."""
    with transaction(session):
        made = _made_before(session, row.request_key)
        if made is not None:
            return made

        # Only after the double tap was ruled out: repeating a tap is no further request.
        _check_rate(session, context, row, browser)
        row.answer_by_at = first_reply_by(session, context.at(row.asked_at))
        session.add(row)
        session.flush()
        row.number = f"HD-{row.id:05d}"
        session.flush()
        audit.record(
            session,
            context.at(row.asked_at),
            action="callback.requested",
            object_kind="callback_request",
            object_id=row.public_id,
            after={"topic": row.topic, "wished_time": row.wished_time, "number": row.number},
        )

        return row.public_id


def _made_before(session: Session, key: str) -> str | None:
    return session.scalar(
        select(CallbackRequest.public_id).where(CallbackRequest.request_key == key)
    )


def _person(actor: Actor, wish: CallbackWish) -> str:
    """Who is counted: a signed-in borrower for themselves, and else the number at its address, so
    that a shared address shuts nobody out and nobody else uses up a number's requests.
    """
    if actor.who.startswith("borrower:"):
        return actor.who
    return f"{actor.from_where} {wish.mobile}"


def _check_rate(session: Session, context: Context, row: CallbackRequest, browser: str) -> None:
    there = context.vault.fingerprint(browser, purpose="browser")
    here = context.vault.fingerprint(context.actor.from_where, purpose="requester")
    # What is counted and what is stored are one step: two at once must not both be the last.
    line_up(session, row.requester_hmac, there, here)
    mine = (
        CallbackRequest.requester_hmac == row.requester_hmac,
        CallbackRequest.asked_at.between(*within(row.asked_at, HOUR)),
    )
    if (session.scalar(select(func.count()).where(*mine)) or 0) >= REQUESTS_AN_HOUR:
        raise TooManyCallbacks

    if not context.actor.who.startswith("borrower:"):
        if browser:
            _count(session, context, there, REQUESTS_AN_HOUR, TooManyCallbacks)
        _count(session, context, here, PLACE_REQUESTS_AN_HOUR, PlaceBusy)


def _count(
    session: Session, context: Context, mark: str, most: int, refusal: type[TooManyCallbacks]
) -> None:
    """Count one request of a browser or an address, unless it has had its most."""
    subject = context.vault.fingerprint("callback", purpose="callback")
    lately = (
        FailedTry.subject_hmac == subject,
        FailedTry.requester_hmac == mark,
        FailedTry.at.between(*within(context.now, HOUR)),
    )
    if (session.scalar(select(func.count()).where(*lately)) or 0) >= most:
        raise refusal
    session.add(FailedTry(subject_hmac=subject, requester_hmac=mark, at=context.now))


def _sealed(vault: Vault, wish: CallbackWish) -> CallbackRequest:
    row = new_public_id()

    def seal(text: str, column: str) -> bytes:
        return vault.seal(text, table="callback_requests", row=row, column=column)

    return CallbackRequest(
        public_id=row,
        number=row,
        topic=wish.topic,
        name_enc=seal(wish.name, "name"),
        mobile_enc=seal(wish.mobile, "mobile"),
        words_enc=seal(wish.words, "words"),
        key_version=vault.key_version,
        wished_time=wish.wished_time,
        state="open",
    )
