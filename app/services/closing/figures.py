"""What a month of posting came to, and the hash over all that was posted in it. Never commits."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.domain.calendar import add_months
from app.models import HouseMove, Journal, LedgerEntry, MonthClose

BATCH = 2_000
# Of the plans' own book; the house has one for each channel.
PLANS = ""
Balances = Mapping[str, int]


class AccountMonth(NamedTuple):
    """One account in one month. Units: fen, a debit positive; `credit_fen` is above zero too."""

    account: str
    channel: str
    before_fen: int
    debit_fen: int
    credit_fen: int

    @property
    def after_fen(self) -> int:
        """Return the balance at the month's end, in fen."""
        return self.before_fen + self.debit_fen - self.credit_fen

    @property
    def key(self) -> str:
        """Return by what its balance is kept."""
        return f"{self.account}\n{self.channel}"


class MonthTold(NamedTuple):
    """How much was posted in a month, its hash, and every account that moved or stands."""

    journals: int
    moves: int
    content_sha256: str
    accounts: tuple[AccountMonth, ...]
    told: Mapping[str, int]


def month_told(session: Session, *, month: date, before: Balances | None) -> MonthTold:
    """Return what was posted in a month; `before` are the balances at the end of the one before,
    None where no month was closed yet: then all that was posted earlier is added up.

    Units:  fen; hex of SHA-256 over journals by plan and place, then moves in their order.
    Source: rules part 1, the ledger.
    """
    opened = _added_up(session, Journal.period_on < month, HouseMove.period_on < month)
    start = {key: debit - credit for key, (debit, credit) in opened.items()}
    start = start if before is None else dict(before)
    found = _added_up(session, Journal.period_on == month, HouseMove.period_on == month)
    keys = sorted(key for key in start.keys() | found.keys() if start.get(key) or key in found)
    accounts = tuple(
        AccountMonth(*_named(key), start.get(key, 0), *found.get(key, (0, 0))) for key in keys
    )
    journals, moves, sha256 = content_of(session, month=month)
    return MonthTold(journals, moves, sha256, accounts, _told(session, month))


def _named(key: str) -> tuple[str, str]:
    account, _, channel = key.partition("\n")
    return account, channel


def content_of(session: Session, *, month: date) -> tuple[int, int, str]:
    """Return how many journals and moves were posted in a month, and the hash over them.

    Units: hex of SHA-256.
    """
    digest, journals, moves = hashlib.sha256(), 0, 0
    for row in _journals(session, month):
        journals += 1
        digest.update(f"{row}\n".encode())
    for one in _moves(session, month):
        moves += 1
        digest.update(f"{one}\n".encode())
    return journals, moves, digest.hexdigest()


def _journals(session: Session, month: date) -> Iterator[str]:
    """Each row hash is over what its journal says, and over the plan's journal before it."""
    query = (
        select(Journal.row_hash)
        .where(Journal.period_on == month, Journal.sealed_at.is_not(None))
        .order_by(Journal.plan_id, Journal.seq)
    )
    yield from session.scalars(query.execution_options(yield_per=BATCH))


def _moves(session: Session, month: date) -> Iterator[str]:
    query = (
        select(
            HouseMove.id,
            HouseMove.cause,
            HouseMove.cause_id,
            HouseMove.channel,
            HouseMove.debit,
            HouseMove.credit,
            HouseMove.fen,
            HouseMove.value_on,
            HouseMove.actor,
            HouseMove.correlation_id,
            HouseMove.reverses_id,
        )
        .where(HouseMove.period_on == month)
        .order_by(HouseMove.id)
    )
    for row in session.execute(query.execution_options(yield_per=BATCH)):
        said = [one.isoformat() if isinstance(one, date) else one for one in row]
        yield json.dumps(said, ensure_ascii=False)


def _added_up(
    session: Session, journals: ColumnElement[bool], moves: ColumnElement[bool]
) -> dict[str, tuple[int, int]]:
    """Debits and credits by account and channel."""
    entries = (
        select(
            LedgerEntry.account.label("account"),
            literal(PLANS).label("channel"),
            LedgerEntry.fen.label("fen"),
        )
        .join(Journal, Journal.id == LedgerEntry.journal_id)
        .where(journals, Journal.sealed_at.is_not(None))
    )
    sides = [
        select(side.label("account"), HouseMove.channel, (literal(sign) * HouseMove.fen)).where(
            moves
        )
        for side, sign in ((HouseMove.debit, 1), (HouseMove.credit, -1))
    ]
    every = union_all(entries, *sides).subquery()
    debit = func.sum(case((every.c.fen > 0, every.c.fen), else_=0))
    credit = func.sum(case((every.c.fen < 0, -every.c.fen), else_=0))
    query = select(every.c.account, every.c.channel, debit, credit).group_by(
        every.c.account, every.c.channel
    )
    return {
        f"{account}\n{channel}": (int(debits), int(credits))
        for account, channel, debits, credits in session.execute(query)
    }


def _told(session: Session, month: date) -> dict[str, int]:
    """What people ask of a month: money received, waivers, interest of plans, as posted in it."""
    asked = (
        ("received", LedgerEntry.account == "bank", Journal.kind == "receipt", 1),
        ("waived", LedgerEntry.account == "waiver_expense", Journal.kind == "waiver", 1),
        (
            "plan_interest",
            LedgerEntry.account == "income",
            Journal.kind.in_(("plan_interest", "settlement")),
            -1,
        ),
        ("refunded", LedgerEntry.account == "credit", Journal.kind == "refund", 1),
    )
    found = {}
    for name, account, kind, sign in asked:
        query = (
            select(func.coalesce(func.sum(LedgerEntry.fen), 0))
            .join(Journal, Journal.id == LedgerEntry.journal_id)
            .where(Journal.period_on == month, Journal.sealed_at.is_not(None), account, kind)
        )
        found[name] = sign * int(session.scalar(query) or 0)
    return found


def balances_after(told: MonthTold) -> dict[str, int]:
    """Return the balances at a month's end by account and channel; zero is left out. Units: fen."""
    return {one.key: one.after_fen for one in told.accounts if one.after_fen}


def last_close(session: Session) -> MonthClose | None:
    """Return the latest month that was frozen or closed."""
    query = select(MonthClose).order_by(MonthClose.month_on.desc()).limit(1)
    return session.scalars(query).one_or_none()


def first_month(session: Session) -> date | None:
    """Return the first month in which anything was posted, None before."""
    found = [
        session.scalar(select(func.min(column)))
        for column in (Journal.period_on, HouseMove.period_on)
    ]
    return min((one for one in found if one is not None), default=None)


def next_month(session: Session) -> date | None:
    """Return the month that is to be closed next, None where nothing was posted yet."""
    last = last_close(session)
    return first_month(session) if last is None else add_months(last.month_on, 1)
