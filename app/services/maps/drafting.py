"""A version of a map: begun from a sample, changed, handed over, taken back, dropped, activated by
another person.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.maps.column_map import ColumnMap, map_of, values_of
from app.domain.texts import N_
from app.models import ColumnMapVersion, new_public_id
from app.ports.table import Table
from app.services.core.context import Context
from app.services.core.transaction import line_up, transaction
from app.services.maps.mapped_book import MappedBook
from app.services.maps.samples import OPEN, opened, proposed, sealed, taken_from
from app.services.maps.steps import (
    BOOK,
    MapOver,
    check_edition,
    lock_map,
    record_map,
)

# A mark by which those wait for each other who number or activate versions.
ALL_MAPS = "00000000000f7"
NAME_CHARS, SAMPLE_NAME_CHARS = 40, 200


class NotTheMapMaker(RuleBroken):
    """A draft is changed by who began it."""

    code = "map_not_the_maker"
    message = N_("草稿由起草的人改；您可以启用它，或者作废后自己另起一版")


class MapMakerActivates(RuleBroken):
    """Who made a map never activates it."""

    code = "map_same_person"
    message = N_("起草的人不能自己启用，要由另一位管理员启用")


class MapNameFaulty(RuleBroken):
    """A map is called by a short name."""

    code = "map_name"
    message = N_("请给列对照起一个名字，不超过 40 个字，不要用斜线和引号")


def begin_map(
    session: Session, context: Context, *, name: str, table: Table, sheet: str = ""
) -> str:
    """Begin a version from a sample: the active map of that name where there is one that reads it,
    else what the sample itself tells; return its public id.

    Idempotent on: nothing; each begins a version of its own.
    Raises: MapNameFaulty, NoHeadings, BookUnreadable.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_CHARS or any(one in name for one in "/\\\"'<>"):
        raise MapNameFaulty
    sample = taken_from(table)
    told = values_of(proposed(sample, sheet=sheet))
    public_id = new_public_id()
    with transaction(session):
        line_up(session, ALL_MAPS)
        last = select(func.max(ColumnMapVersion.number)).where(ColumnMapVersion.name == name)
        version = ColumnMapVersion(
            public_id=public_id,
            name=name,
            kind=BOOK,
            number=(session.scalar(last) or 0) + 1,
            values=told,
            state="draft",
            edition=1,
            made_by=context.actor.who,
            made_person=context.staff.person_id,
            made_at=context.now,
            sample_name=table.name[:SAMPLE_NAME_CHARS],
            sample_enc=sealed(context.vault, sample, public_id),
            key_version=context.vault.key_version,
        )
        session.add(version)
        session.flush()
        record_map(session, context, version=version, action="column_map.drafted")
    return public_id


def save_map(
    session: Session,
    context: Context,
    *,
    public_id: str,
    edition: int,
    values: Mapping[str, Any],
) -> int:
    """Keep what a draft says, also where it is no map yet; return its edition.

    Raises: NotFound, MapOver, NotTheMapMaker, MapChanged.
    """
    with transaction(session):
        version = lock_map(session, public_id=public_id)
        _check_maker(context, version, "draft")
        check_edition(version, edition)
        version.values, version.edition = dict(values), version.edition + 1
        record_map(
            session, context, version=version, action="column_map.edited", values=version.values
        )
        return version.edition


def hand_map(session: Session, context: Context, *, public_id: str, edition: int) -> None:
    """Give a draft to a colleague, who may activate it.

    Idempotent on: the version and its edition.
    Raises: NotFound, MapOver, NotTheMapMaker, MapChanged, MapFaulty.
    """
    with transaction(session):
        version = lock_map(session, public_id=public_id)
        if version.state == "handed" and version.edition == edition:
            return
        _check_maker(context, version, "draft")
        check_edition(version, edition)
        version.values = values_of(_usable(context, version))
        version.state = "handed"
        record_map(session, context, version=version, action="column_map.handed")


def take_back_map(session: Session, context: Context, *, public_id: str) -> None:
    """Take back what was handed over, to change it.

    Idempotent on: the version.
    Raises: NotFound, MapOver, NotTheMapMaker.
    """
    with transaction(session):
        version = lock_map(session, public_id=public_id)
        if version.state == "draft":
            return
        _check_maker(context, version, "handed")
        version.state, version.edition = "draft", version.edition + 1
        record_map(session, context, version=version, action="column_map.taken_back")


def drop_map(session: Session, context: Context, *, public_id: str) -> None:
    """Drop a version that does not stand yet, one's own or a colleague's; its sample goes.

    Idempotent on: the version.
    Raises: NotFound, MapOver.
    """
    with transaction(session):
        version = lock_map(session, public_id=public_id)
        if version.state == "dropped":
            return
        if version.state not in OPEN:
            raise MapOver
        version.state, version.sample_enc = "dropped", None
        record_map(session, context, version=version, action="column_map.dropped")


def activate_map(session: Session, context: Context, *, public_id: str, edition: int) -> None:
    """Let files be read by a version that was handed over; the one before is replaced, the sample
    goes.

    Idempotent on: the version and the person.
    Raises: NotFound, MapOver, MapMakerActivates, MapChanged, MapFaulty.
    """
    with transaction(session):
        line_up(session, ALL_MAPS)
        version = lock_map(session, public_id=public_id)
        person = context.staff.person_id
        if version.state == "active" and version.activated_person == person:
            return
        if version.state != "handed":
            raise MapOver
        if version.made_person == person:
            raise MapMakerActivates
        check_edition(version, edition)
        _usable(context, version)
        before = update(ColumnMapVersion).where(
            ColumnMapVersion.name == version.name, ColumnMapVersion.state == "active"
        )
        session.execute(before.values(state="replaced"))
        version.state, version.sample_enc = "active", None
        version.activated_by, version.activated_at = context.actor.who, context.now
        version.activated_person = person
        record_map(
            session,
            context,
            version=version,
            action="column_map.activated",
            made_by=version.made_by,
        )


def _check_maker(context: Context, version: ColumnMapVersion, state: str) -> None:
    if version.state != state:
        raise MapOver
    if version.made_person != context.staff.person_id:
        raise NotTheMapMaker


def _usable(context: Context, version: ColumnMapVersion) -> ColumnMap:
    """Return a map that reads its own sample. Raises: MapFaulty."""
    told = map_of(version.values)
    sample = opened(context, version)
    if sample is not None:
        MappedBook(sample, told, otherwise=context.today)
    return told
