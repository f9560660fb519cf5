"""A person's answer to a submitted version: approved or refused, once, never by who entered it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.explanation import N_
from app.domain.policy import Policy
from app.domain.states import may_move
from app.models import Decision, ReasonCode
from app.ports.site import Site
from app.ports.vault import Vault
from app.services import audit
from app.services.audit import Actor
from app.services.plan_steps import (
    LockedVersion,
    StateChanged,
    approval,
    close_plan,
    end_hold,
    end_of,
    lock_version,
    move_version,
    tell_borrower,
)
from app.services.plan_terms import PlannedTerms
from app.services.plans import KeyReused
from app.services.sms_texts import month_day
from app.services.transaction import transaction
from app.services.wording import check_words
from app.services.working_days import working_day_after

Answer = Literal["approve", "refuse"]
STATES: dict[Answer, str] = {"approve": "approved", "refuse": "refused"}
LONGEST_WORDS = 500


class AlreadyDecided(StateChanged):
    """Someone answered first, or the version is no longer waiting."""

    code = "already_decided"
    message = N_("这个方案已经有答复了，请刷新后再看")


class MakerIsChecker(RuleBroken):
    """Who entered a plan never decides it."""

    code = "maker_is_checker"
    message = N_("这个方案是您经手提交的，要由另一位同事答复")


class BeyondAuthority(RuleBroken):
    """The plan needs someone with more authority."""

    code = "beyond_authority"
    message = N_("这个方案超出您的权限，要由主管答复")


class ReasonNeeded(RuleBroken):
    """The reason does not belong to the answer."""

    code = "reason_needed"
    message = N_("请选一个和答复相符的理由")


class WordsNeeded(RuleBroken):
    """A refusal without words, or words too long."""

    code = "words_needed"
    message = N_("请写几句给借款人看的说明，最多 500 字")


class FiguresBeingChecked(RuleBroken):
    """The loan is not in the lender's file: no plan on it until it is."""

    code = "figures_being_checked"
    message = N_("这笔借款不在最近的文件里，正在核对，现在不能同意")


@dataclass(frozen=True)
class Decider:
    """The member of staff who answers, with the roles held now."""

    staff_id: int
    person_id: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Reply:
    """What is answered, why, and in what words; the key makes it happen once."""

    answer: Answer
    reason_code: str
    words: str
    request_key: str


def decide_version(
    session: Session,
    *,
    vault: Vault,
    site: Site,
    version_public_id: str,
    reply: Reply,
    decider: Decider,
    actor: Actor,
    now: datetime,
) -> None:
    """Approve or refuse a submitted version and tell the borrower.

    Idempotent on: the reply's request key.
    Raises: NotFound, AlreadyDecided, MakerIsChecker, BeyondAuthority, ReasonNeeded, WordsNeeded, BannedWords,
            FiguresBeingChecked, KeyReused.
    Source: default policy, authority, clocks and hold on collection; I-06.
    """
    words = _checked_words(reply)
    with transaction(session):
        case = lock_version(session, version_public_id=version_public_id, now=now)
        if _decided_before(session, case, reply):
            return
        _check(session, case, reply, decider)
        changes = move_version(session, locked=case, to=STATES[reply.answer], **_changes(case, reply))
        session.add(
            Decision(version_id=case.version.id, answer=reply.answer, reason_code=reply.reason_code, words=words,
                     staff_id=decider.staff_id, person_id=decider.person_id, author_person=case.version.author_person,
                     request_key=reply.request_key, at=now)
        )  # fmt: skip
        if reply.answer == "refuse":
            _let_go(session, case, actor)
        _tell(session, case, reply.answer, vault=vault, site=site)
        session.flush()
        audit.record(
            session, actor=actor, action=f"plan.{changes['state']}", object_kind="plan_version",
            object_id=version_public_id, now=now, before={"state": "submitted"}, after=changes,
            reason=reply.reason_code,
        )  # fmt: skip


def may_decide(terms: PlannedTerms, *, contract_ppm: int, policy: Policy, roles: frozenset[str]) -> bool:
    """Tell whether someone with these roles has the authority for a plan.

    Source: default policy, authority.
    """
    if "supervisor" in roles:
        return terms.periods <= policy.supervisor_periods
    within = terms.periods <= policy.agent_periods and terms.annual_ppm >= min(contract_ppm, policy.ceiling_ppm)
    return "agent" in roles and within


def _checked_words(reply: Reply) -> str:
    words = reply.words.strip()
    if len(words) > LONGEST_WORDS or (reply.answer == "refuse" and not words):
        raise WordsNeeded
    check_words(words)
    return words


def _decided_before(session: Session, case: LockedVersion, reply: Reply) -> bool:
    done = session.scalars(select(Decision).where(Decision.request_key == reply.request_key)).one_or_none()
    if done is None:
        return False
    if (done.version_id, done.answer, done.reason_code) != (case.version.id, reply.answer, reply.reason_code):
        raise KeyReused
    return True


def _check(session: Session, case: LockedVersion, reply: Reply, decider: Decider) -> None:
    if not may_move("version", case.version.state, STATES[reply.answer]):
        raise AlreadyDecided
    if case.version.author_person == decider.person_id:
        raise MakerIsChecker
    contract_ppm = min(loan.annual_ppm for loan in case.loans)
    if not may_decide(case.terms, contract_ppm=contract_ppm, policy=case.policy, roles=decider.roles):
        raise BeyondAuthority
    reason = session.get(ReasonCode, reply.reason_code)
    if reason is None or not reason.is_active or reason.answer != reply.answer:
        raise ReasonNeeded
    if reply.answer == "approve" and any(loan.missing_since_on for loan in case.loans):
        raise FiguresBeingChecked


def _changes(case: LockedVersion, reply: Reply) -> dict[str, Any]:
    return approval(case) if reply.answer == "approve" else {"decided_at": case.now}


def _let_go(session: Session, case: LockedVersion, actor: Actor) -> None:
    """A refused plan is no longer open; contact stays on hold for some working days more."""
    days = case.policy.hold_after_refusal_working_days
    close_plan(session, locked=case)
    end_hold(session, locked=case, until=end_of(working_day_after(session, day=case.today, count=days)), by=actor.who)


def _tell(session: Session, case: LockedVersion, answer: Answer, *, vault: Vault, site: Site) -> None:
    until = month_day(case.today + timedelta(days=case.policy.offer_days))
    tell_borrower(
        session, locked=case, template=f"plan_{STATES[answer]}", vault=vault, site=site,
        key=f"plan-decided:{case.version.public_id}", values={"until": until},
    )  # fmt: skip
