"""Exports of agreements: asked for with a purpose, made in the background, taken while they are
kept.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, BinaryIO

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from app.domain.errors import NotFound, RuleBroken
from app.domain.spans import until_free, whole_seconds, within
from app.domain.texts import N_
from app.models import Export, Staff, new_public_id
from app.ports.storage import Storage
from app.ports.work import Order
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.request_keys import KeyReused
from app.services.core.transaction import transaction
from app.services.finance.export_files import ExportOrder, WrittenFiles, write_files
from app.services.finance.export_queries import lapses_at
from app.services.finance.export_work import TASK
from app.services.register.filter import RegisterFilter
from app.services.register.sums import register_totals

FORMS = ("csv", "xlsx", "pdf")
MOST_WORDS = 200
HOUR = timedelta(hours=1)
CLI_PURPOSE = "cli"


class PurposeNeeded(RuleBroken):
    """Nothing leaves the house without a purpose."""

    code = "purpose_needed"
    message = N_("请写明导出做什么用，%(most)s 个字以内")
    values = MappingProxyType({"most": MOST_WORDS})


class TooManyExports(RuleBroken):
    """The policy's number of exports an hour is reached; `wait_seconds` says when the next may be
    asked for.
    """

    code = "too_many"
    message = N_("一小时内的导出次数到上限了，请稍后再试")

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        super().__init__()


@dataclass(frozen=True)
class ExportWish:
    """What someone asks to export, in which form, and why."""

    form: str
    wanted: RegisterFilter
    purpose: str


def ask_export(session: Session, context: Context, *, wish: ExportWish, request_key: str) -> str:
    """Have an export made in the background and return its public id.

    Idempotent on: request_key.
    Raises: PurposeNeeded, TooManyExports, KeyReused.
    Source: rule book 9; V2.4.1; default policy, exports_per_hour.
    """
    purpose = wish.purpose.strip()
    if not purpose or len(purpose) > MOST_WORDS or wish.form not in FORMS:
        raise PurposeNeeded

    with transaction(session):
        # A double tap waits here.
        session.get_one(Staff, context.staff.staff_id, with_for_update=True)
        content = {
            "purpose": purpose,
            "filter": wish.wanted.values(),
            "format": wish.form,
            "staff_id": context.staff.staff_id,
        }
        before = session.scalars(
            select(Export).where(Export.request_key == request_key)
        ).one_or_none()
        if before is not None:
            # The staff is part of the content: another's key must not hand out their export.
            if any(getattr(before, name) != value for name, value in content.items()):
                raise KeyReused
            return before.public_id

        # Under the lock on the account, so that two tabs cannot both be the last one allowed.
        _check_often(session, context)
        totals = register_totals(session, wanted=wish.wanted)
        export = Export(
            public_id=new_public_id(),
            rows=totals.count,
            total_fen=totals.total_fen,
            sha256="",
            at=context.now,
            actor=context.actor.who,
            state="waiting",
            rows_done=0,
            request_key=request_key,
            **content,
        )
        session.add(export)
        session.flush()
        # In this transaction: what is asked for is made, and what was rolled back is not.
        order = replace(order_for(export.public_id), request_id=context.request_id)
        context.gateways.work.enqueue(session.connection(), order)
        record(session, context, export=export, action="export.asked")

        return export.public_id


def order_for(public_id: str) -> Order:
    """Return the piece of work that makes an export."""
    return Order(TASK, {"export": public_id}, key=f"export:{public_id}")


def export_to_folder(
    sessions: sessionmaker[Session], context: Context, *, storage: Storage, wish: ExportWish
) -> WrittenFiles:
    """Write an export into a folder at once, for a command; its record is there before the first
    file. Agreements that differ from the ledger are named, and the files stay.

    Raises: TotalsDiffer, PdfDiffers, SheetFull, GatewayDown.
    Source: rule book 9.
    """
    order = ExportOrder(wish.form, wish.wanted, context.actor.who, wish.purpose, context.now)
    # Committed before the first file: a command that is killed half-way has still left its record.
    with sessions() as session, transaction(session):
        export = Export(
            public_id=new_public_id(),
            purpose=wish.purpose,
            filter=wish.wanted.values(),
            at=context.now,
            actor=context.actor.who,
            format=wish.form,
            state="started",
            rows=0,
            sha256="",
            rows_done=0,
            total_fen=0,
        )
        session.add(export)
        session.flush()
        record(session, context, export=export, action="export.asked")

    with sessions() as reader:
        written = write_files(
            reader,
            order=order,
            context=context,
            sessions=sessions,
            storage=storage,
            folder="",
            progress=lambda _done, _all: None,
        )

    with sessions() as session, transaction(session):
        mine = Export.public_id == export.public_id
        session.execute(update(Export).where(mine).values(**finished(written, context.now)))
        record(
            session,
            context,
            export=session.scalars(select(Export).where(mine)).one(),
            action="export.made",
        )

    return written


def take_file(
    session: Session,
    context: Context,
    *,
    storage: Storage,
    public_id: str,
    number: int,
    maker_id: int | None,
) -> tuple[str, BinaryIO]:
    """Open one file of a made export for download and note who took it; return its name and its
    bytes.

    `maker_id` None takes anyone's. Raises: NotFound, also for another one's and for files no longer
    kept.
    Source: rule book 9.
    """
    with transaction(session):
        query = select(Export).where(Export.public_id == public_id, Export.state == "done")
        # Another's export is as absent as none (ADR 0027).
        export = session.scalars(
            query if maker_id is None else query.where(Export.staff_id == maker_id)
        ).one_or_none()
        if (
            export is None
            or lapses_at(session, export=export) <= context.now
            or not 1 <= number <= len(export.files or ())
        ):
            raise NotFound

        found: dict[str, Any] = (export.files or [])[number - 1]
        # Files of the command were written to its own folder and are not ours to hand out.
        if not found.get("key"):
            raise NotFound

        # Opened before the entry: what cannot be opened was not taken.
        file = storage.opened(found["key"])
        audit.record(
            session,
            context,
            action="export.taken",
            object_kind="export",
            object_id=public_id,
            after={"name": found["name"], "sha256": found["sha256"]},
        )

    return found["name"], file


def finished(written: WrittenFiles, now: datetime, folder: str = "") -> dict[str, Any]:
    """Return the columns of an export that is made; without a folder its files are not kept
    here.
    """
    files = [
        {
            "name": one.name,
            "rows": one.rows,
            "sha256": one.sha256,
            "key": folder + one.name if folder else "",
        }
        for one in written.files
    ]
    return {
        "state": "done",
        "rows": written.rows,
        "rows_done": written.rows,
        "total_fen": written.total_fen,
        "sha256": written.sha256,
        "files": files,
        "finished_at": now,
    }


def record(session: Session, context: Context, *, export: Export, action: str) -> None:
    """Write who exports what and why to the audit trail, once made with the hash. Never commits."""
    after: dict[str, Any] = {
        "format": export.format,
        "filter": export.filter,
        "rows": export.rows,
        "total_fen": export.total_fen,
        "state": export.state,
    }
    if export.files:
        after |= {
            "sha256": export.sha256,
            "files": [{"name": one["name"], "sha256": one["sha256"]} for one in export.files],
        }

    audit.record(
        session,
        context,
        action=action,
        object_kind="export",
        object_id=export.public_id,
        after=after,
        reason=export.purpose,
    )


def _check_often(session: Session, context: Context) -> None:
    most = active_policy(session)[1].limits.exports_per_hour
    # Failed ones count too: each of them has read all the rows (ADR 0027).
    lately = (
        select(Export.at)
        .where(
            Export.staff_id == context.staff.staff_id,
            Export.at.between(*within(context.now, HOUR)),
        )
        .order_by(Export.at.desc())
    )
    asked = session.scalars(lately.limit(most)).all()
    wait = until_free(asked, most, HOUR, context.now)
    if wait:
        raise TooManyExports(whole_seconds(wait))
