"""Staff sign in by password and a code of their authenticator; wrong tries wait, none locks."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.spans import ahead
from app.domain.texts import N_
from app.models import Staff, StaffSignIn
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.signin.sessions import end_session, start_session, token_hash
from app.services.staff import totp
from app.services.staff.accounts import normal_username
from app.services.staff.devices import DeskVisit, knows_device, remember_device
from app.services.staff.passwords import is_password, room_to_hash
from app.services.staff.tries import Counter, Try, begin_try, forget_try

# Time enough to set up an app on a phone.
SECOND_STEP = timedelta(minutes=15)
# An office shares one address, and who types a wrong name for once is no attack.
TRIES_OF_ADDRESS = 20
# From many places at once on one name: those who are new there share one try in half a minute. It
# is short, for the person may be among them; who guesses a password still lacks the code.
TRIES_OF_NAME = 20
SHARED_WAIT = timedelta(seconds=30)
# A right password and wrong codes: someone knows the password.
CODES_OF_NAME = 10


class PasswordWrong(RuleBroken):
    """No such account, not its password, or disabled: never told which."""

    code = "password_wrong"
    message = N_("用户名或密码不对，请再核对一遍")


class DeskCodeWrong(RuleBroken):
    """Not a code of now, or used before: never told which."""

    code = "code_wrong"
    message = N_("动态码不对，或者已经用过，请等手机上换了下一个再填")


@dataclass(frozen=True)
class SecondStep:
    """A sign-in whose password was right: whose it is, and whether the account has yet to enrol."""

    username: str
    needs_enrolment: bool


@dataclass(frozen=True)
class DeskSignIn:
    """An open session and what its person is told: wrong tries since the last one, a new
    browser, codes to fall back on.
    """

    token: str
    failed_tries: int
    failed_codes: int
    is_new_device: bool
    used_recovery_code: bool
    recovery_codes_left: int
    recovery_codes: tuple[str, ...] = ()


def check_password(
    session: Session, context: Context, *, username: str, password: str, visit: DeskVisit
) -> str:
    """Take the first step and return the token of the second.

    Raises: PasswordWrong, TooManyTries, HashingBusy.
    Source: V6.1.1, V6.3.1, V6.3.3, V6.3.8.
    """
    name = normal_username(username)
    with room_to_hash():
        # Before the password is looked at, and for names nobody has as well (V6.3.8).
        attempt = _begin(session, context, name, visit)
        staff = session.scalar(select(Staff).where(Staff.username == name))
        # Outside the transaction: checking takes long on purpose, and no row may be locked for that
        # time.
        is_right = is_password(staff.password_hash if staff else None, password)
    staff_id = staff.id if staff is not None else None

    with transaction(session):
        found = session.get(Staff, staff_id, with_for_update=True) if staff_id is not None else None
        if found is not None and is_right and found.disabled_at is None:
            forget_try(session, attempt=attempt)
            return _open_second_step(session, context, found)
        if found is not None:
            found.failed_tries += 1
        audit.count_refused(session, context, what="staff.password")

    raise PasswordWrong


def second_step(session: Session, context: Context, *, step: str) -> SecondStep | None:
    """Return what a sign-in still needs, none where its time is over."""
    found = session.execute(_under_way(context, step)).first()
    if found is None:
        return None
    staff: Staff = found[1]
    return SecondStep(staff.username, staff.totp_secret_enc is None)


def finish_sign_in(
    session: Session, context: Context, *, step: str, code: str, visit: DeskVisit, old_token: str
) -> DeskSignIn:
    """Take the second step of an enrolled account and open its session.

    Raises: DeskCodeWrong, TooManyTries, NotFound where the sign-in's time is over.
    Source: V6.3.3, V6.3.5, V6.5.1.
    """
    _row, staff = under_way(session, context, step=step)
    attempt = begin_code_try(session, context, staff=staff, visit=visit)

    with transaction(session):
        # Enrolled or reset meanwhile: what was read before says nothing now.
        _row, staff = under_way(session, context, step=step, lock=True)
        by = totp.use_code(session, context, staff=staff, code=code)
        if by is not None:
            forget_try(session, attempt=attempt)
            return open_desk(session, context, staff=staff, by=by, visit=visit, old_token=old_token)
        staff.failed_codes += 1
        audit.count_refused(session, context, what="staff.code")

    raise DeskCodeWrong


def sign_out_staff(
    session: Session, context: Context, *, staff_id: int, session_id: int, requester: str
) -> None:
    """End a session for good. Idempotent on: the session."""
    with transaction(session):
        if end_session(session, context, session_id=session_id):
            staff = session.get_one(Staff, staff_id)
            own = acting_staff(context, staff, requester)
            _record(session, own, "staff.signed_out", staff, None)


def under_way(
    session: Session, context: Context, *, step: str, lock: bool = False
) -> tuple[StaffSignIn, Staff]:
    """Return a sign-in between its steps and its account, which is locked where asked.

    Raises: NotFound.
    """
    query = _under_way(context, step)
    if lock:
        # The account alone, and the sign-in read anew under it: two sign-ins of one account would
        # wait for each other's rows.
        session.execute(query.with_for_update(of=Staff)).first()
        query = query.execution_options(populate_existing=True)
    found = session.execute(query).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def begin_code_try(session: Session, context: Context, *, staff: Staff, visit: DeskVisit) -> Try:
    """Count a try of a code for its account. Raises: TooManyTries. Source: V6.6.3."""
    subject = context.vault.fingerprint(staff.public_id, purpose="staff_code")
    if knows_device(session, username=staff.username, device=visit.device):
        place = context.vault.fingerprint(visit.device, purpose="staff_device")
        return begin_try(session, context, own=(Counter(subject, place),), shared=())
    everywhere = context.vault.fingerprint("-", purpose="requester")
    shared = Counter(subject, everywhere, CODES_OF_NAME)
    return begin_try(session, context, own=(), shared=(shared,))


def open_desk(
    session: Session,
    context: Context,
    *,
    staff: Staff,
    by: str,
    visit: DeskVisit,
    old_token: str,
    recovery_codes: tuple[str, ...] = (),
) -> DeskSignIn:
    """Open the session of a sign-in whose steps are done, and forget the sign-in. Never commits."""
    told = DeskSignIn(
        start_session(session, context, staff_id=staff.id, old_token=old_token),
        staff.failed_tries,
        staff.failed_codes,
        remember_device(session, context, staff_id=staff.id, device=visit.device),
        by == "recovery_code",
        totp.recovery_codes_left(session, staff_id=staff.id),
        recovery_codes,
    )
    after = {"by": by, "failed_tries": staff.failed_tries, "failed_codes": staff.failed_codes}
    staff.failed_tries = staff.failed_codes = 0
    # All of the account's: a sign-in that someone else has begun ends here as well.
    session.execute(delete(StaffSignIn).where(StaffSignIn.staff_id == staff.id))
    own = acting_staff(context, staff, visit.requester)
    _record(session, own, "staff.signed_in", staff, after)
    return told


def _begin(session: Session, context: Context, name: str, visit: DeskVisit) -> Try:
    def of(text: str, purpose: str) -> str:
        return context.vault.fingerprint(text, purpose=purpose)

    subject = of(name, "staff_name")
    if knows_device(session, username=name, device=visit.device):
        browser = Counter(subject, of(visit.device, "staff_device"))
        return begin_try(session, context, own=(browser,), shared=())

    address = of(visit.requester, "requester")
    shared = (
        Counter(of("-", "staff_name"), address, TRIES_OF_ADDRESS),
        Counter(subject, of("-", "requester"), TRIES_OF_NAME, SHARED_WAIT),
    )
    return begin_try(session, context, own=(Counter(subject, address),), shared=shared)


def _open_second_step(session: Session, context: Context, staff: Staff) -> str:
    step = secrets.token_urlsafe(32)
    hashed, secret = token_hash(step), None
    if staff.totp_secret_enc is None:
        secret = context.vault.seal(
            totp.new_secret(), table="staff_sign_ins", row=hashed, column="secret"
        )
    session.add(
        StaffSignIn(
            token_hash=hashed,
            staff_id=staff.id,
            secret_enc=secret,
            expires_at=context.now + SECOND_STEP,
        )
    )
    return step


def _under_way(context: Context, step: str) -> Select[StaffSignIn, Staff]:
    return (
        select(StaffSignIn, Staff)
        .join(Staff, Staff.id == StaffSignIn.staff_id)
        .where(
            StaffSignIn.token_hash == token_hash(step),
            # Not beyond its time either: a clock that was ahead would leave it open.
            StaffSignIn.expires_at.between(*ahead(context.now, SECOND_STEP)),
            Staff.disabled_at.is_(None),
        )
    )


def acting_staff(context: Context, staff: Staff, requester: str) -> Context:
    """Return the surroundings with the account acting that has no session yet."""
    return context.by(Actor(f"staff:{staff.public_id}", requester))


def _record(
    session: Session, context: Context, action: str, staff: Staff, after: dict[str, object] | None
) -> None:
    audit.record(
        session,
        context,
        action=action,
        object_kind="staff",
        object_id=staff.public_id,
        after=after,
    )
