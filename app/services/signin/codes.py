"""Codes by SMS, for signing in and for signing: asked for within limits, tried a few times. Steps,
they never commit.
"""

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import Borrower, SignInCode, new_public_id
from app.ports.vault import Vault
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.outbox import queue as outbox_queue
from app.services.outbox.occasions import Occasion
from app.services.outbox.sms_texts import bind_to_site, sms_text
from app.services.signin.code_limits import (
    SIGN,
    SIGN_IN,
    CodeAsker,
    Visit,
    asked_code,
    has_mobile,
    is_open,
    may_pick,
)

MESSAGES = {SIGN_IN: "sign_in_code", SIGN: "sign_code"}
# A million codes against five tries of five minutes (U-04).
DIGITS = 6


def borrowers_of(session: Session, *, mobile_hmac: str) -> list[Borrower]:
    """Return everyone who has this mobile number."""
    same = select(Borrower).where(has_mobile(mobile_hmac))
    return list(session.scalars(same.order_by(Borrower.id)))


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
        about=Occasion("code", row.public_id),
        key=f"code:{row.public_id}",
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
        or not is_open(row, context.now)
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


def is_spent(session: Session, *, row: SignInCode | None, steps: int = 1) -> bool:
    """Tell whether a code has no try left after one that was counted; none was counted for None.

    Units: steps: 1 for the code itself, 2 with the last four that follow it.
    """
    return row is None or row.tries >= steps * active_policy(session)[1].codes.code_tries


def would_open(
    session: Session, context: Context, *, asked: str, visit: Visit, code: str, text_sha256: str
) -> bool:
    """Tell whether a code that signs would do now, without taking a try: what is costly is made
    only then.
    """
    row = session.scalar(asked_code(SIGN, asked, visit))
    if (
        row is None
        or not is_open(row, context.now)
        or row.tries >= active_policy(session)[1].codes.code_tries
    ):
        return False

    return row.text_sha256 == text_sha256 and _is_right(row, context.vault, code)


def asked_at(session: Session, *, asked: str) -> datetime | None:
    """Return when a code was asked for; None where there is no such code."""
    return session.scalar(select(SignInCode.asked_at).where(SignInCode.public_id == asked))


def count_person_try(
    session: Session, context: Context, *, asked: str, visit: Visit
) -> SignInCode | None:
    """Take one try at the last four that follow a right code; None when none is left: twice the
    tries for both.
    """
    row = _locked(session, SIGN_IN, asked, visit)
    tries = active_policy(session)[1].codes.code_tries
    if row is None or not may_pick(row, context.now, tries):
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


def _locked(session: Session, purpose: str, asked: str, visit: Visit) -> SignInCode | None:
    row = asked_code(purpose, asked, visit).with_for_update()
    # The count as the lock shows it, not as an earlier read of this session has it.
    return session.scalar(row.execution_options(populate_existing=True))


def _is_right(row: SignInCode, vault: Vault, code: str) -> bool:
    return hmac.compare_digest(code_hash(vault, row.public_id, code), row.code_hash)
