"""What becomes of a batch of lines: known already, changed, whose money, what is taken back. Reads
only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.domain.nightly_fields import RowFault
from app.domain.repayments.deciding import Matched, Unmatched, Verdict, match_all
from app.domain.repayments.reversals import (
    Received,
    TakenBack,
    match_reversal,
    received_of,
    reversed_keys,
)
from app.domain.repayments.row import Posted, RepaymentRow, is_duplicate, posted_of
from app.domain.repayments.traits import MatchReason
from app.models import OrderPayment, Payment
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.repayments.asks import AsksOf
from app.services.repayments.directory import StoredDirectory
from app.services.repayments.posting import Share, is_carried_over, shares_of
from app.services.repayments.reading import GoodLine, RejectedLine, rejected

PaymentKey = tuple[str, str]
# The rule by which a reversal goes where its payment went.
BY_REVERSAL = "reversal"
# Of money that came and went before anyone said whose it was.
GONE_AGAIN = "reversed"


@dataclass(frozen=True)
class NewPayment:
    """A line that is stored, and as what. Units: fen."""

    line: int
    row: RepaymentRow
    state: str
    reason: str = ""
    shares: tuple[Share, ...] = ()
    rule: str = ""
    reasons: tuple[MatchReason, ...] = ()
    suggestions: tuple[str, ...] = ()

    @property
    def key(self) -> PaymentKey:
        """Return by what it is known: its 渠道 and 流水号."""
        return self.row.channel, self.row.channel_ref

    @property
    def original(self) -> PaymentKey:
        """Return by what the payment is known that it takes back."""
        return self.row.channel, self.row.reverses


class StoredOriginal(NamedTuple):
    """A payment stored earlier that a reversal names, with what it is matched to."""

    id: int
    received: Received
    shares: tuple[Share, ...]


@dataclass
class JudgedBatch:
    """What becomes of the lines of a batch; `later` are reversals whose payment may still come."""

    new: list[NewPayment] = field(default_factory=list)
    rejected: list[RejectedLine] = field(default_factory=list)
    duplicates: int = 0
    later: list[GoodLine] = field(default_factory=list)
    originals: dict[PaymentKey, StoredOriginal] = field(default_factory=dict)


def judge_batch(
    session: Session,
    context: Context,
    *,
    lines: Sequence[GoodLine | RejectedLine],
    asks: AsksOf,
    waiting: Sequence[GoodLine],
    is_last: bool,
) -> JudgedBatch:
    """Return what becomes of some lines, in the order of the file; a reversal of what is not known
    waits unless the file has ended, and its number is taken: `waiting` are those of before.

    Source: rules part 1, how a signed plan is kept.
    """
    batch = JudgedBatch([], [one for one in lines if isinstance(one, RejectedLine)])
    good = [one for one in lines if isinstance(one, GoodLine)]
    unknown = _unknown(session, batch, good, waiting)
    payments = [one for one in unknown if not one.row.reverses]
    rows = [one.row for one in payments]
    most_days = active_policy(session)[1].kept.value_date_days
    directory = StoredDirectory(session, context.vault, asks, rows)
    verdicts = match_all(rows, directory, today=context.today, most_days=most_days)
    new = {
        (one.row.channel, one.row.channel_ref): _as_judged(one, verdict)
        for one, verdict in zip(payments, verdicts, strict=True)
    }
    backs = [one for one in unknown if one.row.reverses]
    batch.originals = _originals(session, reversed_keys(one.row for one in backs))
    reversing = _Reversing(context, most_days, batch, new)
    for one in backs:
        reversing.judge(one, is_last=is_last)
    batch.new = sorted(reversing.new.values(), key=lambda one: one.line)
    return batch


def _unknown(
    session: Session, batch: JudgedBatch, lines: Sequence[GoodLine], waiting: Sequence[GoodLine]
) -> list[GoodLine]:
    """Return the lines that are not stored yet; of two with one number the first stands."""
    keys = {(one.row.channel, one.row.channel_ref) for one in lines}
    kept, collected = _posted(session, keys), _collected(session, keys)
    kept |= {(one.row.channel, one.row.channel_ref): posted_of(one.row) for one in waiting}
    found: list[GoodLine] = []
    for one in lines:
        key = (one.row.channel, one.row.channel_ref)
        try:
            if is_duplicate(one.row, kept.get(key), is_collected=key in collected):
                batch.duplicates += 1
                continue
        except RowFault as fault:
            batch.rejected.append(rejected(one.line, fault))
            continue
        kept[key] = posted_of(one.row)
        found.append(one)
    return found


def _posted(session: Session, keys: Iterable[PaymentKey]) -> dict[PaymentKey, Posted]:
    columns = (Payment.fen, Payment.paid_on, Payment.arrived_on, Payment.reverses_ref)
    query = select(Payment.channel, Payment.channel_ref, *columns)
    named = tuple_(Payment.channel, Payment.channel_ref).in_(sorted(keys))
    return {(row[0], row[1]): Posted(*row[2:]) for row in session.execute(query.where(named))}


def _collected(session: Session, keys: Iterable[PaymentKey]) -> set[PaymentKey]:
    """Return those that we collected by the channel ourselves."""
    named = tuple_(Payment.channel, Payment.channel_ref).in_(sorted(keys))
    query = (
        select(Payment.channel, Payment.channel_ref)
        .join(OrderPayment, OrderPayment.payment_id == Payment.id)
        .where(named)
    )
    return {(channel, ref) for channel, ref in session.execute(query)}


def _originals(session: Session, keys: Iterable[PaymentKey]) -> dict[PaymentKey, StoredOriginal]:
    wanted = sorted(keys)
    if not wanted:
        return {}
    query = select(Payment).where(tuple_(Payment.channel, Payment.channel_ref).in_(wanted))
    rows = session.scalars(query, execution_options={"populate_existing": True}).all()
    return {(row.channel, row.channel_ref): stored_original(session, payment=row) for row in rows}


def stored_original(session: Session, *, payment: Payment) -> StoredOriginal:
    """Return a stored payment as what a reversal may take back. Units: fen."""
    back = select(Payment.id).where(
        Payment.reverses_id == payment.id, Payment.state.in_(("matched", "returned"))
    )
    shares = shares_of(session, payment_id=payment.id)
    is_carried = is_carried_over(session, destinations=[one.destination for one in shares])
    received = Received(
        payment.fen,
        payment.paid_on,
        payment.reverses_ref,
        session.scalar(back.limit(1)) is not None,
        "carried" if is_carried else payment.state,  # type: ignore[arg-type]
    )
    return StoredOriginal(payment.id, received, shares)


def _as_judged(one: GoodLine, verdict: Verdict) -> NewPayment:
    if isinstance(verdict, Matched):
        shares = (Share(verdict.destination, one.row.fen),)
        return NewPayment(one.line, one.row, "matched", "", shares, verdict.rule, verdict.reasons)
    meant = tuple(each.destination.ref for each in verdict.suggestions)
    return NewPayment(one.line, one.row, "unmatched", verdict.reason, suggestions=meant)


@dataclass
class _Reversing:
    """Judges the reversals of a batch, one after the other."""

    context: Context
    most_days: int
    batch: JudgedBatch
    new: dict[PaymentKey, NewPayment]
    taken: set[PaymentKey] = field(default_factory=set)

    def judge(self, one: GoodLine, *, is_last: bool) -> None:
        row = one.row
        key, original = (row.channel, row.channel_ref), (row.channel, row.reverses)
        received = self._received(original)
        if received is None and not is_last:
            self.batch.later.append(one)
            return
        try:
            verdict = match_reversal(
                row, received, today=self.context.today, most_days=self.most_days
            )
        except RowFault as fault:
            self.batch.rejected.append(rejected(one.line, fault))
            return
        if isinstance(verdict, Unmatched):
            self.new[key] = NewPayment(one.line, row, "unmatched", verdict.reason)
            return
        self.taken.add(original)
        self.new[key] = self._back(one, verdict)

    def _received(self, key: PaymentKey) -> Received | None:
        if key in self.new:
            found = received_of(self.new[key].row)
        elif key in self.batch.originals:
            found = self.batch.originals[key].received
        else:
            return None
        return replace(found, is_reversed=found.is_reversed or key in self.taken)

    def _back(self, one: GoodLine, verdict: TakenBack) -> NewPayment:
        """Return a reversal that goes where its payment went; of money that was nobody's yet both
        are closed.
        """
        key = (verdict.channel, verdict.channel_ref)
        if key in self.new:
            shares = self.new[key].shares
        else:
            shares = self.batch.originals[key].shares
        if shares:
            reasons = (MatchReason(BY_REVERSAL),)
            return NewPayment(one.line, one.row, "matched", "", shares, BY_REVERSAL, reasons)
        if key in self.new:
            self.new[key] = replace(
                self.new[key], state="returned", reason=GONE_AGAIN, suggestions=()
            )
        return NewPayment(one.line, one.row, "returned", GONE_AGAIN)
