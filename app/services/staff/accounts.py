"""Accounts of the lender's staff: opened with a password and the roles they hold."""

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.characters import visible
from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import Staff, StaffRole, new_public_id
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.staff.passwords import HASHER, MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS

ROLES = ("agent", "supervisor", "finance", "compliance", "admin")
MIN_USERNAME_CHARS = 3
MAX_USERNAME_CHARS = 40
MAX_NAME_CHARS = 40
USERNAME = re.compile(
    rf"[a-z][a-z0-9._-]{{{MIN_USERNAME_CHARS - 1},{MAX_USERNAME_CHARS - 1}}}", re.ASCII
)


class StaffRefused(RuleBroken):
    """The account cannot be opened as asked."""

    code = "staff_refused"


def add_staff(
    session: Session,
    context: Context,
    *,
    username: str,
    display_name: str,
    password: str,
    roles: Iterable[str],
    person_id: str | None = None,
) -> str:
    """Open an account and return its public id; `person_id` names the human behind a second
    account.

    Raises: StaffRefused naming what to mend.
    """
    name, wanted = normal_username(username), sorted(set(roles))
    _check_account(name, display_name, password, wanted)
    # Before the transaction: it takes tens of milliseconds, and on SQLite a writer keeps all others
    # waiting.
    hashed = HASHER.hash(password)

    with transaction(session):
        if session.scalar(select(Staff.id).where(Staff.username == name)) is not None:
            raise StaffRefused(N_("这个用户名已经有人用了"))
        # A person nobody has would hide that two accounts are one human (V2.3.5).
        if person_id and not _is_person(session, person_id):
            raise StaffRefused(N_("没有这个人员编号，写成 staff: 加上那个账号的编号"))

        public_id = new_public_id()
        staff = Staff(
            public_id=public_id,
            username=name,
            display_name=display_name.strip(),
            # The first account names the person; a second one refers to it, so that maker and
            # checker are told apart by people (V2.3.5).
            person_id=person_id or f"staff:{public_id}",
            password_hash=hashed,
            created_at=context.now,
        )
        session.add(staff)
        session.flush()
        session.add_all(
            StaffRole(staff_id=staff.id, role=role, from_at=context.now) for role in wanted
        )
        audit.record(
            session,
            context,
            action="staff.added",
            object_kind="staff",
            object_id=public_id,
            after={"roles": wanted},
        )

    return public_id


def _is_person(session: Session, person_id: str) -> bool:
    query = select(Staff.id).where(Staff.person_id == person_id).limit(1)
    return session.scalar(query) is not None


def normal_username(text: str) -> str:
    """Return a user name as accounts keep it: half width, lower case, no blanks around."""
    return unicodedata.normalize("NFKC", visible(text)).strip().lower()


def check_password_length(password: str) -> None:
    """Refuse a password too short or too long, in characters. Raises: StaffRefused."""
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise StaffRefused(
            N_("密码要 %(least)s 到 %(most)s 个字符"),
            least=MIN_PASSWORD_CHARS,
            most=MAX_PASSWORD_CHARS,
        )


def _check_account(username: str, display_name: str, password: str, roles: list[str]) -> None:
    if not USERNAME.fullmatch(username):
        raise StaffRefused(
            N_("用户名要 %(least)s 到 %(most)s 位，用小写字母、数字、点、横线，字母开头"),
            least=MIN_USERNAME_CHARS,
            most=MAX_USERNAME_CHARS,
        )
    if not display_name.strip() or len(display_name.strip()) > MAX_NAME_CHARS:
        raise StaffRefused(N_("请写姓名，%(most)s 个字以内"), most=MAX_NAME_CHARS)
    check_password_length(password)
    if not roles or not set(roles) <= set(ROLES):
        raise StaffRefused(N_("角色要从 agent、supervisor、finance、compliance、admin 中选"))
