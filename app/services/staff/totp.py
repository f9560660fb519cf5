"""The second factor: codes of an authenticator app by RFC 6238, and codes to fall back on."""

import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.models import RecoveryCode, Staff
from app.models.base import PUBLIC_ALPHABET
from app.ports.vault import Vault
from app.services.core.context import Context

STEP_SECONDS = 30
# Clocks of phones are off: the step before and the one to come are taken too.
STEPS_AROUND = 1
CODE_CHARS = 6
RECOVERY_CODES = 10
# Three groups of four: about 59 bits each.
GROUPS, GROUP_CHARS = 3, 4


def new_secret() -> str:
    """Make a secret of 160 bits, in base32 as apps take it."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, *, username: str, issuer: str) -> str:
    """Return what the QR code of an enrolment says."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)


def current_code(secret: str, now: datetime) -> str:
    """Return the code an app shows now."""
    return pyotp.TOTP(secret).at(now)


def is_right(secret: str, code: str, now: datetime) -> bool:
    """Whether a code is of now or of a step beside it, used or not."""
    return _step_of(secret, code, now) is not None


def seal_secret(vault: Vault, staff: Staff, secret: str) -> None:
    """Give an account its secret, sealed; the next code may be of any step. Never commits."""
    staff.totp_secret_enc = vault.seal(secret, **_place(staff))
    staff.totp_used_step = None


def secret_of(vault: Vault, staff: Staff) -> str | None:
    """Return an account's secret, none where it has not enrolled."""
    if staff.totp_secret_enc is None:
        return None
    return vault.unseal(staff.totp_secret_enc, **_place(staff))


def use_code(session: Session, context: Context, *, staff: Staff, code: str) -> str | None:
    """Use a code up: "totp" or "recovery_code", none where it is wrong or was used. Never commits.

    One code opens one door, however many try it at once. Source: V6.5.1.
    """
    if len(code) == CODE_CHARS and code.isascii() and code.isdecimal():
        return "totp" if _use_totp(session, context, staff, code) else None
    return "recovery_code" if _use_recovery(session, context, staff, code) else None


def make_recovery_codes(session: Session, context: Context, *, staff: Staff) -> tuple[str, ...]:
    """Replace an account's codes to fall back on and return the new ones, to be shown once. Never
    commits.
    """
    codes = tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    session.add_all(
        RecoveryCode(
            staff_id=staff.id,
            code_hmac=_recovery_hmac(context.vault, staff, code),
            made_at=context.now,
        )
        for code in codes
    )
    return codes


def forget_second_factor(session: Session, *, staff: Staff) -> None:
    """Take secret and codes from an account: it enrols at its next sign-in. Never commits."""
    staff.totp_secret_enc, staff.totp_used_step = None, None
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))


def recovery_codes_left(session: Session, *, staff_id: int) -> int:
    """Return how many codes to fall back on were not used."""
    left = RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*left)) or 0


def _use_totp(session: Session, context: Context, staff: Staff, code: str) -> bool:
    secret = secret_of(context.vault, staff)
    step = _step_of(secret, code, context.now) if secret else None
    if step is None:
        return False
    # A later step than the last one used; one far ahead was used while the clock was wrong and
    # keeps nobody out.
    is_fresh = or_(
        Staff.totp_used_step.is_(None),
        Staff.totp_used_step < step,
        Staff.totp_used_step > _now_step(context.now) + STEPS_AROUND,
    )
    used = update(Staff).where(Staff.id == staff.id, is_fresh).values(totp_used_step=step)
    return session.execute(used.returning(Staff.id)).scalar() is not None


def _use_recovery(session: Session, context: Context, staff: Staff, code: str) -> bool:
    hashed = _recovery_hmac(context.vault, staff, code.lower())
    one = (
        RecoveryCode.staff_id == staff.id,
        RecoveryCode.code_hmac == hashed,
        RecoveryCode.used_at.is_(None),
    )
    used = update(RecoveryCode).where(*one).values(used_at=context.now)
    return session.execute(used.returning(RecoveryCode.id)).first() is not None


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The latest step around now whose code it is."""
    if not code.isascii():
        return None
    totp, here = pyotp.TOTP(secret, digits=CODE_CHARS, interval=STEP_SECONDS), _now_step(now)
    around = range(here - STEPS_AROUND, here + STEPS_AROUND + 1)
    # All are compared, each in constant time.
    fitting = [step for step in around if secrets.compare_digest(totp.generate_otp(step), code)]
    return fitting[-1] if fitting else None


def _now_step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def _new_recovery_code() -> str:
    groups = (
        "".join(secrets.choice(PUBLIC_ALPHABET) for _ in range(GROUP_CHARS)) for _ in range(GROUPS)
    )
    return "-".join(groups)


def _recovery_hmac(vault: Vault, staff: Staff, code: str) -> str:
    return vault.fingerprint(f"{staff.public_id}:{code.replace('-', '')}", purpose="recovery_code")


def _place(staff: Staff) -> dict[str, str]:
    return {"table": "staff", "row": staff.public_id, "column": "totp_secret"}
