"""The lender's nightly file: read and judged first, then applied in one short transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from json import loads
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.domain.arrears import BUCKETS, bucket
from app.domain.errors import RuleBroken
from app.domain.nightly_headings import missing_told, plain_heading
from app.domain.nightly_row import COMPONENTS
from app.domain.texts import N_
from app.models import NightlyFault, NightlyFile, new_public_id
from app.ports.book import Book, BookUnreadable
from app.services.core import audit
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.transaction import change_book, one_file_at_a_time, transaction
from app.services.nightly.judging import JudgingCounts, date_of, judge_book, stored_date
from app.services.nightly.kept_lines import drop_lines, keep_lines
from app.services.nightly.layout import Layout
from app.services.nightly.people import PersonConflict
from app.services.nightly.reasons import REASONS, WaitReason, reasons_to_wait
from app.services.staged.applying import BookApplier
from app.services.staged.staging import StagingArea

NAME_CHARS = 200
# A page for people: where there are more, the file as a whole is at fault.
MOST_TOLD = 200
WAITS = ("waiting", "confirmed")
EVERY_REASON = frozenset(REASONS)
FIGURES_BY_COMPONENT = {name: f"{name}_fen" for name in COMPONENTS}


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
    """What an import found and did. Units: fen; state is applied, unchanged, waiting, or declined
    where a person has refused this very file before.
    """

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
    reasons: tuple[WaitReason, ...] = ()
    conflicts: tuple[PersonConflict, ...] = ()


@dataclass(frozen=True)
class _Found:
    """A file as it was judged."""

    stage: StagingArea
    judged: JudgingCounts
    as_of: date
    ceiling_ppm: int


@dataclass(frozen=True)
class ReceivedFile:
    """What is known of a file before it is applied: `agreed` are the codes of reasons to wait that
    a person has seen, `kept` the file that waited.
    """

    book: Book
    actor: Actor
    now: datetime
    newest_file: int
    agreed: frozenset[str] = frozenset()
    kept: int | None = None

    @property
    def name(self) -> str:
        """Return the name as far as the list keeps it."""
        return self.book.name[:NAME_CHARS]

    @property
    def sha256(self) -> str:
        """Return the hash of the file's bytes."""
        return self.book.sha256


def import_book(
    session: Session,
    context: Context,
    *,
    book: Book,
    as_of: date | None = None,
    is_vanishing_confirmed: bool = False,
    is_confirmed: bool = False,
) -> ImportReport:
    """Judge a nightly file and store its good rows, all or none.

    Idempotent: a file whose rows all equal what is stored changes nothing. Where more than one in
                ten loans would vanish, or most rows are not ours, the file waits: its result and
                its sealed rows are kept until a person decides at the desk, or it is imported again
                and confirmed.
    Raises: HeaderRefused, NoDate, FutureFile, OlderFile, OtherImport, BookUnreadable; a file
            refused whole is kept in the list.
    Source: contract, the nightly file.
    """
    # The newest file is noted before judging, which takes minutes: another import in between is
    # found by it.
    agreed = frozenset({"vanished"} if is_vanishing_confirmed else ())
    received = ReceivedFile(
        book,
        context.actor,
        context.now,
        newest_file(session),
        agreed=EVERY_REASON if is_confirmed else agreed,
    )
    try:
        layout = layout_of(book)
        day = _day(session, context, as_of or date_of(book, layout))
        return judge_and_apply(session, context, received=received, layout=layout, as_of=day)
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


def judge_and_apply(
    session: Session, context: Context, *, received: ReceivedFile, layout: Layout, as_of: date
) -> ImportReport:
    """Judge the rows, then apply them in one transaction of its own; a step of the use cases that
    take in a file.

    Raises: OtherImport, BookUnreadable.
    """
    ceiling_ppm = active_policy(session)[1].amounts.ceiling_ppm
    with StagingArea() as stage:
        judged = judge_book(
            session,
            context,
            book=received.book,
            layout=layout,
            as_of=as_of,
            ceiling_ppm=ceiling_ppm,
            stage=stage,
        )
        found = _Found(stage, judged, as_of, ceiling_ppm)
        return _apply(session, context, found, received)


def layout_of(book: Book) -> Layout:
    """Return which cell holds which column. Raises: HeaderRefused."""
    layout = Layout.of(book.headers)
    if layout.missing:
        raise HeaderRefused(missing_told(book.headers, book.header_line))

    # Two columns of one name leave one place in the layout; which of them is right nobody can tell.
    named = sum(1 for header in book.headers if plain_heading(header))
    if len(layout.known) + len(layout.unknown) != named:
        raise HeaderRefused("表头有重复的列，请只留一列后重新导出")

    return layout


def newest_file(session: Session) -> int:
    """Return the id of the file received last, by which another import in between is found."""
    return session.scalar(select(func.max(NightlyFile.id))) or 0


def _apply(
    session: Session, context: Context, found: _Found, received: ReceivedFile
) -> ImportReport:
    with transaction(session):
        _alone(session, received)
        with BookApplier(session, found.stage, found.as_of) as applying:
            file, reasons = _judged_file(session, applying, found, received)
            report = _report(found.stage, file, reasons)
            report = replace(report, conflicts=found.judged.conflicts)
            # The same file again leaves no second line in the list.
            before = None if received.kept else _kept_already(session, file)
            if before is None:
                _keep(session, context, applying, file, received)
            elif before.state == "declined":
                report = replace(report, state="declined")

    return report


def _judged_file(
    session: Session, applying: BookApplier, found: _Found, received: ReceivedFile
) -> tuple[NightlyFile, tuple[WaitReason, ...]]:
    judged, unchanged = found.judged, applying.unchanged()
    gone, before = applying.vanishing()
    reasons = tuple(
        one
        for one in reasons_to_wait(
            judged,
            found.stage,
            gone=gone,
            before=before,
            as_of=found.as_of,
            ceiling_ppm=found.ceiling_ppm,
            was_taken_back=_was_taken_back(session, received, found.as_of),
        )
        if one.code not in received.agreed
    )
    values = {
        "name": received.name,
        "as_of_on": found.as_of,
        "sha256": received.sha256,
        "state": _state(judged, unchanged, gone, reasons),
        "rows": judged.rows,
        "accepted": judged.accepted,
        "unchanged": unchanged,
        "rejected": judged.rejected,
        "vanished": gone,
        "discrepancies": judged.discrepancies,
        "over_ceiling": judged.over_ceiling,
        "totals": dict(judged.totals),
        "findings": {**_findings(applying, found, reasons), **received.book.told},
    }
    if received.kept is None:
        who = {"received_at": received.now, "received_by": received.actor.who}
        return NightlyFile(public_id=new_public_id(), **values, **who), reasons

    file = session.get_one(NightlyFile, received.kept)
    for name, value in values.items():
        setattr(file, name, value)
    return file, reasons


def _was_taken_back(session: Session, received: ReceivedFile, as_of: date) -> bool:
    same = select(NightlyFile.id).where(
        NightlyFile.sha256 == received.sha256,
        NightlyFile.as_of_on == as_of,
        NightlyFile.state == "taken_back",
    )
    return session.scalar(same.limit(1)) is not None


def _state(
    judged: JudgingCounts, unchanged: int, gone: int, reasons: tuple[WaitReason, ...]
) -> str:
    if reasons:
        return "waiting"
    return "applied" if gone or unchanged < judged.accepted else "unchanged"


def _findings(
    applying: BookApplier, found: _Found, reasons: tuple[WaitReason, ...]
) -> dict[str, Any]:
    """What the file itself says; kept, so that a page need not ask the stored figures of others."""
    stage, ages = found.stage, dict.fromkeys(BUCKETS, 0)
    for days, count in stage.days_past_due():
        ages[bucket(days)] += count
    columns = ("line", "ref", "differences", *FIGURES_BY_COMPONENT.values())
    names = dict(zip(FIGURES_BY_COMPONENT, range(3, len(columns)), strict=True))
    differences = [
        (row[0], row[1], name, row[names[name]], row[names[name]] - fen)
        for row in stage.differing(columns, MOST_TOLD)
        for name, fen in sorted(loads(row[2]).items())
    ]
    return {
        "ages": ages,
        "differences": differences,
        "gone": applying.gone_refs(MOST_TOLD),
        "reasons": [{"code": one.code, "values": one.values} for one in reasons],
        "conflicts": [one._asdict() for one in found.judged.conflicts[:MOST_TOLD]],
    }


def _kept_already(session: Session, file: NightlyFile) -> NightlyFile | None:
    """Return the line of the list that says this already, for a file that changes nothing."""
    if file.state == "applied":
        return None
    states = (*WAITS, "declined") if file.state == "waiting" else ("applied", "unchanged")
    same = select(NightlyFile).where(
        NightlyFile.sha256 == file.sha256, NightlyFile.as_of_on == file.as_of_on
    )
    return session.scalars(
        same.where(NightlyFile.state.in_(states)).order_by(NightlyFile.id.desc()).limit(1)
    ).first()


def _keep(
    session: Session,
    context: Context,
    applying: BookApplier,
    file: NightlyFile,
    received: ReceivedFile,
) -> None:
    session.add(file)
    session.flush()
    session.execute(delete(NightlyFault).where(NightlyFault.file_id == file.id))
    applying.add_faults(file.id)
    if file.state == "waiting":
        keep_lines(session, context, file=file, book=received.book)
    else:
        _store(session, applying, file)

    _record(session, context, file, received)


def _store(session: Session, applying: BookApplier, file: NightlyFile) -> None:
    applying.store(file.id)
    # Its own rows, where it waited: very many, and nobody's any more.
    drop_lines(session)
    file.can_go_back = file.state == "applied"
    # From here to the commit, which is the moment at which everyone sees the new figures, writers
    # wait: they never see a part of one file and a part of another.
    change_book(session)
    applying.store_people()
    # What waited for a person is answered by newer figures.
    waiting = update(NightlyFile).where(
        NightlyFile.state.in_(WAITS), NightlyFile.as_of_on <= file.as_of_on
    )
    session.execute(waiting.values(state="superseded"))
    drop_lines(session)


def _refuse(
    session: Session, context: Context, received: ReceivedFile, refusal: RuleBroken
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
            findings={},
            received_at=received.now,
            received_by=received.actor.who,
        )
        session.add(file)
        session.flush()
        _record(session, context, file, received, reason=refusal.code)


def _record(
    session: Session, context: Context, file: NightlyFile, received: ReceivedFile, reason: str = ""
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


def _alone(session: Session, received: ReceivedFile) -> None:
    """Let no other import in until this one ends; nobody else is kept waiting."""
    one_file_at_a_time(session)
    # Rows were judged beside figures that another file has replaced since.
    if newest_file(session) != received.newest_file:
        raise OtherImport


def _report(stage: StagingArea, file: NightlyFile, reasons: tuple[WaitReason, ...]) -> ImportReport:
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
        reasons=reasons,
    )
