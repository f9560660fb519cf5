"""Borrowers sign in: a code by SMS, then the last four of the ID on a new device or a shared
number.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.spans import within
from app.domain.texts import N_
from app.models import Borrower, Device, SignInCode
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import line_up, transaction
from app.services.signin import code_limits
from app.services.signin import codes as signin_codes
from app.services.signin.code_limits import DAY, SIGN_IN, Visit
from app.services.signin.sessions import end_session, start_session

Notice = Literal["new_device", "other_device", "failed_tries"]
FAILED = "borrower.sign_in_failed"
# One or two wrong digits are anybody's typing (V6.3.5).
FAILURES_WORTH_TELLING = 3


class CodeWrong(RuleBroken):
    """The code or the last four are not right, too late, used or tried too often: never told
    which.
    """

    code = "code_wrong"
    message = N_("没有对上，请核对后再试；试过几次还不行，请重新获取验证码")


class CodeSpent(CodeWrong):
    """The code can be tried no more, whatever is typed: tried too often, too late, used, or not
    this browser's.

    It tells nothing of the number: also a code that nobody was sent counts its tries (V6.3.8).
    """

    code = "code_spent"
    message = N_("这条验证码不能再用了，请重新获取一条")


class LastFourNeeded(RuleBroken):
    """Many codes asked for at this address led nowhere: a new device names the last four first."""

    code = "last_four_needed"
    message = N_("这个网络里刚才试的次数比较多，请再填证件号码后四位，我们照常发验证码")


@dataclass(frozen=True)
class CodeRequest:
    """A code was asked for: its id, and the messages to hand over after the commit (none for
    unknown numbers).
    """

    public_id: str
    outbox_ids: tuple[int, ...]


@dataclass(frozen=True)
class SignedIn:
    """A session was opened: its token, and what the person should be told about their account's
    safety.
    """

    token: str
    notices: tuple[Notice, ...]


def ask_code(
    session: Session, context: Context, *, mobile: str, visit: Visit, id_last4: str = ""
) -> CodeRequest:
    """Make a code for a mobile number and write its message; the same work and answer for unknown
    numbers.

    Where the last four are given, it is sent to the one they belong to.
    Raises: TooManyCodes, LastFourNeeded, for known and unknown numbers alike.
    Source: U-04, V6.1.1, V6.3.8.
    """
    mobile_hmac = context.vault.fingerprint(mobile, purpose="mobile")
    last4_hmac = context.vault.fingerprint(id_last4.upper(), purpose="id_last4")
    requester_hmac = context.vault.fingerprint(visit.requester, purpose="requester")
    with transaction(session):
        # Limits are read and the code is written as one step: two requests at once must not both be
        # within them.
        line_up(session, mobile_hmac, requester_hmac, visit.browser_hash)
        asker = code_limits.asker_of(
            session, context, purpose=SIGN_IN, mobile_hmac=mobile_hmac, visit=visit
        )
        code_limits.check_limits(session, context, asker=asker)
        if not id_last4 and code_limits.is_crowded(session, context, asker=asker):
            raise LastFourNeeded

        people = [
            one
            for one in signin_codes.borrowers_of(session, mobile_hmac=mobile_hmac)
            if not id_last4 or hmac.compare_digest(one.id_last4_hmac, last4_hmac)
        ]
        code = signin_codes.new_code()
        row = signin_codes.write_code(
            session,
            context,
            asker=asker,
            visit=visit,
            # A row is written for unknown numbers too: same work, same time, same limits (V6.3.8).
            code=code if people else None,
        )
        if not people:
            return CodeRequest(row.public_id, ())

        sent = signin_codes.send_code(
            session, context, row=row, mobile=mobile, code=code, borrower=people[0]
        )

        return CodeRequest(row.public_id, (sent,))


def check_code(
    session: Session, context: Context, *, asked: str, code: str, visit: Visit, old_token: str
) -> SignedIn | None:
    """Try a code. On a device the only person of the number used before, a session opens; else
    None: pick the person.

    Raises: CodeWrong, CodeSpent once it can be tried no more.
    Source: V6.5.1, V6.6.2.
    """
    with transaction(session):
        row = signin_codes.count_code_try(
            session, context, purpose=SIGN_IN, asked=asked, visit=visit
        )
        if row is not None and signin_codes.use_code(session, context, row=row, code=code):
            people = signin_codes.borrowers_of(session, mobile_hmac=row.mobile_hmac)
            devices = code_limits.known_devices(session, mobile_hmac=row.mobile_hmac, visit=visit)
            # A number can be shared or handed on. Only a device that this very person used, and
            # nobody else on the number, is enough without the ID.
            if len(people) == 1 and devices and not people[0].is_contested:
                return _open(
                    session, context, row, people[0].id, visit, old_token=old_token, right_tries=1
                )

            return None

        # Committed before the refusal is raised: the try it used up must stay counted.
        audit.count_refused(session, context, what=FAILED)
        spent = signin_codes.is_spent(session, row=row)

    raise CodeSpent if spent else CodeWrong


def pick_person(
    session: Session, context: Context, *, asked: str, id_last4: str, visit: Visit, old_token: str
) -> SignedIn:
    """Open the session of the one person of the number whose ID ends so, after a right code.

    Raises: CodeWrong, also when two people of one number end alike: a person has to help there;
            CodeSpent once there are no more tries.
    """
    wanted = context.vault.fingerprint(id_last4.upper(), purpose="id_last4")
    with transaction(session):
        row = signin_codes.count_person_try(session, context, asked=asked, visit=visit)
        if row is not None:
            people = session.execute(
                select(Borrower.id, Borrower.id_last4_hmac).where(
                    code_limits.has_mobile(row.mobile_hmac)
                )
            ).all()
            # Compared in constant time, like the code.
            matching = [one.id for one in people if hmac.compare_digest(one.id_last4_hmac, wanted)]
            if len(matching) == 1:
                return _open(
                    session, context, row, matching[0], visit, old_token=old_token, right_tries=2
                )

        audit.count_refused(session, context, what=FAILED)
        spent = signin_codes.is_spent(session, row=row, steps=2)

    raise CodeSpent if spent else CodeWrong


def sign_out(
    session: Session, context: Context, *, borrower_public_id: str, session_id: int, requester: str
) -> None:
    """End a borrower's session for good. Idempotent on: the session. Source: V7.4.1."""
    with transaction(session):
        if end_session(session, context, session_id=session_id):
            _record(session, context, "borrower.signed_out", borrower_public_id, requester)


def _open(
    session: Session,
    context: Context,
    row: SignInCode,
    borrower_id: int,
    visit: Visit,
    *,
    old_token: str,
    right_tries: int,
) -> SignedIn:
    # Two requests with the same right answer open one session.
    if not signin_codes.close_code(session, context, row=row):
        raise CodeWrong

    # The right answers of this sign-in were counted as tries as well.
    failures = _tries(session, context, row) - right_tries
    notices = _notices(session, borrower_id, visit, failures)
    _remember_device(session, context, borrower_id, visit)
    token = start_session(session, context, borrower_id=borrower_id, old_token=old_token)
    borrower = session.get_one(Borrower, borrower_id)
    _record(session, context, "borrower.signed_in", borrower.public_id, visit.requester)

    return SignedIn(token, notices)


def _remember_device(session: Session, context: Context, borrower_id: int, visit: Visit) -> None:
    known = select(Device).where(
        Device.token_hash == visit.device_hash, Device.borrower_id == borrower_id
    )
    device = session.scalar(known.with_for_update())
    if device is None:
        device = Device(
            token_hash=visit.device_hash,
            borrower_id=borrower_id,
            first_seen_at=context.now,
            last_seen_at=context.now,
        )
        session.add(device)

    device.last_seen_at = context.now
    session.flush()


def _notices(session: Session, borrower_id: int, visit: Visit, failures: int) -> tuple[Notice, ...]:
    """What happened around this account that its owner should know. Source: V6.3.5."""
    devices: Sequence[Device] = session.scalars(
        select(Device).where(Device.borrower_id == borrower_id)
    ).all()
    here = next((one for one in devices if one.token_hash == visit.device_hash), None)
    found: list[Notice] = []
    if here is None and devices:
        found.append("new_device")

    if here is not None and any(
        one.first_seen_at > here.last_seen_at for one in devices if one is not here
    ):
        found.append("other_device")

    if failures >= FAILURES_WORTH_TELLING:
        found.append("failed_tries")

    return tuple(found)


def _tries(session: Session, context: Context, row: SignInCode) -> int:
    """Tries for the number since it last signed in, this code's own included; at most a day
    back.
    """
    same = (
        SignInCode.mobile_hmac == row.mobile_hmac,
        SignInCode.purpose == SIGN_IN,
        SignInCode.asked_at.between(*within(context.now, DAY)),
    )
    done = SignInCode.used_at.is_not(None), SignInCode.void_at.is_not(None), SignInCode.id != row.id
    last_at = session.scalar(select(func.max(SignInCode.used_at)).where(*same, *done))
    tries = select(func.sum(SignInCode.tries)).where(*same)
    if last_at is not None:
        tries = tries.where(SignInCode.asked_at > last_at)

    return int(session.scalar(tries) or 0)


def _record(
    session: Session, context: Context, action: str, public_id: str, requester: str
) -> None:
    audit.record(
        session,
        context.by(Actor(f"borrower:{public_id}", requester)),
        action=action,
        object_kind="borrower",
        object_id=public_id,
    )
