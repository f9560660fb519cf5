"""A payment taken back by its channel: which one, from when, and what only a person can say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.domain.nightly_fields import RowFault
from app.domain.repayments.deciding import Unmatched
from app.domain.repayments.row import REVERSES, RepaymentRow, is_old
from app.domain.texts import N_

OF_A_REVERSAL = N_("冲正不能再冲正，请按一笔新的还款提供")


@dataclass(frozen=True, slots=True)
class Received:
    """A payment that a reversal names, as it is on record. Units: fen."""

    fen: int
    paid_on: date
    reverses: str = ""
    is_reversed: bool = False
    # Carried: the plan that it lies with was replaced, and another opened on what that left.
    state: Literal["matched", "unmatched", "returned", "carried"] = "matched"


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The payment that a line reverses whole, and the day from which it counts no more."""

    channel: str
    channel_ref: str
    effective_on: date


def reversed_keys(rows: Iterable[RepaymentRow]) -> frozenset[tuple[str, str]]:
    """Return the payments that a batch's reversals name, by channel and 流水号."""
    return frozenset((row.channel, row.reverses) for row in rows if row.reverses)


def received_of(row: RepaymentRow) -> Received:
    """Return a line of the same file as what a later line may reverse."""
    return Received(row.fen, row.paid_on, row.reverses, state="unmatched")


def match_reversal(
    row: RepaymentRow, original: Received | None, *, today: date, most_days: int
) -> TakenBack | Unmatched:
    """Return the payment that a reversal takes back, or why a person has to look at it.

    In part it is a reversal and a new payment, which a person makes of it.
    Units:  fen.
    Raises: RowFault reversal for a reversal of a reversal: that is paid anew.
    Source: rules part 1, how a signed plan is kept.
    """
    if original is not None and original.reverses:
        raise RowFault(REVERSES, "reversal", OF_A_REVERSAL)
    why = "reversal_unknown" if original is None else _why_not(row, original, today, most_days)
    return Unmatched(why) if why else TakenBack(row.channel, row.reverses, row.paid_on)


def _why_not(row: RepaymentRow, original: Received, today: date, most_days: int) -> str:
    reasons = (
        ("reversal_again", original.is_reversed),
        ("reversal_returned", original.state == "returned"),
        ("reversal_carried", original.state == "carried"),
        ("reversal_part", row.fen != original.fen),
        ("reversal_early", row.paid_on < original.paid_on),
        ("old_value_date", is_old(row.paid_on, today=today, most_days=most_days)),
    )
    return next((code for code, is_so in reasons if is_so), "")
