"""What is owed on a loan at a date."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

from app.domain.allocation import Components
from app.domain.loan import LoanTerms
from app.domain.money import PPM, div_half_up
from app.domain.pauses import Pause
from app.domain.schedule import MONTHLY, Instalment, schedule

BUCKETS = ("M0", "M1", "M2", "M3", "M4+")


class OverdueInstalment(NamedTuple):
    """An unpaid instalment whose due date has passed.

    Units: fen; balance_fen is the principal its interest was computed on; charged_days are its days
           past due less those on which nothing accrued.
    """

    number: int
    due_on: date
    days: int
    charged_days: int
    principal_fen: int
    interest_fen: int
    penalty_fen: int
    # Kept for the explanation: what is shown as the base of the interest is the base it was
    # computed with.
    balance_fen: int


class FileReduction(NamedTuple):
    """By how much the lender's file is lower than our own figures, as far as it was applied.

    Units: fen.
    """

    left: int = 0
    overdue_principal: int = 0
    interest: int = 0
    penalty: int = 0
    fee: int = 0


_due_on = attrgetter("due_on")
# Read-only, since it is a default that every call shares.
NOTHING_LOWER: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Arrears:
    """What is owed on a loan at a date.

    Units: fen; ppm a year. Components are gross; net, payoff_fen and today_fen are less the excess
           over the ceiling.
    """

    as_of: date
    principal_left_fen: int
    overdue_principal_fen: int
    interest_fen: int
    penalty_fen: int
    fee_fen: int
    excess_fen: int
    accrued_fen: int
    accrued_days: int
    not_due_principal_fen: int
    due_today_fen: int
    days_past_due: int
    bucket: str
    payoff_fen: int
    today_fen: int
    overdue: tuple[OverdueInstalment, ...]
    last_due_before: date
    penalty_ppm: int
    ceiling_ppm: int
    interest_so_far_fen: int
    ceiling_fen: int
    net: Components
    lowered: FileReduction
    paid: int


def arrears(
    terms: LoanTerms,
    *,
    paid: int,
    fee_fen: int,
    as_of: date,
    ceiling_ppm: int,
    lower: Mapping[str, int] = NOTHING_LOWER,
    pauses: Sequence[Pause] = (),
) -> Arrears:
    """Compute what is owed at a date.

    Units:  fen; `lower` holds, by component (left, overdue_principal, interest, penalty, fee), how
            much lower the lender's file is: the borrower is shown the lower figure. `pauses` do not
            overlap: on their days neither penalty nor interest by days accrues; days past due count
            on.
    Raises: ValueError for a paid count outside the contract; ScheduleImpossible.
    Source: rules part 1, M-01, M-03, M-04, M-11.
    """
    standing = _Standing(terms, schedule(terms), paid, as_of)
    due, overdue, gross = _past(standing, fee_fen, ceiling_ppm, pauses)
    shown = _lowered(gross, lower)
    left = min(gross.left - gross.overdue_principal, shown.left - shown.overdue_principal)
    coming = _coming(standing, due, left, pauses)
    result = _Result(
        overdue=overdue,
        gross=gross,
        shown=shown,
        coming=coming,
        # Where the file asks for less interest, the ceiling is held against what is shown, not
        # against what our own engine would have asked.
        so_far=sum(row.interest_fen for row in due) - gross.interest + shown.interest,
        ceiling=_ceiling(due, overdue, ceiling_ppm, terms.day_basis),
    )

    return _told(
        result,
        as_of=as_of,
        paid=paid,
        penalty_ppm=penalty_ppm(terms, ceiling_ppm),
        ceiling_ppm=ceiling_ppm,
    )


class OwnFigures(NamedTuple):
    """What a file has of a loan, by our own computing.

    Units: fen; since is the day of the oldest unpaid instalment.
    """

    left: int
    overdue_principal: int
    interest: int
    penalty: int
    since: date | None
    excess: int

    @property
    def ours(self) -> tuple[int, int, int, int]:
        """Return the amounts that a file has too, in its order."""
        return self.left, self.overdue_principal, self.interest, self.penalty


def own_figures(
    terms: LoanTerms, *, paid: int, fee_fen: int, as_of: date, ceiling_ppm: int
) -> OwnFigures:
    """Compute of what is owed at a date only what a nightly file tells of it: exactly the figures
    of `arrears`, without what is not due yet, for millions of rows.

    Units:  fen.
    Raises: as arrears.
    Source: rules part 1, M-01, M-03.
    """
    standing = _Standing(terms, schedule(terms), paid, as_of)
    due, overdue, gross = _past(standing, fee_fen, ceiling_ppm, ())
    asked = sum(row.interest_fen for row in due) + gross.penalty + gross.fee
    return OwnFigures(
        *gross[:-1],
        since=overdue[0].due_on if overdue else None,
        excess=max(0, asked - _ceiling(due, overdue, ceiling_ppm, terms.day_basis)),
    )


def penalty_ppm(terms: LoanTerms, ceiling_ppm: int) -> int:
    """Return the rate at which overdue principal bears a penalty, for people to read.

    Units:  ppm a year, rounded half up; the amounts themselves use the exact rate.
    Source: M-03.
    """
    return div_half_up(_penal_rate(terms, ceiling_ppm), PPM)


def _told(
    result: "_Result", *, as_of: date, paid: int, penalty_ppm: int, ceiling_ppm: int
) -> Arrears:
    """Take the excess over the ceiling off what is asked and put all figures together."""
    shown, coming, overdue = result.shown, result.coming, result.overdue
    # Paid interest counts towards the ceiling too, so the excess may be larger than what is still
    # asked. What is over is not taken off principal (ADR 0001, M-01).
    excess = max(0, result.so_far + shown.penalty + shown.fee - result.ceiling)
    asked = Components(shown.fee, shown.penalty, shown.interest + coming.accrued, shown.left)
    net = less_excess(asked, excess)
    days = overdue[0].days if overdue else 0
    # The excess is taken off what is charged and never off principal: whoever pays "today" still
    # pays all principal that is due.
    charged_today = max(
        0, shown.interest + shown.penalty + shown.fee + coming.today_interest - excess
    )

    return Arrears(
        as_of=as_of,
        principal_left_fen=shown.left,
        overdue_principal_fen=shown.overdue_principal,
        interest_fen=shown.interest,
        penalty_fen=shown.penalty,
        fee_fen=shown.fee,
        excess_fen=excess,
        accrued_fen=coming.accrued,
        accrued_days=coming.days,
        not_due_principal_fen=coming.principal,
        due_today_fen=coming.today_principal + coming.today_interest,
        days_past_due=days,
        bucket=bucket(days),
        payoff_fen=net.total,
        today_fen=shown.overdue_principal + coming.today_principal + charged_today,
        overdue=overdue,
        last_due_before=coming.last_due_before,
        penalty_ppm=penalty_ppm,
        ceiling_ppm=ceiling_ppm,
        interest_so_far_fen=result.so_far,
        ceiling_fen=result.ceiling,
        net=net,
        lowered=FileReduction(
            *(mine - theirs for mine, theirs in zip(result.gross, shown, strict=True))
        ),
        paid=paid,
    )


def growth_fen(now: Arrears, later: Arrears) -> int:
    """Return by how much a loan grows between two days when nothing is paid: the interest and
    penalty of those days.

    Units:  fen, never below zero.
    Raises: ValueError when the second day lies before the first.
    Source: default policy, breathing space; rules part 1.
    """
    if later.as_of < now.as_of:
        raise ValueError(f"{later.as_of} lies before {now.as_of}")
    # With an excess over the ceiling a later pay-off can be lower. A sum that "grows" by less than
    # nothing would only puzzle.
    return max(0, later.payoff_fen - now.payoff_fen)


def bucket(days_past_due: int) -> str:
    """Return M0 to M4+ for the days past due.

    Source: rules part 1.
    """
    if days_past_due <= 0:
        return "M0"
    return f"M{(days_past_due - 1) // 30 + 1}" if days_past_due <= 90 else "M4+"


def less_excess(owed: Components, excess_fen: int) -> Components:
    """Take the excess over the ceiling off penalty, then fee, then interest; never off principal.

    Units:  fen; what is more than these three is taken off nothing.
    Source: M-01.
    """
    penalty = min(owed.penalty_fen, excess_fen)
    fee = min(owed.fee_fen, excess_fen - penalty)
    interest = min(owed.interest_fen, excess_fen - penalty - fee)
    return Components(
        owed.fee_fen - fee,
        owed.penalty_fen - penalty,
        owed.interest_fen - interest,
        owed.principal_fen,
    )


class _Figures(NamedTuple):
    left: int
    overdue_principal: int
    interest: int
    penalty: int
    fee: int


class _Standing(NamedTuple):
    """A contract with its rows on a day, so many of them paid."""

    terms: LoanTerms
    rows: Sequence[Instalment]
    paid: int
    as_of: date


class _NotYetDue(NamedTuple):
    last_due_before: date
    days: int
    principal: int
    accrued: int
    today_principal: int
    today_interest: int


class _Result(NamedTuple):
    overdue: tuple[OverdueInstalment, ...]
    gross: _Figures
    shown: _Figures
    coming: _NotYetDue
    so_far: int
    ceiling: int


def _past(
    standing: _Standing, fee_fen: int, ceiling_ppm: int, pauses: Sequence[Pause]
) -> tuple[Sequence[Instalment], tuple[OverdueInstalment, ...], _Figures]:
    """Return the instalments whose day has passed, those of them that are not paid, and what these
    come to.
    """
    terms, rows, paid, as_of = standing
    if not 0 <= paid <= len(rows) or fee_fen < 0:
        raise ValueError(f"{paid} of {len(rows)} paid with fees of {fee_fen}")

    # An instalment due on the day itself is not late yet, and not in the ceiling either (ADR 0001).
    due = rows[: bisect_left(rows, as_of, key=_due_on)]
    rate = _penal_rate(terms, ceiling_ppm)
    overdue = tuple(_overdue(row, as_of, rate, terms.day_basis, pauses) for row in due[paid:])
    return due, overdue, _gross(rows[paid].balance_fen if paid < len(rows) else 0, overdue, fee_fen)


def _penal_rate(terms: LoanTerms, ceiling_ppm: int) -> int:
    """Return the penalty rate in millionths of a ppm a year, so that nothing is rounded (M-03)."""
    # Rounding the rate to whole ppm first would move the penalty of a large loan by whole fen
    # (ADR 0001).
    return min(terms.annual_ppm * (PPM + terms.uplift_ppm), ceiling_ppm * PPM)


def _overdue(
    row: Instalment, as_of: date, rate: int, day_basis: int, pauses: Sequence[Pause]
) -> OverdueInstalment:
    days = (as_of - row.due_on).days
    # Days past due say how long it is late and go on; charged days say what it costs and stop
    # during a pause (ADR 0005).
    charged = _charged_days(row.due_on, as_of, pauses)
    penalty = div_half_up(row.principal_fen * rate * charged, PPM * PPM * day_basis)

    return OverdueInstalment(
        row.number,
        row.due_on,
        days,
        charged,
        row.principal_fen,
        row.interest_fen,
        penalty,
        row.balance_fen,
    )


def _charged_days(since: date, as_of: date, pauses: Sequence[Pause]) -> int:
    days = max(0, (as_of - since).days)
    return days - sum(pause.days_in(since, as_of) for pause in pauses) if pauses else days


def _gross(left: int, overdue: tuple[OverdueInstalment, ...], fee_fen: int) -> _Figures:
    return _Figures(
        left,
        sum([one.principal_fen for one in overdue]),
        sum([one.interest_fen for one in overdue]),
        sum([one.penalty_fen for one in overdue]),
        fee_fen,
    )


def _coming(
    standing: _Standing, due: Sequence[Instalment], principal: int, pauses: Sequence[Pause]
) -> _NotYetDue:
    """Return what is not overdue: the principal with its interest by days (M-11), and what is due
    on the day.

    A period whose instalment was paid ahead bears no interest a second time.
    """
    terms, rows, paid, as_of = standing
    before = due[-1].due_on if due else terms.start_on
    # Paid ahead, the last paid instalment may lie after the day: its interest is paid already.
    since = max(before, rows[paid - 1].due_on) if paid else before
    days = _charged_days(since, as_of, pauses)
    # On the smaller base: where the file shows less principal, interest by days runs on less
    # (ADR 0001).
    accrued = div_half_up(principal * terms.annual_ppm * days, PPM * terms.day_basis)
    today = [row for row in rows[max(paid, len(due)) :] if row.due_on == as_of]
    # A file that shows less principal than the schedule must not make today's instalment larger
    # than what is left.
    today_principal = min(principal, sum(row.principal_fen for row in today))

    return _NotYetDue(
        before, days, principal, accrued, today_principal, sum(row.interest_fen for row in today)
    )


def _lowered(gross: _Figures, lower: Mapping[str, int]) -> _Figures:
    unknown = lower.keys() - set(_Figures._fields)
    # A negative amount here would show the borrower the higher figure of the two.
    if unknown or any(fen < 0 for fen in lower.values()):
        raise ValueError(f"not an amount to lower by: {dict(lower)}")
    if not lower:
        return gross

    shown = _Figures(
        *(max(0, fen - lower.get(name, 0)) for name, fen in zip(gross._fields, gross, strict=True))
    )

    # The file may lower only the principal left; what is overdue is part of it and cannot exceed
    # it.
    return shown._replace(overdue_principal=min(shown.overdue_principal, shown.left))


def _ceiling(
    due: Sequence[Instalment],
    overdue: tuple[OverdueInstalment, ...],
    ceiling_ppm: int,
    day_basis: int,
) -> int:
    """Return what interest, penalty and fees together may come to (M-01)."""
    # Rounded row by row like the charge itself: a sum rounded once would put loans exactly at the
    # ceiling over it by a fen.
    # The rounding of div_half_up is written out: rows of a whole nightly file pass through it.
    rate, whole = 2 * ceiling_ppm, 2 * MONTHLY
    interest = sum([(row.balance_fen * rate + MONTHLY) // whole for row in due])
    return interest + sum(
        div_half_up(one.principal_fen * ceiling_ppm * one.charged_days, PPM * day_basis)
        for one in overdue
    )
