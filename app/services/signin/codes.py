"""Codes by SMS, for signing in and for signing: asked for within limits, tried a few times. Steps,
they never commit.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.policy import Policy
from app.domain.texts import N_
from app.models import Borrower, Device, SignInCode, new_public_id
from app.ports.vault import Vault
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion
from app.services.outbox.sms_texts import bind_to_site, sms_text
from app.services.signin.sessions import token_hash

SIGN_IN, SIGN = "sign_in", "sign"
MESSAGES = {SIGN_IN: "sign_in_code", SIGN: "sign_code"}
# A million codes against five tries of five minutes (U-04).
DIGITS = 6
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class TooManyCodes(RuleBroken):
    """A code was asked for too soon or too often; told alike for every number."""

    code = "too_many_codes"

    message = N_(
        "刚刚发过验证码了，请过一会儿再试。验证码 %(minutes)s 分钟内有效，收到的那条可以用"
    )

    def __init__(self, seconds: int, *, minutes: int) -> None:
        self.seconds = seconds
        super().__init__(minutes=minutes)


@dataclass(frozen=True)
class Visit:
    """Where a sign-in comes from: this browser, its device cookie (a new one is unknown), its
    address.
    """

    browser: str
    device: str
    requester: str

    @property
    def browser_hash(self) -> str:
        """Return what the database knows of the browser."""
        return token_hash(self.browser)

    @property
    def device_hash(self) -> str:
        """Return what the database knows of the device."""
        return token_hash(self.device)


@dataclass(frozen=True)
class CodeAsker:
    """Who asks for a code and what for, as limits count: number and place as keyed hashes, the id
    of a known device.
    """

    purpose: str
    mobile_hmac: str
    requester_hmac: str
    device_id: int | None


def borrowers_of(session: Session, *, mobile_hmac: str) -> list[Borrower]:
    """Return everyone who has this mobile number."""
    same = select(Borrower).where(Borrower.mobile_hmac == mobile_hmac)
    return list(session.scalars(same.order_by(Borrower.id)))


def known_devices(session: Session, *, mobile_hmac: str, visit: Visit) -> list[Device]:
    """Return this device's rows for people with this number; empty for a device never used by
    them.
    """
    rows = select(Device).join(Borrower, Borrower.id == Device.borrower_id)
    rows = rows.where(Device.token_hash == visit.device_hash, Borrower.mobile_hmac == mobile_hmac)
    return list(session.scalars(rows.order_by(Device.id)))


def line_up(session: Session, *, mobile_hmac: str) -> None:
    """Make askers for one number wait for each other until the commit; SQLite writers do so
    anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        # An advisory lock takes 63 bits and needs no row: there is none for numbers that nobody
        # has.
        number = int(mobile_hmac[:15], 16)
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def check_limits(
    session: Session,
    context: Context,
    *,
    asker: CodeAsker,
) -> None:
    """Refuse a code that comes too soon or too often; a known device has a quota of its own, and so
    has each purpose.

    Raises: TooManyCodes with the seconds to wait.
    Source: U-04, V6.1.1, V6.6.3.
    """
    policy = active_policy(session)[1]
    same = SignInCode.purpose == asker.purpose, SignInCode.mobile_hmac == asker.mobile_hmac
    # Strangers who ask for codes use up the quota of unknown devices only, so they cannot keep the
    # owner out (V6.1.1).
    quota = (
        SignInCode.device_id.is_(None)
        if asker.device_id is None
        else SignInCode.device_id == asker.device_id
    )
    asked = select(SignInCode.asked_at).where(*same, quota, SignInCode.asked_at > context.now - DAY)
    times = session.scalars(
        asked.order_by(SignInCode.asked_at.desc()).limit(policy.codes.codes_per_day)
    ).all()
    waits = [_until_free(times, count, within, context.now) for count, within in _quotas(policy)]
    # A place is counted for unknown devices only: an office shares one address.
    if asker.device_id is None:
        waits.append(
            _requester_wait(
                session, context, asker.requester_hmac, policy.codes.codes_per_requester_hour
            )
        )

    if max(waits) > 0:
        # The longest of the waits, so that nobody comes back to be refused by the next limit.
        raise TooManyCodes(max(waits), minutes=policy.codes.code_valid_minutes)


def write_code(
    session: Session,
    context: Context,
    *,
    asker: CodeAsker,
    visit: Visit,
    code: str | None,
    text_sha256: str | None = None,
) -> SignInCode:
    """Store a code's keyed hash and void this browser's earlier ones; without a code no input ever
    matches.

    A code that signs is bound to the hash of the text it signs.

    Source: I-13, V6.5.2, V6.6.2; only the newest counts, in the browser that asked, so that nobody
            voids another's.
    """
    policy = active_policy(session)[1]
    earlier = update(SignInCode).where(
        SignInCode.purpose == asker.purpose,
        SignInCode.browser_hash == visit.browser_hash,
        SignInCode.void_at.is_(None),
    )
    # Only this browser's: who asks for a code for someone else's number must not void the one they
    # wait for.
    session.execute(earlier.values(void_at=context.now))
    public_id = new_public_id()
    row = SignInCode(
        public_id=public_id,
        purpose=asker.purpose,
        mobile_hmac=asker.mobile_hmac,
        requester_hmac=asker.requester_hmac,
        browser_hash=visit.browser_hash,
        device_id=asker.device_id,
        text_sha256=text_sha256,
        # For an unknown number the hash of something that no six digits ever match.
        code_hash=code_hash(context.vault, public_id, code or secrets.token_hex(DIGITS)),
        asked_at=context.now,
        expires_at=context.now + timedelta(seconds=policy.codes.code_valid_seconds),
    )
    session.add(row)
    session.flush()

    return row


def send_code(
    session: Session,
    context: Context,
    *,
    row: SignInCode,
    mobile: str,
    code: str,
    borrower: Borrower,
    **values: str,
) -> int:
    """Write the message with the code and return its outbox id; `values` are what else its words
    name. Source: U-05.
    """
    words = sms_text(
        MESSAGES[row.purpose],
        language=borrower.language,
        signature=context.site.sms_signature,
        code=code,
        **values,
        minutes=str(active_policy(session)[1].codes.code_valid_minutes),
    )
    return outbox_queue.enqueue_sms(
        session,
        context,
        purpose="code",
        to=mobile,
        text=bind_to_site(words, context.site, code=code),
        borrower_id=borrower.id,
        key=f"code:{row.public_id}",
        about=Occasion("code", row.public_id),
        expires_at=row.expires_at,
    )


def new_code() -> str:
    """Return random digits, leading zeros included."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def code_hash(vault: Vault, public_id: str, code: str) -> str:
    """Return the keyed hash of a code, salted with its row."""
    return vault.fingerprint(f"{public_id}:{code}", purpose="code")


def count_code_try(
    session: Session,
    context: Context,
    *,
    purpose: str,
    asked: str,
    visit: Visit,
    text_sha256: str | None = None,
) -> SignInCode | None:
    """Take one of the code's tries and return its row, locked; None when it cannot be tried any
    more, or not for this.

    Source: U-04, V6.5.1, V6.5.5.
    """
    tries = active_policy(session)[1].codes.code_tries
    row = _locked(session, purpose, asked, visit)
    if (
        row is None
        or not _is_open(row, context.now)
        or row.tries >= tries
        or row.text_sha256 != text_sha256
    ):
        return None

    # Counted before it is judged, under the lock: many guesses at once each cost one (V6.6.3).
    row.tries += 1
    return row


def use_code(session: Session, context: Context, *, row: SignInCode, code: str) -> bool:
    """Mark a code used if the digits are right; only the first call can."""
    if not _is_right(row, context.vault, code):
        return False

    # Conditional although the row is locked: it states by itself that a code is used once (V6.5.1).
    used = (
        update(SignInCode)
        .where(SignInCode.id == row.id, SignInCode.used_at.is_(None))
        .values(used_at=context.now)
    )

    return session.execute(used.returning(SignInCode.id)).scalar() is not None


def would_open(
    session: Session, context: Context, *, asked: str, visit: Visit, code: str, text_sha256: str
) -> bool:
    """Tell whether a code that signs would do now, without taking a try: what is costly is made
    only then.
    """
    row = session.scalar(_asked(SIGN, asked, visit))
    if (
        row is None
        or not _is_open(row, context.now)
        or row.tries >= active_policy(session)[1].codes.code_tries
    ):
        return False

    return row.text_sha256 == text_sha256 and _is_right(row, context.vault, code)


def count_person_try(
    session: Session, context: Context, *, asked: str, visit: Visit, valid: timedelta
) -> SignInCode | None:
    """Take one try at the last four that follow a right code; None when none is left: twice the
    tries for both.
    """
    tries = active_policy(session)[1].codes.code_tries
    row = _locked(session, SIGN_IN, asked, visit)
    is_open = (
        row is not None
        and row.used_at is not None
        and row.void_at is None
        and row.used_at + valid > context.now
    )
    # The tries of both steps are in one count, so that neither gives the other more.
    if row is None or not is_open or row.tries >= 2 * tries:
        return None

    row.tries += 1
    return row


def close_code(session: Session, context: Context, *, row: SignInCode) -> bool:
    """Let a code open no further session; return whether this call did."""
    closed = (
        update(SignInCode)
        .where(SignInCode.id == row.id, SignInCode.void_at.is_(None))
        .values(void_at=context.now)
    )
    return session.execute(closed.returning(SignInCode.id)).scalar() is not None


def _asked(purpose: str, asked: str, visit: Visit) -> Select[SignInCode]:
    return select(SignInCode).where(
        SignInCode.public_id == asked,
        SignInCode.purpose == purpose,
        SignInCode.browser_hash == visit.browser_hash,
    )


def _locked(session: Session, purpose: str, asked: str, visit: Visit) -> SignInCode | None:
    row = _asked(purpose, asked, visit).with_for_update()
    # The count as the lock shows it, not as an earlier read of this session has it.
    return session.scalar(row.execution_options(populate_existing=True))


def _is_open(row: SignInCode, now: datetime) -> bool:
    return row.used_at is None and row.void_at is None and row.expires_at > now


def _is_right(row: SignInCode, vault: Vault, code: str) -> bool:
    return hmac.compare_digest(code_hash(vault, row.public_id, code), row.code_hash)


def _quotas(policy: Policy) -> tuple[tuple[int, timedelta], ...]:
    resend = timedelta(seconds=policy.codes.code_resend_seconds)
    return (1, resend), (policy.codes.codes_per_hour, HOUR), (policy.codes.codes_per_day, DAY)


def _until_free(times: Sequence[datetime], count: int, within: timedelta, now: datetime) -> int:
    """Seconds until fewer than `count` of the times, newest first, lie within the span."""
    if len(times) < count or times[count - 1] <= now - within:
        return 0
    return max(1, int((times[count - 1] + within - now).total_seconds()))


def _requester_wait(session: Session, context: Context, requester_hmac: str, count: int) -> int:
    recent = select(func.count(), func.min(SignInCode.asked_at)).where(
        SignInCode.requester_hmac == requester_hmac,
        SignInCode.device_id.is_(None),
        SignInCode.asked_at > context.now - HOUR,
    )
    asked, first_at = session.execute(recent).one()
    return 0 if asked < count else max(1, int((first_at + HOUR - context.now).total_seconds()))
