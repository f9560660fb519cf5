"""The files of a day made once: by whoever comes first, the same bytes for all who come later."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta
from types import MappingProxyType
from typing import BinaryIO

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from app.domain.errors import GatewayDown, NotFound, RuleBroken
from app.domain.texts import N_
from app.models import LenderFileSet, new_public_id
from app.ports.storage import Storage
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.transaction import one_view, transaction
from app.services.lender_files.day import ToldDay
from app.services.lender_files.writing import MadeFile, write_files

ACTOR = Actor("job:lender-files")
# So long the files themselves are kept; what they were, for good.
KEPT_DAYS = 90
# So many days that nobody came for are made up for.
CATCH_UP_DAYS = 7
A_PIECE = 1 << 16


class DayNotOver(RuleBroken):
    """Files tell of a day that is over."""

    code = "day_not_over"
    message = N_("这一天还没有过完，过完才能出文件")


class FilesGone(RuleBroken):
    """The files of that day were deleted, and other bytes are not handed out for it."""

    code = "files_gone"
    message = N_("这一天的文件已经过了 %(days)s 天的保存期，不再提供；当时的行数和哈希还在")
    values = MappingProxyType({"days": KEPT_DAYS})


def make_day(
    sessions: sessionmaker[Session], context: Context, *, on: date
) -> tuple[MadeFile, ...]:
    """Return the files of a day; they are made and kept where nobody has yet.

    Idempotent on: the day. Of several who make it at once one counts, the others' files go.
    Raises: DayNotOver, FilesGone, GatewayDown.
    Source: ADR 0087.
    """
    if on >= context.today:
        raise DayNotOver
    with sessions() as session:
        found = _stored(session, on)
    return _files(found) if found is not None else _made(sessions, context, on)


def make_missing(sessions: sessionmaker[Session], context: Context) -> int:
    """Make the files of each day that is over since the last that were made, up to a week back,
    and return of how many days; the first time of the day before alone.

    Idempotent on: the day. Raises: GatewayDown.
    """
    yesterday = context.today - timedelta(days=1)
    with sessions() as session:
        last = session.scalar(select(func.max(LenderFileSet.for_on)))
    first = max(last or yesterday - timedelta(days=1), yesterday - timedelta(days=CATCH_UP_DAYS))
    days = [first + timedelta(days=n) for n in range(1, (yesterday - first).days + 1)]
    for on in days:
        make_day(sessions, context.by(ACTOR), on=on)
    return len(days)


def hand_out(
    sessions: sessionmaker[Session], context: Context, *, on: date, storage: Storage
) -> tuple[MadeFile, ...]:
    """Make the files of a day where they are not there, and copy them into another storage; on
    record. Return what they are.

    Raises: as make_day.
    """
    made = make_day(sessions, context, on=on)
    with sessions() as session, transaction(session):
        found = _stored(session, on)
        if found is None:
            raise NotFound
        for one in made:
            with storage.writing(one.name) as copy:
                copy.writelines(_pieces(context.gateways.storage.opened(found.folder + one.name)))
        record_taken(session, context, found=found, names=[one.name for one in made])
    return made


def delete_lapsed(session: Session, context: Context, *, limit: int) -> int:
    """Delete files past their days and return of how many days; what they were stays on record.

    Idempotent on: the day. Raises: GatewayDown.
    """
    before = context.today - timedelta(days=KEPT_DAYS)
    over = select(LenderFileSet).where(
        LenderFileSet.lapsed_at.is_(None), LenderFileSet.for_on < before
    )
    found = session.scalars(over.order_by(LenderFileSet.id).limit(limit)).all()
    for one in found:
        key, folder, on = one.id, one.folder, one.for_on
        # Before the record says so: what is killed in between is done again.
        context.gateways.storage.delete(folder)
        with transaction(session):
            mine = update(LenderFileSet).where(
                LenderFileSet.id == key, LenderFileSet.lapsed_at.is_(None)
            )
            changed = session.execute(
                mine.values(lapsed_at=context.now).returning(LenderFileSet.id)
            )
            if changed.scalar() is not None:
                audit.record(
                    session,
                    context.by(ACTOR),
                    action="lender_files.lapsed",
                    object_kind="lender_files",
                    object_id=on.isoformat(),
                )
    return len(found)


def record_taken(
    session: Session, context: Context, *, found: LenderFileSet, names: list[str]
) -> None:
    """Put on record who took which files of a day. Never commits."""
    audit.record(
        session,
        context,
        action="lender_files.taken",
        object_kind="lender_files",
        object_id=found.for_on.isoformat(),
        after={"names": names},
    )


def _stored(session: Session, on: date) -> LenderFileSet | None:
    """Raises: FilesGone."""
    one = select(LenderFileSet).where(LenderFileSet.for_on == on)
    found = session.scalars(one).one_or_none()
    if found is not None and found.lapsed_at is not None:
        raise FilesGone
    return found


def _files(found: LenderFileSet) -> tuple[MadeFile, ...]:
    return tuple(MadeFile(**one) for one in found.files)


def _made(sessions: sessionmaker[Session], context: Context, on: date) -> tuple[MadeFile, ...]:
    storage, encoding = context.gateways.storage, context.site.files_encoding
    public_id = new_public_id()
    folder = f"lender-{on:%Y%m%d}-{public_id}/"
    try:
        with sessions() as reader, one_view(reader):
            made = write_files(
                reader, storage=storage, folder=folder, day=ToldDay(on), encoding=encoding
            )
        with sessions() as session, transaction(session):
            row = LenderFileSet(
                public_id=public_id,
                for_on=on,
                encoding=encoding,
                folder=folder,
                files=[asdict(one) for one in made],
                made_at=context.now,
                made_by=context.actor.who,
            )
            session.add(row)
            session.flush()
            audit.record(
                session,
                context,
                action="lender_files.made",
                object_kind="lender_files",
                object_id=on.isoformat(),
                after={"files": row.files},
            )
    except BaseException as problem:
        # What a kill leaves here the sweep deletes: no row names it.
        with suppress(GatewayDown):
            storage.delete(folder)
        if not isinstance(problem, IntegrityError):
            raise
    else:
        return made
    # Another was first: theirs are the files of the day.
    with sessions() as session:
        found = _stored(session, on)
    if found is None:
        raise NotFound
    return _files(found)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(A_PIECE):
            yield piece
