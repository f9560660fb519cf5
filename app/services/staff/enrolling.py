"""The second factor set up: at the first sign-in, and its codes to fall back on made anew."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.models import Staff, StaffSignIn
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.staff import totp
from app.services.staff.devices import DeskVisit
from app.services.staff.signing_in import (
    DeskCodeWrong,
    DeskSignIn,
    acting_staff,
    begin_code_try,
    open_desk,
    under_way,
)
from app.services.staff.tries import forget_try

ISSUER = "安还工作台"


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app is given: by picture or typed."""

    secret: str
    uri: str


def enrolment(session: Session, context: Context, *, step: str) -> Enrolment | None:
    """Return what a sign-in offers for enrolling, none where its account is enrolled.

    Raises: NotFound where the sign-in's time is over.
    """
    row, staff = under_way(session, context, step=step)
    if staff.totp_secret_enc is not None or row.secret_enc is None:
        return None
    secret = _offered(context, row)
    return Enrolment(secret, totp.provisioning_uri(secret, username=staff.username, issuer=ISSUER))


def enrol(
    session: Session, context: Context, *, step: str, code: str, visit: DeskVisit, old_token: str
) -> DeskSignIn:
    """Take the first code of a new authenticator: the account is enrolled and its session opens,
    with codes to fall back on.

    Of several at once the first one enrols. Raises: DeskCodeWrong, TooManyTries, NotFound.
    Source: V6.3.3, V6.5.1.
    """
    _row, staff = under_way(session, context, step=step)
    attempt = begin_code_try(session, context, staff=staff, visit=visit)

    with transaction(session):
        row, staff = under_way(session, context, step=step, lock=True)
        if row.secret_enc is not None and staff.totp_secret_enc is None:
            secret = _offered(context, row)
            if totp.is_right(secret, code, context.now):
                forget_try(session, attempt=attempt)
                own = acting_staff(context, staff, visit.requester)
                codes = enrol_account(session, own, staff=staff, secret=secret)
                by = totp.use_code(session, context, staff=staff, code=code) or "totp"
                return open_desk(
                    session,
                    context,
                    staff=staff,
                    by=by,
                    visit=visit,
                    old_token=old_token,
                    recovery_codes=codes,
                )
        audit.count_refused(session, context, what="staff.code")

    raise DeskCodeWrong


def renew_recovery_codes(session: Session, context: Context, *, staff_id: int) -> tuple[str, ...]:
    """Make new codes to fall back on; the old ones are worth nothing. To be shown once."""
    with transaction(session):
        staff = session.get_one(Staff, staff_id, with_for_update=True)
        codes = totp.make_recovery_codes(session, context, staff=staff)
        _record(session, context, "staff.recovery_codes_made", staff)
    return codes


def enrol_account(
    session: Session, context: Context, *, staff: Staff, secret: str
) -> tuple[str, ...]:
    """Give an account its secret and return its codes to fall back on. Never commits."""
    totp.seal_secret(context.vault, staff, secret)
    session.flush()
    codes = totp.make_recovery_codes(session, context, staff=staff)
    _record(session, context, "staff.enrolled", staff)
    return codes


def _offered(context: Context, row: StaffSignIn) -> str:
    assert row.secret_enc is not None  # noqa: S101 - asked before
    return context.vault.unseal(
        row.secret_enc, table="staff_sign_ins", row=row.token_hash, column="secret"
    )


def _record(session: Session, context: Context, action: str, staff: Staff) -> None:
    audit.record(session, context, action=action, object_kind="staff", object_id=staff.public_id)
