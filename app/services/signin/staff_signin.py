"""Staff sign in with a password; failures are counted by account and place, so that nobody locks
another out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import FailedTry, Staff
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.signin.sessions import end_session, renew_token, start_session
from app.services.signin.staff_accounts import is_password, normal_username

# By account and place together: a colleague elsewhere signs in undisturbed (V6.1.1).
TRIES = 5
LOCK = timedelta(minutes=15)
# From many places at once: the account takes no new sign-in for a while; open sessions go on.
TRIES_EVERYWHERE = 50


class PasswordWrong(RuleBroken):
    """No such account, not its password, disabled or locked: never told which."""

    code = "password_wrong"
    message = N_("用户名或密码不对，请再核对一遍")


class TooManyPasswords(RuleBroken):
    """Too many wrong passwords for this name from this place."""

    code = "too_many_passwords"
    message = N_("试的次数太多了，请 %(minutes)s 分钟后再试，或请管理员帮忙")
    values = MappingProxyType({"minutes": LOCK // timedelta(minutes=1)})


@dataclass(frozen=True)
class _Try:
    subject: str
    requester: str


def sign_in_staff(
    session: Session,
    context: Context,
    *,
    username: str,
    password: str,
    requester: str,
    old_token: str,
) -> str:
    """Open a session for a member of staff and return its token.

    Raises: PasswordWrong, TooManyPasswords.
    Source: V6.1.1, V6.3.1, V6.3.8.
    """
    name = normal_username(username)
    attempt = _Try(
        context.vault.fingerprint(name, purpose="staff_name"),
        context.vault.fingerprint(requester, purpose="requester"),
    )
    # Before the password is looked at, and for names nobody has as well (V6.3.8).
    _count_try(session, context, attempt)
    staff = session.scalar(select(Staff).where(Staff.username == name))
    # Outside the transaction: checking takes long on purpose, and no row may be locked for that
    # time.
    is_right = is_password(staff.password_hash if staff else None, password)
    staff_id = staff.id if staff is not None else None

    with transaction(session):
        found = session.get(Staff, staff_id, with_for_update=True) if staff_id is not None else None
        if found is not None and is_right and _may_enter(found, context.now):
            found.failed_tries, found.locked_until_at = 0, None
            _forget_tries(session, attempt)
            token = start_session(session, context, staff_id=found.id, old_token=old_token)
            _record(session, context, "staff.signed_in", found, requester)
            return token

        _note_failure(session, context, found, requester)

    raise PasswordWrong


def step_up(
    session: Session,
    context: Context,
    *,
    staff_id: int,
    session_id: int,
    password: str,
    requester: str,
) -> str:
    """Take the password again for a weighty act and return the session's new token.

    Raises: PasswordWrong, TooManyPasswords, NotFound.
    Source: V7.2.4, V7.5.3.
    """
    staff = session.get_one(Staff, staff_id)
    # Counted for the session whatever its address: another network gives no further tries, and
    # nobody without the session can use them up.
    attempt = _Try(
        context.vault.fingerprint(f"{session_id}", purpose="step_up"),
        context.vault.fingerprint("-", purpose="requester"),
    )
    # Taken out first: the counting below ends the page's transaction, and the row would be read
    # anew.
    hashed = staff.password_hash
    _count_try(session, context, attempt)
    is_right = is_password(hashed, password)

    with transaction(session):
        staff = session.get_one(Staff, staff_id)
        if is_right and staff.disabled_at is None:
            _forget_tries(session, attempt)
            token = renew_token(session, context, session_id=session_id)
            _record(session, context, "staff.stepped_up", staff, requester)
            return token
        _record(session, context, "staff.step_up_failed", staff, requester)

    raise PasswordWrong


def sign_out_staff(
    session: Session, context: Context, *, staff_id: int, session_id: int, requester: str
) -> None:
    """End a session for good. Idempotent on: the session."""
    with transaction(session):
        if end_session(session, context, session_id=session_id):
            _record(
                session, context, "staff.signed_out", session.get_one(Staff, staff_id), requester
            )


def _count_try(session: Session, context: Context, attempt: _Try) -> None:
    """Write the try first and count after its commit: however many come at once, only the first few
    are judged.
    """
    same = FailedTry.subject_hmac == attempt.subject, FailedTry.requester_hmac == attempt.requester
    with transaction(session):
        session.add(
            FailedTry(
                subject_hmac=attempt.subject, requester_hmac=attempt.requester, at=context.now
            )
        )

    tries = session.scalar(
        select(func.count()).select_from(FailedTry).where(*same, FailedTry.at > context.now - LOCK)
    )
    if (tries or 0) > TRIES:
        raise TooManyPasswords


def _forget_tries(session: Session, attempt: _Try) -> None:
    same = FailedTry.subject_hmac == attempt.subject, FailedTry.requester_hmac == attempt.requester
    session.execute(delete(FailedTry).where(*same))


def _may_enter(staff: Staff, now: datetime) -> bool:
    return staff.disabled_at is None and (
        staff.locked_until_at is None or staff.locked_until_at <= now
    )


def _note_failure(session: Session, context: Context, staff: Staff | None, requester: str) -> None:
    if staff is not None:
        staff.failed_tries += 1
        # At every fiftieth: the lock comes again while guessing goes on, and ends by itself.
        if staff.failed_tries % TRIES_EVERYWHERE == 0:
            staff.locked_until_at = context.now + LOCK
    _record(session, context, "staff.sign_in_failed", staff, requester)


def _record(
    session: Session, context: Context, action: str, staff: Staff | None, requester: str
) -> None:
    public_id = staff.public_id if staff is not None else "-"
    tries = (
        {"failed_tries": staff.failed_tries}
        if staff is not None and action.endswith("failed")
        else None
    )
    audit.record(
        session,
        context.by(Actor(f"staff:{public_id}", requester)),
        action=action,
        object_kind="staff",
        object_id=public_id,
        after=tries,
    )
