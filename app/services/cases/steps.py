"""Steps of a person's answer to a version, the first one and the one to an appeal: check, give,
send. Never commit.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.authority import AuthorityNeeded, authority_of, may_approve
from app.domain.calendar import beijing_date, end_of
from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import Decision
from app.services.cases.owners import MakerIsChecker, own_case, record_taken
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import texts_of
from app.services.core.request_keys import KeyReused
from app.services.core.wording import check_words
from app.services.core.working_days import working_day_after
from app.services.plans.contracts import contracts_in
from app.services.plans.status_queries import PlanStatus, plan_status
from app.services.plans.steps import (
    LockedVersion,
    StateChanged,
    approval,
    begin_hold,
    close_plan,
    end_hold,
    end_ownership,
    move_version,
    tell_borrower,
)

Answer = Literal["approve", "refuse"]
TEMPLATES: dict[Answer, str] = {"approve": "plan_approved", "refuse": "plan_refused"}
LONGEST_WORDS = 500


class AlreadyDecided(StateChanged):
    """Someone answered first, or the version is no longer waiting."""

    code = "already_decided"
    message = N_("这个方案已经有答复了，请刷新后再看")


class ChangedByBorrower(AlreadyDecided):
    """The borrower put another version in its place: that one is to be answered."""

    code = "changed_by_borrower"
    message = N_("本人刚改了方案，这一份不用答复了；请看新的一份")


class BeyondAuthority(RuleBroken):
    """The plan needs someone with more authority."""

    code = "beyond_authority"
    message = N_("这个方案超出您的权限，要由主管答复")


class ApprovedByYou(RuleBroken):
    """Of two approvals one is theirs already."""

    code = "approved_by_you"
    message = N_("您已经同意过，还要另一位主管同意")


class ReasonNeeded(RuleBroken):
    """The reason does not belong to the answer."""

    code = "reason_needed"
    message = N_("请选一个和答复相符的理由")


class WordsNeeded(RuleBroken):
    """A refusal without words, or words too long."""

    code = "words_needed"
    message = N_("请写几句给借款人看的说明，最多 %(most)s 字")
    values = MappingProxyType({"most": LONGEST_WORDS})


class FiguresBeingChecked(RuleBroken):
    """The loan is not in the lender's file: no plan on it until it is."""

    code = "figures_being_checked"
    message = N_("这笔借款不在最近的文件里，正在核对，现在不能同意")


class PreviewChanged(RuleBroken):
    """What the borrower would get is not what was shown before sending."""

    code = "preview_changed"
    message = N_("借款人会看到的内容和刚才预览的不一样了，请再看一遍，确认后再发出")


@dataclass(frozen=True)
class Reply:
    """What is answered, why, and in what words; the key makes it happen once, the hash says what
    was shown before.
    """

    answer: Answer
    reason_code: str
    words: str
    request_key: str
    shown_sha256: str = ""


@dataclass(frozen=True)
class AnswerShown:
    """What an answer brings its borrower: the SMS word by word, and the plan's page."""

    sms: str
    page: PlanStatus

    @property
    def sha256(self) -> str:
        """Hash what the borrower reads; nothing in it depends on the minute."""
        page = self.page
        ends = page.hold.until_at if page.hold else None
        read = [
            self.sms,
            page.state,
            page.reason,
            page.words,
            page.why_recalled,
            page.moved,
            page.terms.first_on,
            page.valid_until_on,
            ends and beijing_date(ends),
        ]
        return hashlib.sha256(
            json.dumps(read, ensure_ascii=False, default=str).encode()
        ).hexdigest()


@dataclass(frozen=True)
class AnswerRound:
    """What tells a first answer from the answer to an appeal: its round, the state it waits in,
    where a refusal leads, the key of its SMS.
    """

    number: int
    waits_in: str
    refused: str
    key: str


@dataclass(frozen=True)
class AnswerEffect:
    """An answer as it was given: the state before, what changed, what the borrower gets, whether
    the case was free.
    """

    before: str
    changes: dict[str, Any]
    shown: AnswerShown
    was_taken: bool


def give_answer(
    session: Session,
    context: Context,
    *,
    locked: LockedVersion,
    reply: Reply,
    turn: AnswerRound,
    refused_on: date,
    by: str,
) -> AnswerEffect:
    """Give a checked answer to a locked version, a first one or one to an appeal, without its audit
    entry. Never commits.

    A refusal of `refused_on` lets the hold end some working days later, and not before the answer.
    Raises: CaseOwnedByAnother, HandedUp, StateChanged.
    Source: default policy, hold on collection; ADR 0014, 0016.
    """
    was_taken = own_case(session, context, locked=locked)
    before, is_approved = locked.version.state, reply.answer == "approve"
    columns = approval(locked) if is_approved else {"decided_at": locked.now}
    changes = move_version(
        session, locked=locked, to="approved" if is_approved else turn.refused, **columns
    )
    session.add(
        Decision(
            version_id=locked.version.id,
            round=turn.number,
            answer=reply.answer,
            reason_code=reply.reason_code,
            words=reply.words,
            staff_id=context.staff.staff_id,
            person_id=context.staff.person_id,
            author_person=locked.version.author_person,
            request_key=reply.request_key,
            at=locked.now,
        )
    )
    if is_approved:
        # runs already, but for a second one that needed a person (ADR 0014)
        begin_hold(session, locked=locked)
    else:
        _let_go(session, locked, refused_on, by)
    text = _tell(session, context, locked, reply.answer, turn)
    session.flush()
    session.refresh(locked.version)
    page = plan_status(
        session,
        context,
        borrower_id=locked.plan.borrower_id,
        version_public_id=locked.version.public_id,
    )
    return AnswerEffect(before, changes, AnswerShown(text, page), was_taken)


def send_answer(
    session: Session, context: Context, *, locked: LockedVersion, given: AnswerEffect, reply: Reply
) -> None:
    """Let an answer stand that is what was shown, end the ownership and put it on record. Never
    commits.

    Raises: PreviewChanged.
    """
    if given.shown.sha256 != reply.shown_sha256:
        raise PreviewChanged
    end_ownership(locked=locked)
    if given.was_taken:
        record_taken(session, context, locked=locked)
    audit.record(
        session,
        context,
        action=f"plan.{given.changes['state']}",
        object_kind="plan_version",
        object_id=locked.version.public_id,
        before={"state": given.before},
        after=given.changes,
        reason=reply.reason_code,
    )


def checked_reply(reply: Reply) -> Reply:
    """Return the reply with its words for the borrower without blanks around them; a refusal needs
    some.

    Raises: WordsNeeded, BannedWords.
    """
    words = reply.words.strip()
    if len(words) > LONGEST_WORDS or (reply.answer == "refuse" and not words):
        raise WordsNeeded
    check_words(words)
    return replace(reply, words=words)


def decided_before(session: Session, *, locked: LockedVersion, reply: Reply) -> bool:
    """Tell whether this very answer was given before.

    Raises: KeyReused where the key came with another answer.
    """
    done = session.scalars(
        select(Decision).where(Decision.request_key == reply.request_key)
    ).one_or_none()
    if done is None:
        return False
    before = (done.version_id, done.answer, done.reason_code, done.words)
    if before != (locked.version.id, reply.answer, reply.reason_code, reply.words):
        raise KeyReused
    return True


def check_answer(
    session: Session, context: Context, *, locked: LockedVersion, reply: Reply
) -> None:
    """Pass where this person may give this answer.

    Raises: MakerIsChecker, BeyondAuthority, ReasonNeeded, FiguresBeingChecked.
    """
    if locked.version.author_person == context.staff.person_id:
        raise MakerIsChecker
    if not may_approve(needed_by(session, locked=locked), context.staff.roles):
        raise BeyondAuthority
    # As its borrower will read it: by the version that judges the plan.
    reason = texts_of(session, version=locked.version.policy_version).reason(reply.reason_code)
    if reason is None or not reason.is_offered or reason.answer != reply.answer:
        raise ReasonNeeded
    if reply.answer == "approve" and any(loan.missing_since_on for loan in locked.loans):
        raise FiguresBeingChecked


def needed_by(session: Session, *, locked: LockedVersion) -> AuthorityNeeded:
    """Return whose word a locked version needs."""
    contracts = contracts_in(session, each=[locked.terms])
    return authority_of(locked.terms, contracts=contracts, policy=locked.policy)


def _let_go(session: Session, locked: LockedVersion, refused_on: date, by: str) -> None:
    """A refused plan is no longer open; contact stays on hold for some working days more."""
    close_plan(session, locked=locked)
    after_refusal = hold_end(session, locked=locked, since_on=refused_on)
    end_hold(session, locked=locked, until=max(locked.now, after_refusal), by=by)


def hold_end(session: Session, *, locked: LockedVersion, since_on: date) -> datetime:
    """Return until when contact stays on hold for a plan that the lender ended on a day.

    Source: default policy, hold on collection.
    """
    days = locked.policy.holds.hold_after_refusal_working_days
    return end_of(working_day_after(session, day=since_on, count=days))


def _tell(
    session: Session, context: Context, locked: LockedVersion, answer: Answer, turn: AnswerRound
) -> str:
    ends = locked.version.valid_until_at
    return tell_borrower(
        session,
        context,
        locked=locked,
        template=TEMPLATES[answer],
        key=f"{turn.key}:{locked.version.public_id}",
        values={"until": beijing_date(ends) if ends else ""},
    )
