"""Steps of counter-offers that several use cases share: who may, what stands behind it, how it goes
to its borrower. They never commit.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date, end_of
from app.domain.errors import RuleBroken
from app.domain.offer_days import offer_dates
from app.domain.states import COUNTERABLE, LENDER, state_on
from app.domain.texts import N_
from app.models import PlanVersion, VersionWords, new_public_id
from app.services.cases.owners import MakerIsChecker
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.wording import check_words
from app.services.plans.steps import (
    LockedVersion,
    StateChanged,
    begin_hold,
    end_ownership,
    lock_version,
    move_row,
    move_version,
    tell_borrower,
)
from app.services.plans.words_queries import TABLE

LONGEST_WORDS = 500


class CounterWordsNeeded(RuleBroken):
    """A counter-offer comes with words for its borrower; one for others to release with a summary;
    one returned or recalled with the reason.
    """

    code = "counter_words_needed"
    message = N_("请写几句，最多 %(most)s 字")


def checked_words(words: str, *, is_needed: bool = True) -> str:
    """Return words without blanks around them.

    Raises: CounterWordsNeeded, BannedWords.
    """
    # Browsers send CRLF, which would count twice against the limit.
    said = words.replace("\r\n", "\n").strip()
    if len(said) > LONGEST_WORDS or (is_needed and not said):
        raise CounterWordsNeeded(most=LONGEST_WORDS)
    check_words(said)
    return said


def keep_words(
    session: Session, context: Context, *, version: PlanVersion, kind: str, words: str
) -> None:
    """Keep what was written with a version, sealed; nothing where nothing was."""
    if not words:
        return
    row = new_public_id()
    session.add(
        VersionWords(
            public_id=row,
            version_id=version.id,
            kind=kind,
            staff_id=context.staff.staff_id,
            words_enc=context.vault.seal(words, table=TABLE, row=row, column="words"),
            key_version=context.vault.key_version,
            at=context.now,
        )
    )
    session.flush()


def standing(version: PlanVersion, now: datetime) -> bool:
    """Tell whether a counter-offer may still take the place of a version."""
    state = state_on(version.state, valid_until_at=version.valid_until_at, today=beijing_date(now))
    return state in COUNTERABLE


def waiting_draft(session: Session, *, plan_id: int) -> PlanVersion | None:
    """Return the counter-offer of a plan that no borrower has seen yet, if there is one."""
    query = select(PlanVersion).where(PlanVersion.plan_id == plan_id, PlanVersion.state == "draft")
    anew = {"populate_existing": True}
    return session.scalars(query.with_for_update(), execution_options=anew).one_or_none()


def check_not_own(context: Context, *, counter: PlanVersion, parent: PlanVersion) -> None:
    """Pass where someone neither wrote a counter-offer nor entered what it answers.

    Raises: MakerIsChecker.
    Source: default policy, authority.
    """
    makers = {counter.author_person}
    if parent.author_kind == "staff":
        makers.add(parent.author_person)
    if context.staff.person_id in makers:
        raise MakerIsChecker


@dataclass(frozen=True)
class LetGo:
    """A counter-offer that went to its borrower just now: the SMS, and what changed. Its audit
    entries come last, with those of the use case.
    """

    parent: LockedVersion
    counter: LockedVersion
    sms: str
    before: str
    gone: dict[str, Any]
    changes: dict[str, Any]


@dataclass(frozen=True)
class Dropped:
    """A counter-offer that ended unseen just now; its audit entry comes last."""

    locked: LockedVersion
    action: str
    changes: dict[str, Any]


def let_go(
    session: Session, context: Context, *, parent: LockedVersion, counter: LockedVersion
) -> LetGo:
    """Put a counter-offer before its borrower in the place of the version it answers, and tell
    them.

    Dates move where the first would be too near by now, amounts stay. Whoever acts let it go.
    Raises: StateChanged.
    Source: product, states; rules part 1, how a plan is computed.
    """
    before = parent.version.state
    gone = move_version(session, locked=parent, to="superseded")
    dates = offer_dates(counter.terms, policy=counter.policy, today=counter.today)
    changes = move_version(
        session,
        locked=counter,
        to="countered",
        submitted_at=counter.now,
        valid_until_at=end_of(dates.valid_until_on),
        moved_months=dates.moved.months,
        not_before_on=dates.moved.not_before_on,
        released_by=context.staff.person_id,
    )
    session.refresh(counter.version)
    end_ownership(locked=counter)
    # Runs already, but for a second one that needed a person (ADR 0014).
    begin_hold(session, locked=counter)
    text = tell_borrower(
        session,
        context,
        locked=counter,
        template="plan_countered",
        key=f"plan-countered:{counter.version.public_id}",
        values={"until": dates.valid_until_on},
    )
    session.flush()
    return LetGo(parent, counter, text, before, gone, changes)


def record_let_go(session: Session, context: Context, *, done: LetGo) -> None:
    """Put on record that a counter-offer took the place of the version it answers."""
    audit.record(
        session,
        context,
        action="plan.gave_way",
        object_kind="plan_version",
        object_id=done.parent.version.public_id,
        before={"state": done.before},
        after=done.gone | {"replaced_by": done.counter.version.public_id},
    )
    audit.record(
        session,
        context,
        action="plan.countered",
        object_kind="plan_version",
        object_id=done.counter.version.public_id,
        before={"state": "draft"},
        after=done.changes,
    )


def drop_draft(session: Session, *, locked: LockedVersion, to: str, action: str) -> Dropped:
    """End a counter-offer that no borrower has seen; the plan and its version stay as they are.

    Raises: StateChanged.
    """
    changes = move_row(session, locked=locked, to=to)
    if locked.case.waits_for == "second_person":
        locked.case.waits_for = "us"
    session.flush()
    return Dropped(locked, action, changes)


def record_dropped(session: Session, context: Context, *, done: Dropped) -> None:
    """Put on record that a counter-offer ended unseen."""
    audit.record(
        session,
        context,
        action=done.action,
        object_kind="plan_version",
        object_id=done.locked.version.public_id,
        before={"state": "draft"},
        after=done.changes,
    )


def lock_with_parent(
    session: Session, context: Context, *, version_public_id: str
) -> tuple[LockedVersion, LockedVersion]:
    """Lock a counter-offer and the version it answers.

    Raises: NotFound; StateChanged for a version that is no counter-offer.
    """
    counter = lock_version(session, context, version_public_id=version_public_id)
    if counter.version.parent_id is None or counter.version.author_kind != LENDER:
        raise StateChanged
    parent = session.get_one(PlanVersion, counter.version.parent_id)
    return counter, lock_version(session, context, version_public_id=parent.public_id)
