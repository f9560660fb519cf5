"""Being called back: anyone may ask, signed in or not."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.calendar import BEIJING, beijing_date
from app.domain.errors import RuleBroken
from app.domain.explanation import N_
from app.models import CallbackRequest
from app.models.base import PUBLIC_ALPHABET, new_public_id
from app.ports.vault import Vault
from app.services import audit
from app.services.audit import Actor
from app.services.transaction import transaction
from app.services.working_days import working_day_after

TABLE = "callback_requests"
TOPICS = {
    "number_changed": N_("手机号换了"),
    "no_code": N_("收不到验证码"),
    "talk": N_("想和人商量"),
    "figure_wrong": N_("这里有一项不对"),
}
WISHED_TIMES = {
    "any": N_("都可以（9:00–21:00）"),
    "morning": N_("上午 9:00–12:00"),
    "afternoon": N_("下午 12:00–18:00"),
    "evening": N_("晚上 18:00–21:00"),
}
MOST_AN_HOUR = 5
HOUR = timedelta(hours=1)
END_OF_WORK = time(18, 0)
NUMBER_CHARS = 8


class TooManyCallbacks(RuleBroken):
    """One requester asked too often within an hour."""

    code = "too_many"
    message = N_("您已经提交过几次了，我们都收到了。着急的话，请直接打电话给我们。")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for, as typed."""

    topic: str
    name: str
    mobile: str
    wished_time: str
    words: str = ""


def request_callback(
    session: Session,
    *,
    vault: Vault,
    wish: Wish,
    borrower_id: int | None,
    requester: str,
    request_key: str,
    actor: Actor,
    now: datetime,
) -> str:
    """Store a wish to be called back, due on the next working day; return its public id.

    Idempotent on: request_key.
    Raises: TooManyCallbacks beyond five an hour of one requester; ValueError for an unknown topic or time.
    Source: U-12, product step 2.
    """
    if wish.topic not in TOPICS or wish.wished_time not in WISHED_TIMES:
        raise ValueError(f"no topic {wish.topic} or time {wish.wished_time}")
    try:
        with transaction(session):
            if (found := _asked_before(session, request_key)) is not None:
                return found
            whose = vault.fingerprint(requester, purpose="requester")
            _limit(session, whose, now)
            row = _sealed(vault, wish)
            row.borrower_id, row.requester_hmac, row.request_key = borrower_id, whose, request_key
            row.asked_at, row.answer_by_at = now, _due(session, beijing_date(now))
            session.add(row)
            session.flush()
            audit.record(
                session, actor=actor, action="callback.requested", object_kind="callback", object_id=row.public_id,
                now=now, after={"topic": row.topic, "wished_time": row.wished_time},
            )  # fmt: skip
            return row.public_id
    except IntegrityError:
        if (found := _asked_before(session, request_key)) is None:
            raise
        return found


def _asked_before(session: Session, request_key: str) -> str | None:
    return session.scalar(select(CallbackRequest.public_id).where(CallbackRequest.request_key == request_key))


def _limit(session: Session, whose: str, now: datetime) -> None:
    lately = CallbackRequest.requester_hmac == whose, CallbackRequest.asked_at > now - HOUR
    if (session.scalar(select(func.count()).select_from(CallbackRequest).where(*lately)) or 0) >= MOST_AN_HOUR:
        raise TooManyCallbacks


def _sealed(vault: Vault, wish: Wish) -> CallbackRequest:
    row = new_public_id()
    return CallbackRequest(
        public_id=row,
        number="HD-" + "".join(secrets.choice(PUBLIC_ALPHABET) for _ in range(NUMBER_CHARS)).upper(),
        topic=wish.topic,
        wished_time=wish.wished_time,
        name_enc=vault.seal(wish.name, table=TABLE, row=row, column="name"),
        mobile_enc=vault.seal(wish.mobile, table=TABLE, row=row, column="mobile"),
        words_enc=vault.seal(wish.words, table=TABLE, row=row, column="words"),
        key_version=vault.key_version,
        state="open",
    )


def _due(session: Session, asked_on: date) -> datetime:
    return datetime.combine(working_day_after(session, day=asked_on, count=1), END_OF_WORK, tzinfo=BEIJING)
