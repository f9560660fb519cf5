"""A file applied by mistake is taken back: asked for by one person, agreed to by another."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import NightlyFile, Staff
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import one_file_at_a_time, take_time, transaction
from app.services.file_decisions.deciding import LONGEST_WORDS, WhyNeeded, keep_act, locked_file
from app.services.file_decisions.queries import (
    ASK,
    done_since,
    newest_applied,
    open_ask,
)
from app.services.staged.befores import put_back

BACK, KEEP = "back", "keep"


class NothingApplied(RuleBroken):
    """No applied file of that day stands, or newer figures stand on it."""

    code = "nothing_applied"
    message = N_("这一天没有可以撤回的文件：要撤回的必须是最近一份入库的文件")


class TooLate(RuleBroken):
    """What stood before the file is kept no more."""

    code = "too_late"
    message = N_("这份文件之前的数已经不在了，不能撤回；请让核心系统重新导出一份正确的文件")


class AskedAlready(RuleBroken):
    """Someone asked for it before, and another person has to answer first."""

    code = "asked_already"
    message = N_("已经有人要撤回这份文件，等另一个人确认")


class NotAsked(RuleBroken):
    """Nobody asks for the file to be taken back any more."""

    code = "not_asked"
    message = N_("现在没有人要撤回这份文件，请刷新后再看")


class UnknownAccount(RuleBroken):
    """No account of that name is in use."""

    code = "unknown_account"
    message = N_("没有这个账号，或者已经停用")


class SameAsker(RuleBroken):
    """Who asked cannot be who agrees."""

    code = "same_person"
    message = N_("提出撤回的人不能自己确认，请另一位同事确认")


@dataclass(frozen=True)
class TakingBack:
    """A file about which somebody asked, or that was taken back.

    `since` names the plans that people proposed or signed on its loans meanwhile: they stay.
    """

    public_id: str
    as_of_on: date
    since: tuple[str, ...]


def ask_to_take_back(
    session: Session, context: Context, *, as_of: date, words: str, username: str = ""
) -> TakingBack:
    """Ask for the file of a day to be taken back; nothing changes until another person agrees.

    A command may name the account of who asks, so that the same person cannot agree.
    Raises: UnknownAccount, WhyNeeded, NothingApplied, TooLate, AskedAlready.
    Source: contract, the nightly file.
    """
    said = _said(words)
    with transaction(session):
        one_file_at_a_time(session)
        file = newest_applied(session)
        if file is None or file.as_of_on != as_of:
            raise NothingApplied
        if not file.can_go_back:
            raise TooLate
        if open_ask(session, file_id=file.id) is not None:
            raise AskedAlready
        act = keep_act(session, context, file=file, act=ASK, words=said)
        if username:
            act.person_id = _person(session, username)
        since = done_since(session, file=file)
        action = "nightly_file.take_back_asked"
        _record(session, context, file, action=action, reason=said, since=since)
        return TakingBack(file.public_id, as_of, since)


def answer_taking_back(
    session: Session, context: Context, *, public_id: str, is_agreed: bool, words: str
) -> TakingBack:
    """Take a file back that another person asked for, or keep it: the file before stands again,
    with its figures, marks and differences; what people did meanwhile stays and is named.

    Raises: WhyNeeded, NotFound, NotAsked, SameAsker, NothingApplied, TooLate.
    Source: contract, the nightly file.
    """
    said = _said(words)
    with transaction(session):
        one_file_at_a_time(session)
        file = locked_file(session, public_id=public_id)
        asked = open_ask(session, file_id=file.id)
        if asked is None or file.as_of_on is None:
            raise NotAsked
        if asked.person_id is not None and asked.person_id == context.staff.person_id:
            raise SameAsker
        since = done_since(session, file=file)
        if is_agreed:
            newest = newest_applied(session)
            if newest is None or newest.id != file.id:
                raise NothingApplied
            if not file.can_go_back:
                raise TooLate
            take_time(session)  # it may be millions of rows
            put_back(session, file=file, today=context.today)
            file.state = "taken_back"
        keep_act(session, context, file=file, act=BACK if is_agreed else KEEP, words=said)
        action = "nightly_file.taken_back" if is_agreed else "nightly_file.kept"
        _record(session, context, file, action=action, reason=said, since=since)
        taken = TakingBack(file.public_id, file.as_of_on, since)
    session.expire_all()
    return taken


def _person(session: Session, username: str) -> str:
    query = select(Staff.person_id).where(Staff.username == username, Staff.disabled_at.is_(None))
    found = session.scalar(query)
    if found is None:
        raise UnknownAccount
    return found


def _said(words: str) -> str:
    said = words.strip()
    if not said or len(said) > LONGEST_WORDS:
        raise WhyNeeded
    return said


def _record(
    session: Session,
    context: Context,
    file: NightlyFile,
    *,
    action: str,
    reason: str,
    since: tuple[str, ...],
) -> None:
    session.flush()
    audit.record(
        session,
        context,
        action=action,
        object_kind="nightly_file",
        object_id=file.public_id,
        after={"as_of_on": str(file.as_of_on), "state": file.state, "since": list(since)},
        reason=reason,
    )
