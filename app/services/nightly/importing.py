"""The lender's nightly file: read and judged first, then applied in one short transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from json import loads
from typing import Any, NamedTuple

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import NightlyFile, new_public_id
from app.ports.book import Book, BookUnreadable
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.nightly.applying import BookApplier
from app.services.nightly.judging import JudgingCounts, Layout, date_of, judge_book, stored_date
from app.services.nightly.staging import StagingArea

VANISH_PERCENT = 10  # more than that gone, and the file waits for a person
NAME_CHARS = 200


class HeaderRefused(RuleBroken):
    """Columns are missing or written twice; nothing of the file is stored."""

    code = "header"
    message = N_("表头缺少必要的列")


class OlderFile(RuleBroken):
    """Newer figures are stored; nothing of the file is stored."""

    code = "older_file"
    message = N_("已经有更新的数据，这份文件没有导入")


class FutureFile(RuleBroken):
    """The figures are of a day that has not come; nothing of the file is stored."""

    code = "future_file"
    message = N_("文件的数据日期晚于今天，没有导入，请核对数据日期")


class NoDate(RuleBroken):
    """The file does not say which day it is of."""

    code = "no_date"
    message = N_("看不出文件是哪一天的数据，请用 --as-of 写明日期")


class OtherImport(RuleBroken):
    """Another file was applied meanwhile."""

    code = "other_import"
    message = N_("另一份文件刚刚导入，请重新运行一次")


class RejectedRow(NamedTuple):
    """One row that was not stored, and why."""

    line: int
    ref: str
    field: str
    code: str
    message: str


class Discrepancy(NamedTuple):
    """One amount of a stored row that is not ours. Units: fen."""

    line: int
    ref: str
    component: str
    file_minus_engine_fen: int


@dataclass(frozen=True)
class ImportReport:
    """What an import found and did. Units: fen; state is applied, unchanged or waiting."""

    state: str
    as_of_on: date
    rows: int
    accepted: int
    unchanged: int
    vanished: int
    over_ceiling: int
    rejected: tuple[RejectedRow, ...]
    discrepancies: tuple[Discrepancy, ...]
    totals_fen: Mapping[str, int]


@dataclass(frozen=True)
class _ReceivedFile:
    """What is known of a file before it is applied."""

    name: str
    sha256: str
    actor: Actor
    now: datetime
    newest_file: int


def import_book(
    session: Session,
    context: Context,
    *,
    book: Book,
    as_of: date | None = None,
    is_vanishing_confirmed: bool = False,
) -> ImportReport:
    """Judge a nightly file and store its good rows, all or none.

    Idempotent: a file whose rows all equal what is stored changes nothing. Where more than one in
                ten loans would vanish the file waits: only its result is kept until it is imported
                again with the vanishing confirmed.
    Raises: HeaderRefused, NoDate, FutureFile, OlderFile, OtherImport, BookUnreadable; a file
            refused whole is kept in the list.
    Source: contract, the nightly file.
    """
    # The newest file is noted before judging, which takes minutes: another import in between is
    # found by it.
    received = _ReceivedFile(
        book.name[:NAME_CHARS], book.sha256, context.actor, context.now, _newest_file(session)
    )
    try:
        layout = _layout(book)
        day = _day(session, context, as_of or date_of(book, layout))
        with StagingArea() as stage:
            ceiling_ppm = active_policy(session)[1].amounts.ceiling_ppm
            judged = judge_book(
                session,
                context,
                book=book,
                layout=layout,
                as_of=day,
                ceiling_ppm=ceiling_ppm,
                stage=stage,
            )

            return _apply(
                session,
                context,
                stage,
                judged,
                received,
                as_of=day,
                is_vanishing_confirmed=is_vanishing_confirmed,
            )
    except (HeaderRefused, NoDate, FutureFile, OlderFile, BookUnreadable) as refusal:
        # Kept in the list, so that the desk sees why there are no new figures. OtherImport is not a
        # fault of the file and is not kept.
        _refuse(session, context, received, refusal)
        raise


def _day(session: Session, context: Context, day: date | None) -> date:
    if day is None:
        raise NoDate
    # Refused whole: a slip of the year would make every file until that day an older one.
    if day > context.today:
        raise FutureFile(f"文件是 {day} 的数据，今天是 {context.today}，没有导入，请核对数据日期")
    # Refused whole: older figures would put loans back to where they were.
    stored = stored_date(session)
    if stored and day < stored:
        raise OlderFile(f"已经有 {stored} 的数据，这份 {day} 的文件没有导入")

    return day


def _layout(book: Book) -> Layout:
    layout = Layout.of(book.headers)
    if layout.missing:
        raise HeaderRefused(f"表头缺少这些列，请补齐后重新导出：{'、'.join(layout.missing)}")

    # Two columns of one name leave one place in the layout; which of them is right nobody can tell.
    named = sum(1 for header in book.headers if header.strip("\ufeff \t\u3000"))
    if len(layout.known) + len(layout.unknown) != named:
        raise HeaderRefused("表头有重复的列，请只留一列后重新导出")

    return layout


def _newest_file(session: Session) -> int:
    return session.scalar(select(func.max(NightlyFile.id))) or 0


def _apply(
    session: Session,
    context: Context,
    stage: StagingArea,
    judged: JudgingCounts,
    received: _ReceivedFile,
    *,
    as_of: date,
    is_vanishing_confirmed: bool,
) -> ImportReport:
    with transaction(session):
        _alone(session, received)
        with BookApplier(session, stage, as_of) as applying:
            unchanged = applying.unchanged()
            gone, before = applying.vanishing()
            file = NightlyFile(
                public_id=new_public_id(),
                name=received.name,
                as_of_on=as_of,
                sha256=received.sha256,
                state=_state(judged, unchanged, gone, before, is_vanishing_confirmed),
                rows=judged.rows,
                accepted=judged.accepted,
                unchanged=unchanged,
                rejected=judged.rejected,
                vanished=gone,
                discrepancies=judged.discrepancies,
                over_ceiling=judged.over_ceiling,
                totals=dict(judged.totals),
                received_at=received.now,
                received_by=received.actor.who,
            )
            report = _report(stage, file)
            # The same file again leaves no second line in the list.
            if not _is_kept_already(session, file):
                _keep(session, context, applying, file, received)

    return report


def _state(
    judged: JudgingCounts, unchanged: int, gone: int, before: int, is_vanishing_confirmed: bool
) -> str:
    # Compared without dividing: the limit is exact also for few loans. A file cut short looks just
    # like loans that were sold.
    if gone * 100 > before * VANISH_PERCENT and not is_vanishing_confirmed:
        return "waiting"
    return "applied" if gone or unchanged < judged.accepted else "unchanged"


def _is_kept_already(session: Session, file: NightlyFile) -> bool:
    """Tell whether the list of files says this already, for a file that changes nothing."""
    if file.state == "applied":
        return False
    states = ("waiting",) if file.state == "waiting" else ("applied", "unchanged")
    same = select(NightlyFile.id).where(
        NightlyFile.sha256 == file.sha256, NightlyFile.as_of_on == file.as_of_on
    )
    return session.scalar(same.where(NightlyFile.state.in_(states)).limit(1)) is not None


def _keep(
    session: Session,
    context: Context,
    applying: BookApplier,
    file: NightlyFile,
    received: _ReceivedFile,
) -> None:
    session.add(file)
    session.flush()
    applying.add_faults(file.id)
    if file.state != "waiting":
        applying.store(file.id)
        # What waited for a person is answered by newer figures.
        waiting = update(NightlyFile).where(
            NightlyFile.state == "waiting", NightlyFile.as_of_on <= file.as_of_on
        )
        session.execute(waiting.values(state="superseded"))

    _record(session, context, file, received)


def _refuse(
    session: Session, context: Context, received: _ReceivedFile, refusal: RuleBroken
) -> None:
    # The scheduler brings a refused file again every night; one line in the list is enough.
    same = select(NightlyFile.id).where(
        NightlyFile.sha256 == received.sha256, NightlyFile.state == "refused"
    )
    with transaction(session):
        if session.scalar(same.where(NightlyFile.reason == refusal.message).limit(1)) is not None:
            return

        file = NightlyFile(
            public_id=new_public_id(),
            name=received.name,
            as_of_on=None,
            sha256=received.sha256,
            state="refused",
            reason=refusal.message,
            rows=0,
            accepted=0,
            unchanged=0,
            rejected=0,
            vanished=0,
            discrepancies=0,
            over_ceiling=0,
            totals={},
            received_at=received.now,
            received_by=received.actor.who,
        )
        session.add(file)
        session.flush()
        _record(session, context, file, received, reason=refusal.code)


def _record(
    session: Session, context: Context, file: NightlyFile, received: _ReceivedFile, reason: str = ""
) -> None:
    counts = (
        "rows",
        "accepted",
        "unchanged",
        "rejected",
        "vanished",
        "discrepancies",
        "over_ceiling",
    )
    after: dict[str, Any] = {name: getattr(file, name) for name in counts}
    after |= {"as_of_on": str(file.as_of_on) if file.as_of_on else None, "sha256": file.sha256}
    audit.record(
        session,
        context.by(received.actor),
        action=f"nightly_file.{file.state}",
        object_kind="nightly_file",
        object_id=file.public_id,
        after=after,
        reason=reason,
    )


def _alone(session: Session, received: _ReceivedFile) -> None:
    """Let no other import in until this one ends; readers are not kept waiting."""
    if session.get_bind().dialect.name == "postgresql":
        # Stands against writers and itself and lets readers pass. On SQLite the write transaction
        # does the same.
        session.execute(text("LOCK TABLE nightly_files IN SHARE ROW EXCLUSIVE MODE"))
    # Rows were judged beside figures that another file has replaced since.
    if _newest_file(session) != received.newest_file:
        raise OtherImport


def _report(stage: StagingArea, file: NightlyFile) -> ImportReport:
    assert file.as_of_on  # noqa: S101 - only a refused file has none
    return ImportReport(
        state=file.state,
        as_of_on=file.as_of_on,
        rows=file.rows,
        accepted=file.accepted,
        unchanged=file.unchanged,
        vanished=file.vanished,
        over_ceiling=file.over_ceiling,
        rejected=tuple(RejectedRow(*row) for row in stage.each("faults")),
        discrepancies=tuple(
            Discrepancy(line, ref, component, fen)
            for line, ref, differences in stage.different()
            for component, fen in loads(differences).items()
        ),
        totals_fen=file.totals,
    )
