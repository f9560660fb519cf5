"""A draft of the policy: begun, edited, handed to a colleague, taken back, dropped."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.policy import Policy
from app.domain.policy_checks import Contradictory, contradictions
from app.domain.policy_numbers import differences, names_of, numbers_of, with_numbers
from app.domain.policy_texts import KEY as TEXTS
from app.domain.policy_texts import PolicyTexts, text_differences, text_faults
from app.domain.texts import N_
from app.models import PolicyDraft, PolicyVersion, new_public_id
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import texts_of
from app.services.core.transaction import line_up, transaction
from app.services.core.wording import check_words
from app.services.policies.latest_queries import draft_texts, earliest_day, latest_version
from app.services.policies.steps import (
    ALL_VERSIONS,
    DraftOver,
    check_edition,
    end_draft,
    lock_draft,
    record,
)

MOST_DAYS_AHEAD = 180


class NotTheMaker(RuleBroken):
    """A draft is edited by who began it."""

    code = "policy_not_the_maker"
    message = N_("草稿由起草的人改；您可以启用它，或者作废后自己另起一份")


class SameAsBefore(RuleBroken):
    """A draft that says what the version before it says."""

    code = "policy_nothing_changed"
    message = N_("和前一版一样，还没有改动，改好再交出去")


class DayNeeded(RuleBroken):
    """A draft is handed over with the day it counts from."""

    code = "policy_day_needed"
    message = N_("请写从哪天起用")


class DayTooEarly(RuleBroken):
    """A version begins today or later, and not before the one before it."""

    code = "policy_day_too_early"
    message = N_("最早从 %(day)s 起用，请写这一天或者以后的日子")


class DayTooLate(RuleBroken):
    """A version that waits too long: the one after it could not count before it."""

    code = "policy_day_too_late"
    message = N_("最晚从 %(day)s 起用，请写这一天或者以前的日子")


def begin_draft(session: Session, context: Context) -> str:
    """Begin a draft from the latest version; return its public id.

    Idempotent on: the open draft, whoever began it.
    """
    with transaction(session):
        line_up(session, ALL_VERSIONS)
        found = session.scalars(select(PolicyDraft).where(PolicyDraft.is_open)).one_or_none()
        if found is not None:
            return found.public_id
        base = latest_version(session)
        numbers = numbers_of(Policy.from_values(base.values))
        texts = texts_of(session, version=base.version).written()
        version = _next_name(session, context.today)
        draft = PolicyDraft(
            public_id=new_public_id(),
            version=version,
            base_version=base.version,
            values={**numbers, TEXTS: texts, "version": version},
            edition=1,
            state="open",
            is_open=True,
            made_by=context.actor.who,
            made_person=context.staff.person_id,
            made_at=context.now,
            changed_at=context.now,
        )
        session.add(draft)
        session.flush()
        record(session, context, draft=draft, action="policy.drafted", base=base.version)
        return draft.public_id


def save_draft(
    session: Session,
    context: Context,
    *,
    public_id: str,
    edition: int,
    numbers: Mapping[str, int],
    texts: PolicyTexts | None = None,
    hand_from: date | None = None,
) -> None:
    """Keep the numbers and texts of a draft; with `hand_from` hand it over, to count from that day
    on.

    Units:  as the names of the numbers say.
    Raises: NotFound, DraftOver, NotTheMaker, DraftChanged, BannedWords; with hand_from
            SameAsBefore, Contradictory, DayTooEarly, DayTooLate; ValueError for numbers no form
            lets through.
    """
    with transaction(session):
        draft = lock_draft(session, public_id=public_id)
        _check_maker(context, draft, "open")
        check_edition(draft, edition)
        before = Policy.from_values(draft.values)
        after = with_numbers(before, numbers, version=draft.version)
        texts_before = draft_texts(session, draft=draft)
        texts = texts or texts_before
        for one in texts.reasons:
            check_words(one.words)
        if hand_from is not None:
            _check_ready(session, context, after, texts, hand_from)
            draft.state, draft.from_on = "handed", hand_from
        changed = differences(before, after)
        said = text_differences(texts_before, texts)
        draft.values = {**numbers_of(after), TEXTS: texts.written(), "version": draft.version}
        draft.edition, draft.changed_at = draft.edition + 1, context.now
        audit.record(
            session,
            context,
            action="policy.handed" if hand_from else "policy.edited",
            object_kind="policy",
            object_id=draft.version,
            before={one.name: one.before for one in changed}
            | {f"{one.kind}:{one.name}": one.before for one in said},
            after={one.name: one.after for one in changed}
            | {f"{one.kind}:{one.name}": one.after for one in said}
            | {"state": draft.state, "edition": draft.edition}
            | ({"from_on": hand_from.isoformat()} if hand_from else {}),
        )


def take_back_draft(session: Session, context: Context, *, public_id: str) -> None:
    """Take back what was handed over, to edit it.

    Idempotent on: the draft.
    Raises: NotFound, DraftOver, NotTheMaker.
    """
    with transaction(session):
        draft = lock_draft(session, public_id=public_id)
        if draft.state == "open":
            return
        _check_maker(context, draft, "handed")
        draft.state, draft.edition, draft.changed_at = "open", draft.edition + 1, context.now
        record(session, context, draft=draft, action="policy.taken_back")


def drop_draft(session: Session, context: Context, *, public_id: str) -> None:
    """Drop a draft, one's own or a colleague's; another one may be begun.

    Idempotent on: the draft.
    Raises: NotFound, DraftOver.
    """
    with transaction(session):
        draft = lock_draft(session, public_id=public_id)
        if draft.state == "dropped":
            return
        if not draft.is_open:
            raise DraftOver
        end_draft(context, draft, "dropped")
        record(session, context, draft=draft, action="policy.dropped")


def _check_maker(context: Context, draft: PolicyDraft, state: str) -> None:
    if draft.state != state:
        raise DraftOver
    if draft.made_person != context.staff.person_id:
        raise NotTheMaker


def _check_ready(
    session: Session, context: Context, after: Policy, texts: PolicyTexts, day: date
) -> None:
    base = latest_version(session)
    is_other = names_of(differences(Policy.from_values(base.values), after))
    if not is_other and not text_differences(texts_of(session, version=base.version), texts):
        raise SameAsBefore
    if faults := (*contradictions(after), *text_faults(texts)):
        raise Contradictory(count=len(faults))
    earliest = earliest_day(session, context)
    if day < earliest:
        raise DayTooEarly(day=earliest.isoformat())
    latest = max(earliest, context.today + timedelta(days=MOST_DAYS_AHEAD))
    if day > latest:
        raise DayTooLate(day=latest.isoformat())


def _next_name(session: Session, today: date) -> str:
    """The day it was begun and a number; none is given twice."""
    start = f"{today.isoformat()}."
    taken = set(session.scalars(select(PolicyDraft.version)))
    taken |= set(session.scalars(select(PolicyVersion.version)))
    return next(name for n in range(1, len(taken) + 2) if (name := f"{start}{n}") not in taken)
