"""Sessions as rows: who is signed in, for how long, and what they had typed. Tokens are known to
browsers only.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.masks import masked_name
from app.domain.spans import is_from_future
from app.models import Borrower, Consent, SessionRow, Staff, StaffRole
from app.ports.vault import Vault
from app.services.core.context import Context
from app.services.core.policy import day_told, in_force, tell_in_force
from app.services.core.transaction import transaction
from app.services.reading.rows import rows_of
from app.services.signin.legal_documents import current_documents
from app.services.signin.lifetimes import BORROWER_IDLE, STAFF_IDLE

IDLE_WARNING = timedelta(minutes=2)  # before a borrower's session ends, the page asks
ABSOLUTE = timedelta(hours=8)
# One write a minute and not one a request: the idle limit is a quarter of an hour and can bear the
# difference.
TOUCH_EVERY = timedelta(minutes=1)
# A stretch of deciding, not each case: who is asked too often reads no question (V7.5.3). The
# limits above are those of V7.3.1 and V7.3.2.
STEP_UP = timedelta(minutes=15)
IDLE = {"borrower": BORROWER_IDLE, "staff": STAFF_IDLE}
ANSWERS = "answers"


@dataclass(frozen=True)
class CurrentUser:
    """The signed-in person at one instant; templates cannot reach rows through it."""

    kind: str
    session_id: int
    borrower_id: int | None
    staff_id: int | None
    public_id: str
    person_id: str
    username: str
    display_name: str
    roles: frozenset[str]
    size_mode: str
    language: str
    has_agreed: bool
    last_seen_at: datetime
    idle_ends_at: datetime
    expires_at: datetime
    stepped_up_at: datetime | None
    has_stored_page: bool

    @property
    def is_borrower(self) -> bool:
        """Whether a borrower is signed in."""
        return self.kind == "borrower"

    @property
    def is_staff(self) -> bool:
        """Whether one of the lender's staff is signed in."""
        return self.kind == "staff"

    @property
    def staff_public_id(self) -> str:
        """Return the account's public id, empty for borrowers."""
        return self.public_id if self.is_staff else ""

    @property
    def who(self) -> str:
        """Return the name the audit trail knows the person by."""
        return f"{self.kind}:{self.public_id}"

    def has_role(self, *roles: str) -> bool:
        """Whether one of the roles is held now."""
        return not self.roles.isdisjoint(roles)

    def is_fresh(self, now: datetime) -> bool:
        """Whether a code was given in the last quarter of an hour. Source: V7.5.3."""
        return self.stepped_up_at is not None and now - STEP_UP <= self.stepped_up_at <= now

    def seconds_left(self, now: datetime) -> int:
        """Return how long the session lasts without another request."""
        return max(0, int((min(self.idle_ends_at, self.expires_at) - now).total_seconds()))


class LapsedSession(NamedTuple):
    """A session that ran out and was not signed out of: what was typed may still be kept for its
    person.
    """

    session_id: int
    kind: str


class Page(NamedTuple):
    """A page of ours and what was typed on it."""

    endpoint: str
    args: dict[str, Any]
    query: dict[str, str]
    typed: tuple[tuple[str, str], ...]


def read_session(
    session: Session, context: Context, *, token: str
) -> CurrentUser | LapsedSession | None:
    """Return who holds a token, in one query; roles and disabling count from this moment on.

    Source: V7.3.1, V7.3.2, V7.4.2, V8.3.1.
    """
    # A row a role. One query, because every page begins with it.
    day = day_told(session)
    holder = {"hashed": token_hash(token), "now": context.now, **day}
    rows = rows_of(session, statement=_who_holds(by_day=bool(day)), given=holder)
    if not rows or rows[0].ended_at is not None or rows[0].disabled_at is not None:
        return None

    row = rows[0]
    tell_in_force(session, policy_id=row.policy_id)
    idle_ends_at = row.last_seen_at + IDLE[row.audience]
    # Lapsed and not ended: its row still takes what the borrower was just typing (ADR 0007). What a
    # clock that was ahead noted as in use would stay open for as long as it was ahead.
    if min(idle_ends_at, row.expires_at) <= context.now or is_from_future(
        row.last_seen_at, context.now
    ):
        return LapsedSession(row.id, row.audience)

    return _user(row, frozenset(one.role for one in rows if one.role), idle_ends_at, context.vault)


def start_session(
    session: Session,
    context: Context,
    *,
    borrower_id: int | None = None,
    staff_id: int | None = None,
    old_token: str = "",
) -> str:
    """Open a session for one person and return its new token; the browser's old one ends. Never
    commits.

    What the same person had typed before the old session ran out comes along.
    """
    # 256 bits, twice what V7.2.3 asks for.
    token = secrets.token_urlsafe(32)
    old = session.scalar(select(SessionRow).where(SessionRow.token_hash == token_hash(old_token)))
    # On a shared phone the next person must not find what the last one typed.
    is_same = old is not None and (old.borrower_id, old.staff_id) == (borrower_id, staff_id)
    kept = dict(old.kept) if old is not None and is_same and old.ended_at is None else {}
    if old is not None and old.ended_at is None:
        # A token from before the sign-in is worth nothing afterwards (V7.2.4).
        old.ended_at, old.ended_why, old.kept = context.now, "replaced", {}

    row = SessionRow(
        token_hash=token_hash(token),
        audience="borrower" if staff_id is None else "staff",
        borrower_id=borrower_id,
        staff_id=staff_id,
        started_at=context.now,
        last_seen_at=context.now,
        expires_at=context.now + ABSOLUTE,
        # Staff have just given both factors; borrowers have none.
        stepped_up_at=None if staff_id is None else context.now,
        kept=kept,
    )
    session.add(row)
    session.flush()

    return token


def renew_token(session: Session, context: Context, *, session_id: int) -> str:
    """Give a session that was just stepped up a new token; the old one is worth nothing. Never
    commits.

    Raises: NotFound for a session that has ended.
    """
    token = secrets.token_urlsafe(32)
    values = {
        "token_hash": token_hash(token),
        "stepped_up_at": context.now,
        "last_seen_at": context.now,
    }
    changed = (
        update(SessionRow)
        .where(SessionRow.id == session_id, SessionRow.ended_at.is_(None))
        .values(values)
    )
    if session.execute(changed.returning(SessionRow.id)).scalar() is None:
        raise NotFound

    return token


def touch_session(session: Session, context: Context, *, session_id: int) -> None:
    """Note that a session is in use. Idempotent; a session that ended or ran out stays so."""
    with transaction(session):
        row = session.get(SessionRow, session_id, with_for_update=True)
        # Done after the answer has left: a session that ran out meanwhile must not come back to
        # life.
        if (
            row is not None
            and row.ended_at is None
            and row.last_seen_at < context.now < row.last_seen_at + IDLE[row.audience]
        ):
            row.last_seen_at = context.now


def end_session(session: Session, context: Context, *, session_id: int) -> bool:
    """End a session for good; return whether this call did. Never commits."""
    ended = update(SessionRow).where(SessionRow.id == session_id, SessionRow.ended_at.is_(None))
    ended = ended.values(ended_at=context.now, ended_why="signed_out", kept={})
    return session.execute(ended.returning(SessionRow.id)).scalar() is not None


def store_page(session: Session, context: Context, *, session_id: int, page: Page) -> None:
    """Keep one page's typed answers, encrypted, with the session. The newest page wins."""
    sealed = context.vault.seal(
        json.dumps(page, ensure_ascii=False), table="sessions", row=str(session_id), column="kept"
    )
    with transaction(session):
        row = session.get(SessionRow, session_id, with_for_update=True)
        if row is not None and row.ended_at is None:
            # The row it was sealed for is kept along, for the answers move to another row at the
            # next sign-in.
            row.kept = {ANSWERS: base64.b64encode(sealed).decode(), "row": session_id}


def stored_page(session: Session, context: Context, *, session_id: int) -> Page | None:
    """Return the page whose answers are kept with a session, if any."""
    kept = session.scalar(select(SessionRow.kept).where(SessionRow.id == session_id))
    if not kept or ANSWERS not in kept:
        return None

    text = context.vault.unseal(
        base64.b64decode(kept[ANSWERS]), table="sessions", row=str(kept["row"]), column="kept"
    )
    endpoint, args, query, typed = json.loads(text)

    return Page(endpoint, args, query, tuple((name, value) for name, value in typed))


def drop_page(session: Session, *, session_id: int) -> None:
    """Forget the kept answers: they were sent."""
    with transaction(session):
        session.execute(update(SessionRow).where(SessionRow.id == session_id).values(kept={}))


def token_hash(token: str) -> str:
    """Return what the database knows of a token. Source: V7.2.3."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _who_holds(*, by_day: bool) -> Select[Any]:
    # Made once: the texts to agree to change with a release.
    now = bindparam("now", type_=SessionRow.expires_at.type)
    # By text and version both: a text that was changed without a new version would otherwise pass
    # as agreed to.
    documents = [
        and_(
            Consent.document == one.name,
            Consent.version == one.version,
            Consent.sha256 == one.sha256,
        )
        for one in current_documents()
    ]

    # Inside the one query, so that being asked for consent costs no page a second one.
    agreed = (
        select(func.count(Consent.document.distinct()))
        .where(
            Consent.borrower_id == SessionRow.borrower_id,
            Consent.withdrawn_at.is_(None),
            or_(*documents),
        )
        .scalar_subquery()
    )
    holds = and_(
        StaffRole.staff_id == Staff.id,
        StaffRole.from_at <= now,
        or_(StaffRole.until_at.is_(None), StaffRole.until_at > now),
    )

    return (
        select(
            SessionRow.id,
            SessionRow.audience,
            SessionRow.borrower_id,
            SessionRow.staff_id,
            SessionRow.last_seen_at,
            SessionRow.expires_at,
            SessionRow.stepped_up_at,
            SessionRow.ended_at,
            SessionRow.kept,
            Borrower.public_id.label("borrower_public_id"),
            Borrower.name_enc,
            Borrower.size_mode,
            Borrower.language,
            Staff.public_id.label("staff_public_id"),
            Staff.person_id,
            Staff.username,
            Staff.display_name,
            Staff.disabled_at,
            StaffRole.role,
            (agreed == len(documents)).label("has_agreed"),
            in_force(by_day=by_day).label("policy_id"),
        )
        .outerjoin(Borrower, Borrower.id == SessionRow.borrower_id)
        .outerjoin(Staff, Staff.id == SessionRow.staff_id)
        .outerjoin(StaffRole, holds)
        .where(SessionRow.token_hash == bindparam("hashed"))
    )


def _user(
    row: Row[Any], roles: frozenset[str], idle_ends_at: datetime, vault: Vault
) -> CurrentUser:
    is_borrower = row.audience == "borrower"
    public_id = row.borrower_public_id if is_borrower else row.staff_public_id
    name = row.display_name
    if is_borrower:
        # Unsealed only to be masked: the whole name is in no object that templates can reach
        # (I-16).
        name = masked_name(
            vault.unseal(row.name_enc, table="borrowers", row=public_id, column="name")
        )

    return CurrentUser(
        kind=row.audience,
        session_id=row.id,
        borrower_id=row.borrower_id,
        staff_id=row.staff_id,
        public_id=public_id,
        person_id=row.person_id or "",
        username=row.username or "",
        display_name=name,
        roles=roles,
        size_mode=row.size_mode or "normal",
        language=row.language or "zh-Hans",
        has_agreed=bool(row.has_agreed),
        last_seen_at=row.last_seen_at,
        idle_ends_at=idle_ends_at,
        expires_at=row.expires_at,
        stepped_up_at=row.stepped_up_at,
        has_stored_page=bool(row.kept),
    )
