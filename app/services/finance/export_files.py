"""The files of one export, written row by row from one unchanging view of the tables. Commits
nothing.
"""

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from sqlalchemy.orm import Session, sessionmaker

from app.domain.calendar import BEIJING
from app.domain.errors import RuleBroken
from app.domain.money import yuan
from app.domain.states import REPLACED
from app.domain.texts import N_
from app.ports.sheets import SheetFormat, SheetWriter
from app.ports.storage import Storage
from app.services.core.context import Context
from app.services.core.transaction import one_view
from app.services.finance.laying_out import LaidOut, laid_out
from app.services.finance.register_queries import (
    RegisterRow,
    register_batches,
    signed_pdfs,
)
from app.services.finance.register_sheets import (
    REGISTER,
    SHEETS,
    Control,
    instalment_cells,
    instalment_total,
    loan_cells,
    loan_total,
    register_cells,
    register_total,
)
from app.services.ledger.controlling import Claim, LedgerControl
from app.services.register.filter import KINDS, STATES, RegisterFilter, month_text
from app.services.register.money import received_total
from app.services.register.sums import RegisterTotals, loans_count, parts_totals
from app.services.signed_files.keeping import PaperDiffers

PDF_FILES = "协议PDF"
LIST_IN_ZIP = "清单.csv"
BLOCK_BYTES = 1024 * 1024
Progress = Callable[[int, int], None]


class TotalsDiffer(RuleBroken):
    """Rows and stored parts do not come to the same: the files are not handed out."""

    code = "totals_differ"
    message = N_("导出的合计和方案对不上，这次没有导出，请联系管理员核对")


class LedgerDiffers(RuleBroken):
    """Agreements and their books do not come to the same: the files are not handed out."""

    code = "ledger_differs"
    message = N_("有协议的合计和总账对不上，这次没有导出，请联系管理员核对")


class PdfDiffers(RuleBroken):
    """A stored PDF is not the one that was signed."""

    code = "pdf_differs"
    message = N_("有一份协议的 PDF 和签署时的不一样，这次没有导出，请联系管理员核对")


@dataclass(frozen=True)
class ExportOrder:
    """What is exported, for whom and why; `form` is csv, xlsx or pdf."""

    form: str
    wanted: RegisterFilter
    who: str
    purpose: str
    at: datetime


@dataclass(frozen=True)
class ExportedFile:
    """One file: its name, how many rows (or documents) it holds besides headings and totals, and
    its hash.
    """

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class WrittenFiles:
    """The files of an export, and what its agreements come to by their books; `differing` names the
    first that come to something else there.

    Units: fen; rows are agreements.
    """

    files: tuple[ExportedFile, ...]
    rows: int
    total_fen: int
    ledger_total_fen: int = 0
    differing: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Return the hash of the one file, or of the list of hashes and names as sha256sum prints
        it.
        """
        if len(self.files) == 1:
            return self.files[0].sha256
        # In the very form of sha256sum, so that whoever has the files can check the hash with a
        # tool of their own (ADR 0025).
        listed = "".join(f"{one.sha256}  {one.name}\n" for one in self.files)
        return hashlib.sha256(listed.encode()).hexdigest()


def write_files(
    session: Session,
    *,
    order: ExportOrder,
    context: Context,
    sessions: sessionmaker[Session],
    storage: Storage,
    folder: str,
    progress: Progress,
) -> WrittenFiles:
    """Write the files of an export into a folder and return what they hold; money is that of the
    context's day. Books that are behind are posted, in `sessions` of their own.

    Raises: TotalsDiffer, PdfDiffers, NotStampedYet, SheetFull, GatewayDown; then no whole file is
            left of this export.
    Source: rule book 9.
    """
    # Rows and sums have to be of one instant: an agreement signed meanwhile would make them differ
    # (ADR 0025).
    with one_view(session):
        writing = _ExportWriter(
            session,
            context,
            order,
            storage,
            folder,
            progress,
            parts_totals(session, wanted=order.wanted),
            LedgerControl(sessions, context),
        )
        sheets = context.gateways.sheets
        made = (
            writing.pdfs(sheets["csv"])
            if order.form == "pdf"
            else writing.tables(sheets[order.form])
        )

    # Hashed as stored and not as written: what counts is what will be taken.
    files = tuple(
        ExportedFile(name, rows, _sha256(storage, folder + name)) for name, rows in made.items()
    )

    ledger, totals = writing.ledger, writing.totals
    return WrittenFiles(
        files, totals.count, totals.total_fen, ledger.total_fen, tuple(ledger.named)
    )


@dataclass
class _ExportWriter:
    """One export on its way."""

    session: Session
    context: Context
    order: ExportOrder
    storage: Storage
    folder: str
    progress: Progress
    totals: RegisterTotals
    ledger: LedgerControl

    def tables(self, form: SheetFormat) -> dict[str, int]:
        """Write register, instalments and loans; return the rows of each file."""
        names = [self._name(sheet.name, self.order.form) for sheet in SHEETS]
        names = names[:1] if form.is_one_file else names
        control = Control()
        # Known before the first row is written, from what is stored.
        counts = self.totals.count, self.totals.instalments, self._loans()
        tables = laid_out(SHEETS, rows=counts, most=form.most_rows)
        register, instalments, loans = tables

        with ExitStack() as stack:
            files = [
                stack.enter_context(self.storage.writing(self.folder + name)) for name in names
            ]
            sheets = [sheet for table in tables for sheet in table.sheets]
            with form.writing(sheets, files, foot=self._foot()) as writer:
                for row in self._money_rows():
                    control.add(row)
                    writer.row(register.next_place(), register_cells(row))
                    for cells in instalment_cells(row):
                        writer.row(instalments.next_place(), cells)
                    for cells in loan_cells(row):
                        writer.row(loans.next_place(), cells)
                self._close(writer, control, tables)

        rows = (control.count, control.instalments, control.loans)
        return dict(zip(names, rows, strict=False))

    def pdfs(self, form: SheetFormat) -> dict[str, int]:
        """Write one archive with the register and every signed PDF; return how many it holds."""
        name, count = self._name(PDF_FILES, "zip"), 0
        # Stored and not compressed: PDFs are compressed already.
        with (
            self.storage.writing(self.folder + name) as file,
            zipfile.ZipFile(file, "w") as archive,
        ):
            # The size is not known before the last row is written.
            with archive.open(LIST_IN_ZIP, "w", force_zip64=True) as member:
                self._list(form, member)  # type: ignore[arg-type]

            for number, pdf in self._signed():
                archive.writestr(f"{number}.pdf", pdf)
                count += 1

        return {name: count}

    def _signed(self) -> Iterator[tuple[str, bytes]]:
        try:
            for rows in self._batches():
                for row, pdf in signed_pdfs(
                    self.session, gateways=self.context.gateways, rows=rows
                ):
                    yield row.number, pdf
        except PaperDiffers as fault:
            raise PdfDiffers from fault

    def _loans(self) -> int:
        return loans_count(self.session, wanted=self.order.wanted)

    def _list(self, form: SheetFormat, member: BinaryIO) -> None:
        control = Control()
        with form.writing([REGISTER], [member], foot=self._foot()) as writer:
            for row in self._money_rows(is_told=False):
                control.add(row)
                writer.row(0, register_cells(row))
            self._close(writer, control, laid_out([REGISTER], rows=[self.totals.count], most=None))

    def _money_rows(self, *, is_told: bool = True) -> Iterator[RegisterRow]:
        """Yield row after row with its money, each held against the ledger."""
        today = self.context.today
        batches = (
            self._batches(today)
            if is_told
            else register_batches(self.session, wanted=self.order.wanted, as_of=today)
        )
        for rows in batches:
            self.ledger.add(self.session, [_claim(row) for row in rows])
            yield from rows

    def _batches(self, as_of: date | None = None) -> Iterator[tuple[RegisterRow, ...]]:
        """Yield batch after batch, telling how far it is."""
        done = 0
        self.progress(0, self.totals.count)
        for rows in register_batches(self.session, wanted=self.order.wanted, as_of=as_of):
            yield rows
            # Told after each batch: it renews the lease as well (ADR 0025).
            done += len(rows)
            self.progress(done, self.totals.count)

    def _close(self, writer: SheetWriter, control: Control, tables: Sequence[LaidOut]) -> None:
        """Sum up where everything agrees with the database, and say who took it."""
        # Before the totals are written: files that raise here are never named, and nobody can take
        # them.
        received = received_total(self.session, wanted=self.order.wanted, as_of=self.context.today)
        if not control.agrees(self.totals) or control.received_fen != received:
            raise TotalsDiffer

        totals = (register_total(control), instalment_total(control), loan_total(control))
        for table, cells in zip(tables, totals, strict=False):
            # The last sheet of a table sums up all of it.
            writer.total(table.places[-1], cells)
            for place in table.places:
                writer.note(place, self._note())

    def _name(self, what: str, suffix: str) -> str:
        return f"{what}-{self.order.at.astimezone(BEIJING):%Y%m%d-%H%M%S}.{suffix}"

    def _foot(self) -> str:
        at = self.order.at.astimezone(BEIJING)
        return f"{self.order.who} {at:%Y-%m-%d %H:%M} 导出，仅限申报的用途，请勿外传"

    def _note(self) -> str:
        return (
            f"导出说明：{self._foot()}。用途：{self.order.purpose}。"
            f"范围：{_range_words(self.order.wanted)}，共 {self.totals.count} 份协议。"
            f"已收、未还和状态截至 {self.context.today.isoformat()}。{self._ledger_words()}"
        )

    def _ledger_words(self) -> str:
        """Say what the agreements come to by their books."""
        told = f"总账里的合计 {yuan(self.ledger.total_fen)}"
        if not self.ledger.differing:
            return f"{told}，与协议合计一致。"
        named = "、".join(self.ledger.named)
        return f"{told}，有 {self.ledger.differing} 份协议不一致，最先是 {named}。"


def _claim(row: RegisterRow) -> Claim:
    left = row.money.unposted if row.money is not None else None
    return Claim(row.number, row.plan_id, row.total_fen, left, row.state != REPLACED)


def _range_words(wanted: RegisterFilter) -> str:
    """Say which agreements; what was not asked for is not named, but days and state."""
    words = [
        f"签署日 {wanted.from_on or '最早'} 到 {wanted.to_on or '最近'}",
        f"状态：{STATES[wanted.state] if wanted.state else '全部'}",
    ]
    if wanted.kind:
        words.append(f"种类：{KINDS.get(wanted.kind, wanted.kind)}")
    if wanted.product:
        words.append(f"产品：{wanted.product}")
    if wanted.due_month:
        words.append(f"到期月份：{month_text(wanted.due_month)}")
    if wanted.number:
        words.append(f"号码：{wanted.number}，或以它开头")
    return "，".join(words)


def _sha256(storage: Storage, name: str) -> str:
    digest = hashlib.sha256()
    with storage.opened(name) as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
