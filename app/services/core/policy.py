"""The policy in force."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, select
from sqlalchemy.orm import Session

from app.domain.policy import Policy
from app.domain.policy_texts import AnswerReason, PolicyTexts, texts_in
from app.models import PolicyVersion, ReasonCode

CACHED = "anhuan_policy"
# Where sessions are made: the versions that some session has read, by their row. A version is never
# edited, so what was read stays true; which one is in force is asked each time.
KNOWN, IN_FORCE = "anhuan_policies_known", "anhuan_policy_in_force"
ROWS, RELEASED = "anhuan_policy_rows", "anhuan_reasons"
# What tells a session which day it is: set where sessions are made.
TODAY = "anhuan_today"
# The later day comes first, of one day the later version; what a release brought comes last.
LATEST_FIRST = (PolicyVersion.from_on.desc().nulls_last(), PolicyVersion.id.desc())


def active_policy(session: Session) -> tuple[str, Policy]:
    """Return the version and the values of the policy in force on the session's day; read once a
    session. A session that knows no day goes by the mark that the job moves.

    Raises: NoResultFound when no version is in force.
    Source: ADR 0049.
    """
    # A session is one request or one turn of a job: within it the policy must not change between
    # two figures of the same page.
    found: tuple[str, Policy] | None = session.info.get(CACHED)
    if found is None:
        found = session.info[CACHED] = _known(session)
    return found


@cache
def in_force(*, by_day: bool) -> ScalarSelect[int]:
    """Return what a query that every page begins with selects along: the row of the policy in
    force, on the day bound as `today` or by the mark; `tell_in_force` takes it.
    """
    day = bindparam("today", type_=PolicyVersion.from_on.type) if by_day else None
    return _wanted(select(PolicyVersion.id), day).scalar_subquery()


def day_told(session: Session) -> dict[str, date]:
    """Return the value of `in_force` for a session: none where it knows no day."""
    tell_day = session.info.get(TODAY)
    return {} if tell_day is None else {"today": tell_day()}


def tell_in_force(session: Session, *, policy_id: int | None) -> None:
    """Tell a session which policy is in force, as the same session has just read."""
    session.info[IN_FORCE] = policy_id


def _known(session: Session) -> tuple[str, Policy]:
    known: dict[int | None, tuple[str, Policy]] = session.info.get(KNOWN, {})
    told = session.info.get(IN_FORCE)
    if (found := known.get(told)) is not None:
        return found
    row = session.scalars(_wanted(select(PolicyVersion), day_told(session).get("today"))).one()
    _kept(session)[row.version] = row.values
    found = row.version, Policy.from_values(row.values)
    # Only what was in force before this session wrote anything: what it has just brought into
    # force may still be taken back, and another version get its row.
    if row.id == told:
        known[told] = found
    return found


def forget_policy(session: Session) -> None:
    """Let a session read the policy anew: another version has just come into force."""
    for name in (CACHED, ROWS, RELEASED, IN_FORCE):
        session.info.pop(name, None)


def _wanted(query: Select[Any], day: Any) -> Select[Any]:
    wanted: ColumnElement[bool] = PolicyVersion.is_active.is_(True)
    if day is not None:
        # The mark counts as well, for the versions without a day.
        is_due = and_(PolicyVersion.activated_at.is_not(None), PolicyVersion.from_on <= day)
        wanted = wanted | is_due
    return query.where(wanted).order_by(*LATEST_FIRST).limit(1)


def policies_of(session: Session, *, versions: Iterable[str]) -> Mapping[str, Policy]:
    """Return the values of versions of the policy, in force or not: one query, none where all are
    the one in force.
    """
    active, policy = active_policy(session)
    earlier = tuple(set(versions) - {active})
    if not earlier:
        return {active: policy}
    values = _values_of(session, (active, *earlier))
    # A limit that an earlier version did not know is told as in the one in force: what was judged
    # before a release stays readable after it.
    return {active: policy} | {
        one: Policy.from_values({**values[active], **values[one]})
        for one in earlier
        if one in values
    }


def texts_of(session: Session, *, version: str) -> PolicyTexts:
    """Return the reasons for answers and the lists of things to show of a version; those that came
    with the release where it names none, or is not there. Read once a session.

    Source: ADR 0049.
    """
    values = _values_of(session, (version,)).get(version, {})
    return texts_in(values, released=_released(session))


def _values_of(session: Session, versions: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
    kept = _kept(session)
    if unread := set(versions) - set(kept):
        wanted = select(PolicyVersion.version, PolicyVersion.values)
        rows = session.execute(wanted.where(PolicyVersion.version.in_(unread)))
        kept.update({version: values for version, values in rows})
    return kept


def _kept(session: Session) -> dict[str, Mapping[str, Any]]:
    # Versions are never edited: what was read once stays true.
    found: dict[str, Mapping[str, Any]] = session.info.setdefault(ROWS, {})
    return found


def _released(session: Session) -> tuple[AnswerReason, ...]:
    found: tuple[AnswerReason, ...] | None = session.info.get(RELEASED)
    if found is None:
        query = select(ReasonCode).order_by(ReasonCode.position)
        found = session.info[RELEASED] = tuple(
            AnswerReason(one.code, one.answer, one.words, one.is_active)
            for one in session.scalars(query)
        )
    return found
