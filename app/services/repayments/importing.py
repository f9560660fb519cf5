"""A file of repayments received: read as a stream, judged and stored batch by batch."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Protocol, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import StatementFault, StatementFile, new_public_id
from app.ports.book import Book, BookUnreadable
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import (
    one_batch_of_money_at_a_time,
    rehearse,
    stand_on_book,
    transaction,
)
from app.services.nightly.importing import NAME_CHARS, HeaderRefused
from app.services.repayments.asks import AsksOf, StoredAsks
from app.services.repayments.judging import JudgedBatch, PaymentKey, judge_batch
from app.services.repayments.reading import (
    GoodLine,
    RejectedLine,
    covered_until,
    layout_of,
    read_lines,
)
from app.services.repayments.storing import BatchOvertaken, signed_fen, store_batch

# Of so many lines a transaction is made: few enough that nobody waits long for a plan.
BATCH_LINES = 500
# Reversals of what is not known wait in memory for the end of the file, no more than these.
MOST_WAITING = 5_000
# How often a batch is judged anew where others are quicker.
TRIES = 5
# Columns of payments that no two have alike.
TAKEN_ONCE = ("channel_ref", "reverses_id")
Line = GoodLine | RejectedLine
Done = TypeVar("Done")


class Alone(Protocol):
    """Runs a step by itself: as a transaction of its own, or as a part of one that is open."""

    def __call__(self, step: Callable[[], Done], /) -> Done:
        """Run the step and return what it does."""


class FutureThrough(RuleBroken):
    """No file covers a day that has not come; nothing of it is stored."""

    code = "future_file"
    message = N_("--through 的日期在今天以后，没有导入，请核对")


class MoneyMoving(RuleBroken):
    """Others were quicker again and again; what was stored stays, the rest comes with the next
    run.
    """

    code = "other_import"
    message = N_("这些款正由别的程序记录，请重新运行一次")


@dataclass(frozen=True)
class UnmatchedLine:
    """A line whose money a person has to say whose it is; suggestions name plans and loans."""

    line: int
    reason: str
    suggestions: tuple[str, ...] = ()


@dataclass
class RepaymentsReport:
    """What a file of repayments held, and what became of it.

    Units: fen; total_fen is what was posted, reversals taken off. rows = posted + duplicates +
           rejected.
    """

    rows: int = 0
    posted: int = 0
    duplicates: int = 0
    unmatched: list[UnmatchedLine] = field(default_factory=list)
    rejected: list[RejectedLine] = field(default_factory=list)
    total_fen: int = 0
    covers_until_on: date | None = None


def import_repayments(
    session: Session,
    context: Context,
    *,
    file: Book,
    through: date | None = None,
    is_dry_run: bool = False,
    asks: AsksOf | None = None,
) -> RepaymentsReport:
    """Store the money of a file, some lines a transaction; what no rule matches waits for a person.

    A dry run does all of it in one transaction and takes it back: it tells the very same.
    Idempotent: by 渠道 and 流水号. Broken off, the next run goes on where it ended; only a file read
                to its end covers days.
    Units:  fen.
    Raises: HeaderRefused, FutureThrough, BookUnreadable (a file refused whole is kept in the list);
            MoneyMoving.
    Source: contract, repayments.csv in; rules part 1, how a signed plan is kept.
    """
    asked = asks or StoredAsks(session, context)
    if is_dry_run:
        return _rehearsed(session, lambda: _Taking(session, context, file, asked, through))
    taking = _Taking(session, context, file, asked, through)
    try:
        return taking.whole(taking.in_one)
    except (HeaderRefused, FutureThrough, BookUnreadable) as refusal:
        _refuse(session, context, file, refusal)
        raise


def in_one(session: Session, *, step: Callable[[], Done]) -> Done:
    """Run a step as one transaction, anew where others were quicker, and return what it does.

    Raises: MoneyMoving where they were again and again.
    """
    for _ in range(TRIES):
        try:
            with transaction(session):
                return step()
        except (BatchOvertaken, IntegrityError) as problem:
            _see_that_it_passes(problem)
    raise MoneyMoving


def _rehearsed(session: Session, begin: Callable[[], "_Taking"]) -> RepaymentsReport:
    for _ in range(TRIES):
        try:
            return rehearse(session, steps=lambda: begin().whole(_as_it_is))
        except (BatchOvertaken, IntegrityError) as problem:
            _see_that_it_passes(problem)
    raise MoneyMoving


def _see_that_it_passes(problem: Exception) -> None:
    """Raises: the problem itself, unless it only says that another brought the same line."""
    told = str(problem.orig) if isinstance(problem, IntegrityError) else ""
    if told and not any(column in told for column in TAKEN_ONCE):
        raise problem


def _as_it_is(step: Callable[[], Done]) -> Done:
    return step()


@dataclass
class _Taking:
    """One file on its way in."""

    session: Session
    context: Context
    file: Book
    asks: AsksOf
    through: date | None
    report: RepaymentsReport = field(default_factory=RepaymentsReport)
    # What waits for a person, until a later line takes it back.
    unmatched: dict[PaymentKey, UnmatchedLine] = field(default_factory=dict)
    file_id: int = 0
    public_id: str = field(default_factory=new_public_id)

    def in_one(self, step: Callable[[], Done]) -> Done:
        """Run a step as one transaction, anew where others were quicker."""
        return in_one(self.session, step=step)

    def whole(self, alone: Alone) -> RepaymentsReport:
        """Take in the whole file, each part of it by a step of its own."""
        today = self.context.today
        if self.through and self.through > today:
            raise FutureThrough
        layout = layout_of(self.file)
        covers = self.through or covered_until(self.file, layout, today=today)
        self.report.covers_until_on = covers
        alone(self._begin)
        waiting: list[GoodLine] = []
        for lines in _batches(read_lines(self.file, layout, today=today)):
            self.report.rows += len(lines)
            is_full = len(waiting) >= MOST_WAITING
            waiting += self._step(alone, lines, waiting, is_last=is_full)
        for lines in _batches(waiting):
            self._step(alone, lines, [], is_last=True)
        self.report.unmatched = sorted(self.unmatched.values(), key=lambda one: one.line)
        self.report.rejected.sort()
        alone(self._end)
        return self.report

    def _step(
        self, alone: Alone, lines: list[Line], waiting: list[GoodLine], *, is_last: bool
    ) -> list[GoodLine]:
        batch = alone(lambda: self._batch(lines, waiting, is_last))
        self.report.duplicates += batch.duplicates
        self.report.rejected += batch.rejected
        for one in batch.new:
            self.report.posted += 1
            self.report.total_fen += signed_fen(one)
            if one.state == "unmatched":
                waits = UnmatchedLine(one.line, one.reason, one.suggestions)
                self.unmatched[one.key] = waits
            elif one.row.reverses:
                self.unmatched.pop(one.original, None)
        return batch.later

    def _batch(self, lines: list[Line], waiting: list[GoodLine], is_last: bool) -> JudgedBatch:
        one_batch_of_money_at_a_time(self.session)
        stand_on_book(self.session)
        batch = judge_batch(
            self.session,
            self.context,
            lines=lines,
            asks=self.asks,
            waiting=waiting,
            is_last=is_last,
        )
        faults = [{"file_id": self.file_id, **one._asdict()} for one in batch.rejected]
        if faults:
            self.session.execute(insert(StatementFault), faults)
        store_batch(
            self.session,
            self.context,
            batch=batch,
            file_id=self.file_id,
            file_public_id=self.public_id,
        )
        return batch

    def _begin(self) -> None:
        covers = self.report.covers_until_on
        row = _row(self.context, self.file, "reading", self.public_id, covers=covers)
        self.session.add(row)
        self.session.flush()
        self.file_id = row.id

    def _end(self) -> None:
        report = self.report
        counts = {
            "rows": report.rows,
            "posted": report.posted,
            "duplicates": report.duplicates,
            "unmatched": len(report.unmatched),
            "rejected": len(report.rejected),
            "total_fen": report.total_fen,
        }
        stored = update(StatementFile).where(StatementFile.id == self.file_id)
        self.session.execute(stored.values(state="stored", **counts))
        covers = report.covers_until_on
        audit.record(
            self.session,
            self.context,
            action="repayments_imported",
            object_kind="statement_file",
            object_id=self.public_id,
            after=counts
            | {
                "sha256": self.file.sha256,
                "covers_until": covers.isoformat() if covers else None,
            },
        )


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    rest = iter(lines)
    while part := list(islice(rest, BATCH_LINES)):
        yield part


def _row(
    context: Context,
    file: Book,
    state: str,
    public_id: str,
    *,
    covers: date | None = None,
    reason: str | None = None,
) -> StatementFile:
    return StatementFile(
        public_id=public_id,
        name=file.name[:NAME_CHARS],
        sha256=file.sha256,
        state=state,
        reason=reason,
        covers_until_on=covers,
        rows=0,
        posted=0,
        duplicates=0,
        unmatched=0,
        rejected=0,
        total_fen=0,
        received_at=context.now,
        received_by=context.actor.who,
    )


def _refuse(session: Session, context: Context, file: Book, refusal: RuleBroken) -> None:
    # Brought again every night, one line in the list is enough.
    same = select(StatementFile.id).where(
        StatementFile.sha256 == file.sha256,
        StatementFile.state == "refused",
        StatementFile.reason == refusal.words,
    )
    with transaction(session):
        if session.scalar(same.limit(1)) is not None:
            return
        row = _row(context, file, "refused", new_public_id(), reason=refusal.words)
        session.add(row)
        session.flush()
        audit.record(
            session,
            context,
            action="repayments_refused",
            object_kind="statement_file",
            object_id=row.public_id,
            after={"sha256": file.sha256},
            reason=refusal.code,
        )
