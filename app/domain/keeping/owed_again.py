"""What a broken plan's loans owe by their contracts on a day, and line by line how it came."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.domain.allocation import Components
from app.domain.arrears import Arrears, FileReduction, OverdueInstalment, bucket, penalty_ppm
from app.domain.keeping.account import Account
from app.domain.keeping.breaking import BackAgain, contracts_back
from app.domain.keeping.contract_back import ContractAgain, at_start
from app.domain.keeping.laying import shared
from app.domain.keeping.missing import Walked, walked


class PassedInstalment(NamedTuple):
    """An instalment of the contract whose day came while the plan ran or after it, in fen."""

    number: int
    due_on: date
    principal_fen: int
    interest_fen: int


@dataclass(frozen=True, slots=True)
class CameBack:
    """How what one contract asks on a day came about: start + passed + penalty - laid - off is what
    is due.

    Units: fen. `start` is what was overdue at the plan's start, net of the excess; penalty_fen runs
           from the day after the break; `laid` is all money by what it paid; `off` is what would be
           dearer than without a plan; later_fen is principal that is not due; ahead_fen its part of
           money that lies ahead.
    """

    ref: str
    start: Components
    passed: tuple[PassedInstalment, ...]
    penalty_fen: int
    laid: Components
    off: Components
    due_fen: int
    later_fen: int
    ahead_fen: int

    @property
    def passed_fen(self) -> int:
        """Return what the instalments whose day came ask, in fen."""
        return sum(one.principal_fen + one.interest_fen for one in self.passed)


@dataclass(frozen=True, slots=True)
class OwedAgain:
    """The contracts of a broken plan on a day, by 借据号: as arrears, and how they came about.

    Units: fen. `break_stands` where money in time came to light after another plan was signed.
    """

    broken_on: date
    as_of: date
    owed: Mapping[str, Arrears]
    lines: tuple[CameBack, ...]
    break_stands: bool = False


def owed_again(account: Account, as_of: date) -> OwedAgain | None:
    """Return what a broken plan's contracts ask at the end of a day; None where it is not broken by
    then, or has no contract.

    Units:  fen.
    Source: rules part 1, how a signed plan is kept: after a break.
    """
    found = walked(account, as_of)
    back = contracts_back(found, as_of) if found.broken_on else None
    if back is None or found.broken_on is None:
        return None
    ahead = _ahead(back, as_of)
    return OwedAgain(
        found.broken_on,
        as_of,
        {
            one.ref: _arrears(one, as_of, found, part)
            for one, part in zip(back.contracts, ahead, strict=True)
        },
        tuple(
            _came_back(found, one, as_of, part)
            for one, part in zip(back.contracts, ahead, strict=True)
        ),
        found.break_stands,
    )


def _ahead(back: BackAgain, day: date) -> list[int]:
    """Share what lies ahead among the contracts by what is not due of each; what is more than all
    of it stays with the first.
    """
    left = [
        sum(row.principal_fen + row.interest_fen for row in _later(one, day))
        for one in back.contracts
    ]
    parts = list(shared(back.ahead_fen, left))
    parts[0] += back.ahead_fen - sum(parts)
    return parts


def _later(one: ContractAgain, day: date) -> Iterator[PassedInstalment]:
    return (row for row in _instalments(one) if row.due_on > day)


def _came_back(found: Walked, one: ContractAgain, day: date, ahead_fen: int) -> CameBack:
    plan = found.ground.account.plan
    kept = next(loan for loan in plan.loans if loan.ref == one.ref)
    _gross, net = at_start(kept, plan.start_on)
    overdue = sum(row.principal for row in one.rows if row.number and row.due_on < plan.start_on)
    start = net._replace(principal_fen=overdue)
    penalty = sum(one.penalty_of(row, day) for row in one.rows) + one.off.penalty_fen
    owed = one.owed(day)
    later = sum(row.principal for row in one.rows if row.due_on > day)
    return CameBack(
        one.ref,
        start,
        tuple(row for row in _instalments(one) if plan.start_on <= row.due_on <= day),
        penalty - start.penalty_fen,
        Components(*(sum(row.paid[place] for row in one.rows) for place in range(4))),
        one.off,
        owed.total - later,
        later,
        ahead_fen,
    )


def _instalments(one: ContractAgain) -> Iterator[PassedInstalment]:
    """The contract's own instalments as its schedule has them."""
    scheduled = {row.number: row for row in one.schedule}
    for row in one.rows:
        if row.number:
            interest = scheduled[row.number].interest_fen
            yield PassedInstalment(row.number, row.due_on, row.principal, interest)


def _arrears(one: ContractAgain, day: date, found: Walked, ahead_fen: int) -> Arrears:
    past = [row for row in one.rows if row.due_on < day]
    asked = [one.open_of(row, day) for row in past]
    today = [one.open_of(row, day) for row in one.rows if row.due_on == day]
    # Number 0 holds what was asked at the start beside instalments.
    fee, penalty, interest, principal = (
        sum(part[place] for part in asked) for place in range(len(Components()))
    )
    due_today = Components(*(sum(part[place] for part in today) for place in range(4)))
    running = one.running_fen(day)
    left = one.owed(day).principal_fen
    net = Components(
        fee + due_today.fee_fen,
        penalty + due_today.penalty_fen,
        interest + due_today.interest_fen + running,
        left,
    )
    overdue = tuple(_overdue(one, day, found))
    days = overdue[0].days if overdue else 0
    since = max(
        [one.back.terms.start_on, *(row.due_on for row in one.schedule if row.due_on < day)]
    )
    ceiling = found.ground.account.ceiling_ppm
    return Arrears(
        as_of=day,
        principal_left_fen=left,
        overdue_principal_fen=principal,
        interest_fen=interest,
        penalty_fen=penalty + due_today.penalty_fen,
        fee_fen=fee + due_today.fee_fen,
        excess_fen=0,
        accrued_fen=running + due_today.interest_fen,
        accrued_days=one.charged_days(since, day),
        not_due_principal_fen=left - principal,
        due_today_fen=due_today.principal_fen + due_today.interest_fen,
        days_past_due=days,
        bucket=bucket(days),
        payoff_fen=net.total,
        today_fen=sum(part.total for part in asked) + due_today.total,
        overdue=overdue,
        last_due_before=since,
        penalty_ppm=penalty_ppm(one.back.terms, ceiling),
        ceiling_ppm=ceiling,
        interest_so_far_fen=interest,
        ceiling_fen=interest + penalty + fee,
        net=net,
        lowered=FileReduction(),
        paid=_paid(one, day),
    )


def _overdue(one: ContractAgain, day: date, found: Walked) -> Iterator[OverdueInstalment]:
    scheduled = {row.number: row for row in one.schedule}
    broken_on = found.broken_on or day
    for row in one.rows:
        part = one.open_of(row, day)
        if not row.number or row.due_on >= day or not part.total:
            continue
        yield OverdueInstalment(
            row.number,
            row.due_on,
            (day - row.due_on).days,
            one.charged_days(max(row.due_on, broken_on), day),
            part.principal_fen,
            part.interest_fen,
            part.penalty_fen,
            scheduled[row.number].balance_fen,
        )


def _paid(one: ContractAgain, day: date) -> int:
    """Return how many instalments of the contract are paid, the oldest first."""
    unpaid = (
        row.number
        for row in one.rows
        if row.number and (row.principal > row.paid[3] or row.interest > row.paid[2])
    )
    return min(unpaid, default=len(one.schedule) + 1) - 1
