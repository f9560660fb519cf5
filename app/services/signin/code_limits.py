"""Who asks for a code, what the limits say to it, and what a code that was asked for is still good
for. Reads only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.policy import CodeRules
from app.domain.spans import is_from_future, until_free, whole_seconds, within
from app.domain.texts import N_
from app.models import Borrower, ContestedValue, Device, SignInCode
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.signin.sessions import token_hash

SIGN_IN, SIGN = "sign_in", "sign"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Why a code has to wait: the last one is fresh, or there were as many as may be for this number on
# devices it does not know, on its own device, or in this browser.
Why = Literal["resend", "number", "device", "browser"]
WORDS: Mapping[Why, str] = {
    "resend": N_("刚刚发过验证码了，再过 %(seconds)s 秒可以再发一条"),
    "number": N_("这个号码要的验证码够多了，要过一阵才能再要"),
    "device": N_("这个号码要的验证码够多了，要过一阵才能再要"),
    "browser": N_("这个浏览器里要的验证码够多了，要过一阵才能再要"),
}


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
    """Who asks for a code and what for, as limits count: number, place and browser as hashes, the
    id of a known device.
    """

    purpose: str
    mobile_hmac: str
    requester_hmac: str
    browser_hash: str
    device_id: int | None


@dataclass(frozen=True)
class CodeWait:
    """How long the next code has to wait, and why."""

    why: Why
    seconds: int
    again_at: datetime


@dataclass(frozen=True)
class CodeStanding:
    """Whether the code that was asked for can still be tried, whether it was right and the last
    four are still open, and what the next one waits for, if anything.
    """

    can_try: bool = False
    is_picking: bool = False
    wait: CodeWait | None = None


class TooManyCodes(RuleBroken):
    """A code was asked for too soon or too often; told alike for every number."""

    code = "too_many_codes"

    def __init__(self, wait: CodeWait) -> None:
        self.wait = wait
        super().__init__(WORDS[wait.why], **({"seconds": wait.seconds} if _is_short(wait) else {}))

    @property
    def seconds(self) -> int:
        """Return how long to wait."""
        return self.wait.seconds


def has_mobile(mobile_hmac: str) -> ColumnElement[bool]:
    """Return the condition that a borrower has a number: stored, or one of several of which nobody
    has decided yet which is right.
    """
    contested = select(ContestedValue.borrower_id).where(
        ContestedValue.field == "mobile", ContestedValue.value_hmac == mobile_hmac
    )
    return or_(Borrower.mobile_hmac == mobile_hmac, Borrower.id.in_(contested))


def known_devices(session: Session, *, mobile_hmac: str, visit: Visit) -> list[Device]:
    """Return this device's rows for people with this number; empty for a device never used by
    them.
    """
    rows = select(Device).join(Borrower, Borrower.id == Device.borrower_id)
    rows = rows.where(Device.token_hash == visit.device_hash, has_mobile(mobile_hmac))
    return list(session.scalars(rows.order_by(Device.id)))


def asker_of(
    session: Session, context: Context, *, purpose: str, mobile_hmac: str, visit: Visit
) -> CodeAsker:
    """Return who asks for a code, a known device with its id."""
    devices = known_devices(session, mobile_hmac=mobile_hmac, visit=visit)
    return CodeAsker(
        purpose,
        mobile_hmac,
        context.vault.fingerprint(visit.requester, purpose="requester"),
        visit.browser_hash,
        devices[0].id if devices else None,
    )


def check_limits(session: Session, context: Context, *, asker: CodeAsker) -> None:
    """Refuse a code that comes too soon or too often.

    Raises: TooManyCodes with the time to wait.
    Source: U-04, V6.1.1, V6.6.3.
    """
    wait = code_wait(session, context, asker=asker)
    if wait is not None:
        raise TooManyCodes(wait)


def code_wait(session: Session, context: Context, *, asker: CodeAsker) -> CodeWait | None:
    """Return what the next code has to wait for, None when it may come now; the same for known and
    unknown numbers.

    A device known for the number has a quota of its own, and so has each purpose: strangers use up
    that of unknown devices only, which leaves known ones some of what a carrier takes in a day.
    Source: U-04, V6.1.1, V6.6.3.
    """
    codes = active_policy(session)[1].codes
    waits = list(_number_waits(session, context.now, asker, codes))
    if asker.purpose == SIGN_IN and asker.device_id is None:
        mine = _unused(SignInCode.browser_hash == asker.browser_hash)
        waits.append(
            ("browser", _wait(session, context.now, mine, codes.codes_per_browser_hour, HOUR))
        )
    # The longest, so that nobody comes back to be refused by the next limit.
    why, longest = max(waits, key=lambda one: one[1])
    if not longest:
        return None
    return CodeWait(why, whole_seconds(longest), context.now + longest)


def is_crowded(session: Session, context: Context, *, asker: CodeAsker) -> bool:
    """Tell whether so many codes asked for at one address led nowhere that a device nobody knows
    has to name the last four first.

    Codes that were used are none of these: a carrier's address is shared by thousands. It shuts
    nobody out, and says nothing of a number.
    Source: U-04, V6.1.1.
    """
    if asker.device_id is not None:
        return False
    here = _unused(SignInCode.requester_hmac == asker.requester_hmac)
    lately = here.where(SignInCode.asked_at.between(*within(context.now, HOUR)))
    asked = session.scalar(select(func.count()).select_from(lately.subquery())) or 0
    return asked >= active_policy(session)[1].codes.codes_per_requester_hour


def code_standing(
    session: Session,
    context: Context,
    *,
    purpose: str,
    asked: str,
    visit: Visit,
    text_sha256: str | None = None,
) -> CodeStanding:
    """Return what a code this browser asked for is still good for, and when the next may come; the
    same for known and unknown numbers.
    """
    row = session.scalar(asked_code(purpose, asked, visit))
    if row is None:
        return CodeStanding()
    tries = active_policy(session)[1].codes.code_tries
    asker = asker_of(session, context, purpose=purpose, mobile_hmac=row.mobile_hmac, visit=visit)
    return CodeStanding(
        can_try=is_open(row, context.now) and row.tries < tries and row.text_sha256 == text_sha256,
        is_picking=may_pick(row, context.now, tries),
        wait=code_wait(session, context, asker=asker),
    )


def asked_code(purpose: str, asked: str, visit: Visit) -> Select[SignInCode]:
    """Return the query of a code this browser asked for."""
    return select(SignInCode).where(
        SignInCode.public_id == asked,
        SignInCode.purpose == purpose,
        SignInCode.browser_hash == visit.browser_hash,
    )


def is_open(row: SignInCode, now: datetime) -> bool:
    """Tell whether a code is not used, not void and in its time; one from a clock that was ahead is
    none. Source: V6.5.5.
    """
    return (
        row.used_at is None
        and row.void_at is None
        and row.expires_at > now
        and not is_from_future(row.asked_at, now)
    )


# The code is used up by then; this is how long its row still opens the second step.
PERSON_STEP = timedelta(minutes=10)


def may_pick(row: SignInCode, now: datetime, tries: int) -> bool:
    """Tell whether the last four may be tried after a right code: soon, and in the same count."""
    return (
        row.used_at is not None
        and row.void_at is None
        and row.used_at + PERSON_STEP > now
        and not is_from_future(row.used_at, now)
        # The tries of both steps are in one count, so that neither gives the other more.
        and row.tries < 2 * tries
    )


def _number_waits(
    session: Session, now: datetime, asker: CodeAsker, codes: CodeRules
) -> list[tuple[Why, timedelta]]:
    number = select(SignInCode.asked_at).where(SignInCode.mobile_hmac == asker.mobile_hmac)
    same = number.where(SignInCode.purpose == asker.purpose)
    resend = timedelta(seconds=codes.code_resend_seconds)
    if asker.device_id is None:
        strange = same.where(SignInCode.device_id.is_(None))
        most = max(1, codes.codes_per_day - codes.codes_kept_for_devices)
        return [
            ("resend", _wait(session, now, strange, 1, resend)),
            ("number", _wait(session, now, strange, codes.codes_per_hour, HOUR)),
            ("number", _wait(session, now, strange, most, DAY)),
        ]

    own = same.where(SignInCode.device_id == asker.device_id)
    return [
        ("resend", _wait(session, now, own, 1, resend)),
        ("device", _wait(session, now, own, codes.codes_per_hour, HOUR)),
        # Whatever was sent to the number, for that is what its carrier counts.
        ("device", _wait(session, now, number, codes.codes_per_day, DAY)),
    ]


def _unused(whose: ColumnElement[bool]) -> Select[datetime]:
    return select(SignInCode.asked_at).where(
        whose,
        SignInCode.purpose == SIGN_IN,
        SignInCode.device_id.is_(None),
        SignInCode.used_at.is_(None),
    )


def _wait(
    session: Session, now: datetime, asked: Select[datetime], most: int, span: timedelta
) -> timedelta:
    lately = asked.where(SignInCode.asked_at.between(*within(now, span)))
    times = session.scalars(lately.order_by(SignInCode.asked_at.desc()).limit(most)).all()
    return until_free(times, most, span, now)


def _is_short(wait: CodeWait) -> bool:
    return wait.why == "resend"
