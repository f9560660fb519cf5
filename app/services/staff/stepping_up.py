"""A code again before weighty acts: once in a quarter of an hour."""

from sqlalchemy.orm import Session

from app.models import Staff
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.signin.sessions import renew_token
from app.services.staff import totp
from app.services.staff.signing_in import DeskCodeWrong
from app.services.staff.tries import Counter, begin_try, forget_try


def step_up(
    session: Session, context: Context, *, staff_id: int, session_id: int, code: str
) -> str:
    """Take a code again for a weighty act and return the session's new token.

    Raises: DeskCodeWrong, TooManyTries, NotFound.
    Source: V7.2.4, V7.5.3.
    """
    # Counted for the session whatever its address: another network gives no further tries, and
    # nobody without the session can use them up.
    of_session = Counter(
        context.vault.fingerprint(f"{session_id}", purpose="step_up"),
        context.vault.fingerprint("-", purpose="requester"),
    )
    attempt = begin_try(session, context, own=(of_session,), shared=())

    with transaction(session):
        staff = session.get_one(Staff, staff_id)
        by = None
        if staff.disabled_at is None:
            by = totp.use_code(session, context, staff=staff, code=code)
        if by is not None:
            forget_try(session, attempt=attempt)
            token = renew_token(session, context, session_id=session_id)
            _record(session, context, "staff.stepped_up", staff)
            return token
        _record(session, context, "staff.step_up_failed", staff)

    raise DeskCodeWrong


def _record(session: Session, context: Context, action: str, staff: Staff) -> None:
    audit.record(session, context, action=action, object_kind="staff", object_id=staff.public_id)
