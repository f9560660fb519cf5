"""Where a signed plan stands on a day: what is paid, due, missed, earned and left. The only place
that knows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, NamedTuple, cast

from app.domain.allocation import Components
from app.domain.calendar import beijing_date
from app.domain.keeping.account import Account, MoneyNumber, in_order
from app.domain.keeping.breaking import BackAgain, asked_back, contracts_back
from app.domain.keeping.contract_back import ContractAgain
from app.domain.keeping.ground import DueGroup, KeptGround
from app.domain.keeping.laying import laid, shared
from app.domain.keeping.missing import Walked, walked

PlanState = Literal["active", "in_cure", "broken", "completed", "replaced"]
InstalmentState = Literal["paid", "missed", "due", "part", "coming"]

_FIELD_OF = {"fee": 0, "penalty": 1, "interest": 2, "plan_interest": 2, "principal": 3}


class NextPart(NamedTuple):
    """What falls due next, strictly after the day: what money ahead does not cover, in fen."""

    due_on: date
    amount_fen: int


class InstalmentStanding(NamedTuple):
    """One instalment of one loan; `is_regular` where the contract asks it beside the plan.

    Units: fen; paid_fen holds what money ahead is shown to cover, open what is left by component,
           interest from before the plan and of the plan together.
    """

    ref: str
    number: int
    due_on: date
    amount_fen: int
    paid_fen: int
    state: InstalmentState
    is_regular: bool = False
    open: Components = Components()

    @property
    def left_fen(self) -> int:
        """Return what is still to pay of it, in fen."""
        return self.amount_fen - self.paid_fen


class CoveredPart(NamedTuple):
    """What of a payment covered which component of which instalment, in fen."""

    ref: str
    number: int
    component: str
    fen: int


class PaymentStanding(NamedTuple):
    """A payment with what it covered, and what of it is the borrower's again, in fen."""

    number: MoneyNumber
    covered: tuple[CoveredPart, ...]
    credit_fen: int


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """A plan at the end of a day; after a break the contract's figures, None where unknown.

    Units: fen. due_fen holds today's and what is in grace; left_fen all that is open; waived_fen is
           earned; released_fen is interest of the plan that is never charged.
    """

    state: PlanState
    due_fen: int | None
    next: NextPart | None
    left_fen: int | None
    ahead_fen: int | None
    credit_fen: int
    missed: int
    notice_on: date | None
    cure_until: date | None
    payoff_fen: int | None
    waived_fen: int
    released_fen: int
    instalments: tuple[InstalmentStanding, ...]
    payments: tuple[PaymentStanding, ...]
    broken_on: date | None = None
    completed_on: date | None = None
    # Days of notices that what was missed bore out; whether one has to be sent now.
    noticed_on: tuple[date, ...] = ()
    asks_notice: bool = False


def standing(account: Account, as_of: date) -> PlanStanding:
    """Tell everything of a signed plan at the end of a day, by all that is on record.

    Units:  fen; dates of Beijing.
    Source: rules part 1, how a signed plan is kept.
    """
    return standing_of(walked(account, as_of), as_of)


def standing_of(found: Walked, as_of: date) -> PlanStanding:
    """Tell everything of a plan that was walked to the end of a day, for who needs its run too.

    Units:  fen; dates of Beijing.
    Source: rules part 1, how a signed plan is kept.
    """
    if found.broken_on:
        return _broken(found, as_of)
    gone = found.ground.account.replaced
    if gone is not None and found.run.is_handed_over and as_of >= beijing_date(gone.at):
        return _replaced(found)

    run, plan = found.run, found.ground.account.plan
    instalments = tuple(_instalments(found))
    off = run.pay_off(as_of)
    ahead = run.ahead_fen
    is_done = run.completed_on is not None
    waivers = (one.fen for kept in plan.loans for one in kept.waivers)
    # What it gives over is all of it: money that lay ahead is laid.
    payoff = sum(run.left_open()) if run.is_handed_over else off.total_fen - ahead
    return PlanStanding(
        state="completed" if is_done else "in_cure" if found.notice_on else "active",
        due_fen=off.due_fen,
        next=None if is_done else _next(instalments, as_of),
        left_fen=sum(
            one.amount_fen - one.paid_fen
            for one in instalments
            if not one.is_regular or one.due_on <= as_of
        ),
        ahead_fen=ahead,
        credit_fen=sum(run.credit.values()) - found.ground.account.refunded_fen(as_of),
        missed=len(found.missed),
        notice_on=found.notice_on,
        cure_until=found.cure_until,
        payoff_fen=0 if is_done else max(0, payoff),
        waived_fen=sum(waivers) if is_done else 0,
        released_fen=_released(found),
        instalments=instalments,
        payments=tuple(_payments(found)),
        completed_on=run.completed_on,
        noticed_on=tuple(found.noticed_on),
        asks_notice=found.asks_notice,
    )


def known_at(account: Account, instant: datetime) -> Account:
    """Return an account as it was on record at an instant: what was posted later is left out.

    Raises: ValueError for an instant without a zone.
    """
    day = beijing_date(instant)
    told = (
        one._replace(
            received_on=_by(one.received_on, day), taken_back_on=_by(one.taken_back_on, day)
        )
        for one in account.told
        if one.sent_on <= day
    )
    gone = account.replaced
    return replace(
        account,
        replaced=gone if gone is not None and gone.at <= instant else None,
        money=tuple(one for one in account.money if one.posted_at <= instant),
        date_changes=tuple(one for one in account.date_changes if one.at <= instant),
        told=tuple(told),
        stopped=tuple(
            one._replace(until_on=_by(one.until_on, day))
            for one in account.stopped
            if one.from_on <= day
        ),
    )


def _by(when: date | None, day: date) -> date | None:
    return when if when is not None and when <= day else None


def _instalments(found: Walked) -> Iterator[InstalmentStanding]:
    ground, run = found.ground, found.run
    shown = list(run.open_fen)
    # As it will be laid: date by date, on each in the order of the agreement.
    coming = [step for group in ground.groups[run.due :] for step in ground.steps([group])]
    for line, fen in laid(run.ahead_fen, coming, shown).items():
        shown[line] -= fen

    done = run.completed_on
    for place, group in enumerate(ground.groups):
        if done and group.is_regular and done < group.due_on <= found.day:
            # After the plan the contract is kept where it was before.
            continue
        for loan, lines in enumerate(group.step):
            if not lines:
                continue
            amount = sum(run.charged[line] for line in lines)
            left = sum(shown[line] for line in lines)
            yield InstalmentStanding(
                ground.account.plan.loans[loan].ref,
                group.number,
                group.due_on,
                amount,
                amount - left,
                _state(found, group, left, amount, place < run.due),
                group.is_regular,
                _open(ground, lines, shown),
            )


def _open(ground: KeptGround, lines: Iterable[int], shown: Sequence[int]) -> Components:
    each = [0] * len(Components())
    for line in lines:
        each[_FIELD_OF[ground.lines[line].component]] += shown[line]
    return Components(*each)


def _state(
    found: Walked, group: DueGroup, open_fen: int, amount: int, is_due: bool
) -> InstalmentState:
    if not open_fen:
        return "paid"
    if is_due:
        # One date is one, whatever falls due on it.
        same = (one for one in found.run.asked if one.due_on == group.due_on)
        return "missed" if any(map(found.is_missed, same)) else "due"
    return "part" if open_fen < amount else "coming"


def _next(instalments: Iterable[InstalmentStanding], as_of: date) -> NextPart | None:
    """What is asked next: the first date after the day on which something is open."""
    asked: dict[date, int] = {}
    for one in instalments:
        if one.due_on > as_of and one.paid_fen < one.amount_fen:
            asked[one.due_on] = asked.get(one.due_on, 0) + one.amount_fen - one.paid_fen
    return NextPart(min(asked), asked[min(asked)]) if asked else None


def _released(found: Walked) -> int:
    lines = enumerate(found.ground.lines)
    return sum(line.fen - found.run.charged[place] for place, line in lines)


def _payments(found: Walked) -> Iterator[PaymentStanding]:
    run, ground = found.run, found.ground
    for one in in_order(ground.account.money):
        if one.paid_on > found.day:
            continue
        covered = (
            CoveredPart(
                ground.account.plan.loans[ground.lines[line].loan].ref,
                ground.lines[line].number,
                ground.lines[line].component,
                fen,
            )
            for line, fen in run.covered.get(one.number, {}).items()
        )
        yield PaymentStanding(one.number, tuple(covered), run.credit.get(one.number, 0))


def _replaced(found: Walked) -> PlanStanding:
    """Nothing is asked of it any more: what was paid stays with it, all else went over."""
    paid = (
        one._replace(amount_fen=one.paid_fen, state="paid", open=Components())
        for one in _instalments(found)
        if one.paid_fen
    )
    return PlanStanding(
        state="replaced",
        due_fen=0,
        next=None,
        left_fen=0,
        ahead_fen=0,
        credit_fen=sum(found.run.credit.values()),
        missed=0,
        notice_on=None,
        cure_until=None,
        payoff_fen=0,
        waived_fen=0,
        released_fen=_released(found),
        instalments=tuple(paid),
        payments=tuple(_payments(found)),
        noticed_on=tuple(found.noticed_on),
    )


def _broken(found: Walked, as_of: date) -> PlanStanding:
    back = contracts_back(found, as_of)
    figures = _figures_back(back, as_of) if back else {}
    instalments = tuple(_instalments_back(back, as_of)) if back else ()
    return PlanStanding(
        state="broken",
        due_fen=figures.get("due"),
        next=_next(instalments, as_of),
        left_fen=figures.get("left"),
        ahead_fen=figures.get("ahead"),
        credit_fen=0,
        missed=len(found.missed),
        notice_on=found.notice_on,
        cure_until=found.cure_until,
        payoff_fen=figures.get("payoff"),
        waived_fen=0,
        released_fen=0,
        instalments=instalments,
        payments=tuple(_payments_back(found, back, as_of)),
        broken_on=found.broken_on,
        noticed_on=tuple(found.noticed_on),
    )


def _figures_back(back: BackAgain, as_of: date) -> Mapping[str, int]:
    ahead = back.ahead_fen
    owed = asked_back(back, as_of).total
    running = sum(one.running_fen(as_of) for one in back.contracts)
    later = sum(row.interest for one in back.contracts for row in one.rows if row.due_on > as_of)
    return {
        "due": sum(one.due_fen(as_of) for one in back.contracts),
        "left": max(0, owed + later - ahead),
        "ahead": ahead,
        "payoff": max(0, owed + running - ahead),
    }


def _instalments_back(back: BackAgain, as_of: date) -> Iterator[InstalmentStanding]:
    """The contracts' own rows; number 0 is what was asked at the start beside instalments."""
    ahead = _ahead_on(back, as_of)
    for one in back.contracts:
        for row in one.rows:
            amount = row.fee + one.penalty_of(row, as_of) + row.interest + row.principal
            if not amount:
                continue
            covered = sum(row.paid) + ahead.get((one.ref, row.number), 0)
            asked = "due" if row.due_on <= as_of else "part" if covered else "coming"
            state = cast(InstalmentState, "paid" if covered == amount else asked)
            yield InstalmentStanding(one.ref, row.number, row.due_on, amount, covered, state)


def _ahead_on(back: BackAgain, as_of: date) -> Mapping[tuple[str, int], int]:
    """Show money that lies ahead on the coming instalments, date by date."""
    coming: dict[date, dict[tuple[str, int], int]] = {}
    for one in back.contracts:
        for row in one.rows:
            if row.due_on > as_of:
                rows = coming.setdefault(row.due_on, {})
                rows[one.ref, row.number] = row.principal + row.interest
    found: dict[tuple[str, int], int] = {}
    left = back.ahead_fen
    for day in sorted(coming):
        parts = shared(left, list(coming[day].values()))
        found |= dict(zip(coming[day], parts, strict=True))
        left -= sum(parts)
    return found


def _payments_back(found: Walked, back: BackAgain | None, as_of: date) -> Iterator[PaymentStanding]:
    contracts: Sequence[ContractAgain] = back.contracts if back else ()
    for one in in_order(found.ground.account.money):
        if one.paid_on <= as_of:
            covers = (
                CoveredPart(contract.ref, cover.number, cover.component, cover.fen)
                for contract in contracts
                for cover in contract.covers
                if cover.payment == one.number
            )
            yield PaymentStanding(one.number, tuple(covers), 0)
