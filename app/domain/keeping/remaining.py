"""What is left of a plan on a day, loan by loan: the ground on which another takes its place."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from app.domain.allocation import Components
from app.domain.arrears import Arrears, FileReduction, OverdueInstalment, bucket
from app.domain.calendar import midnight
from app.domain.keeping.account import Account, Earlier, LoanKept, LoanTaken, Successor
from app.domain.keeping.missing import Walked, walked
from app.domain.money import PPM, div_half_up
from app.domain.schedule import schedule

_FIELDS = {"plan_interest": "interest_fen"}


class NothingRemains(ValueError):
    """The plan is completed or broken: nothing of it can go over to another."""


@dataclass(frozen=True, slots=True)
class LoanRemaining:
    """What is left of one loan of a plan at the end of a day.

    Units: fen. `left` is what paying the plan off takes, plan interest up to the day as interest,
           money ahead laid; `coming` what its contract asks later and the plan does not, of a
           catch-up; `waived` is promised; `due` is what of `left` is past its day, the oldest since
           `oldest_on`.
    """

    ref: str
    left: Components
    coming: Components
    waived: Components
    due: Components
    oldest_on: date | None

    @property
    def gross(self) -> Components:
        """Return what another plan on it plans before the waivers that stay, in fen."""
        sums = (sum(each) for each in zip(self.left, self.coming, self.waived, strict=True))
        return Components(*sums)

    def owed(self, as_of: date, ceiling_ppm: int) -> Arrears:
        """Return it as what is owed on a loan, for who computes a plan on it.

        Units: fen; ppm a year.
        """
        gross, days = self.gross, (as_of - self.oldest_on).days if self.oldest_on else 0
        due = self.due
        oldest = () if self.oldest_on is None else (_overdue(self.oldest_on, days, due),)
        return Arrears(
            as_of=as_of,
            principal_left_fen=gross.principal_fen,
            overdue_principal_fen=due.principal_fen,
            interest_fen=gross.interest_fen,
            penalty_fen=gross.penalty_fen,
            fee_fen=gross.fee_fen,
            excess_fen=0,
            accrued_fen=0,
            accrued_days=0,
            not_due_principal_fen=gross.principal_fen - due.principal_fen,
            due_today_fen=0,
            days_past_due=days,
            bucket=bucket(days),
            payoff_fen=gross.total,
            today_fen=due.total,
            overdue=oldest,
            last_due_before=self.oldest_on or as_of,
            penalty_ppm=0,
            ceiling_ppm=ceiling_ppm,
            interest_so_far_fen=0,
            ceiling_fen=0,
            net=gross,
            lowered=FileReduction(),
            paid=0,
        )


def remaining(account: Account, as_of: date) -> tuple[LoanRemaining, ...]:
    """Return what is left of a plan that runs, loan by loan: open parts net, principal left, plan
    interest up to the day, waivers promised; money that lies ahead is laid on it. What all loans
    come to without what their contracts ask later is the plan's quote of the day.

    This is where a new version starts, of a plan that is changed as of one that a person lets run
    again: for the latter the account is given without its break (`told` without kind "break"), so
    that no penalty ran and the waivers stay. `succeeded` then tells the new account what went over.
    Units:  fen.
    Raises: NothingRemains for a plan that is completed or broken.
    Source: rules part 1, how a signed plan is kept: change, quote.
    """
    gone = Successor(as_of, midnight(as_of), "")
    found = walked(replace(account, replaced=gone), as_of)
    if not found.run.is_handed_over:
        raise NothingRemains(f"{account.plan.number} is over")
    return tuple(_Remains(found, as_of).of(place) for place in range(len(account.plan.loans)))


def succeeded(account: Account, ground_on: date) -> Earlier:
    """Return what a plan that stands on what was left of another on a day has before it.

    Source: rules part 1, how a signed plan is kept: change.
    """
    taken = (LoanTaken(one.ref, one.left, one.waived) for one in remaining(account, ground_on))
    return Earlier(account.contract_start_on, account.all_money, tuple(taken))


@dataclass(frozen=True)
class _Remains:
    found: Walked
    as_of: date

    @cached_property
    def _left(self) -> Sequence[int]:
        return self.found.run.left_open()

    @cached_property
    def _due_lines(self) -> dict[int, date]:
        """Of lines that are past their day, since when."""
        ground, run = self.found.ground, self.found.run
        past = (one for one in ground.groups[: run.due] if one.due_on < self.as_of)
        return {line: one.due_on for one in past for line in one.lines}

    def of(self, place: int) -> LoanRemaining:
        kept = self.found.ground.account.plan.loans[place]
        lines = [i for i, one in enumerate(self.found.ground.lines) if one.loan == place]
        late = [i for i in lines if i in self._due_lines and self._left[i]]
        waived: Counter[str] = Counter()
        for one in kept.waivers:
            waived[f"{one.component}_fen"] += one.fen
        return LoanRemaining(
            ref=kept.ref,
            left=self._summed(lines),
            coming=self._coming(place, kept),
            waived=Components(**waived),
            due=self._summed(late),
            oldest_on=min((self._due_lines[i] for i in late), default=None),
        )

    def _summed(self, lines: Sequence[int]) -> Components:
        found: Counter[str] = Counter()
        for i in lines:
            name = self.found.ground.lines[i].component
            found[_FIELDS.get(name, f"{name}_fen")] += self._left[i]
        return Components(**found)

    def _coming(self, place: int, kept: LoanKept) -> Components:
        """Principal that a contract beside the plan asks later, and its interest up to the day."""
        coming = [one for one in self._regular(place) if one[0] > self.as_of]
        principal = sum(fen for _on, name, fen in coming if name == "principal")
        if not principal or kept.contract is None:
            return Components(principal_fen=principal)
        terms = kept.contract.terms
        past = (one.due_on for one in schedule(terms) if one.due_on <= self.as_of)
        days = (self.as_of - max((terms.start_on, *past))).days
        runs = div_half_up(principal * terms.annual_ppm * days, PPM * kept.day_basis)
        first_on = min(on for on, _name, _fen in coming)
        most = sum(fen for on, name, fen in coming if on == first_on and name == "interest")
        return Components(principal_fen=principal, interest_fen=min(runs, most))

    def _regular(self, place: int) -> Iterator[tuple[date, str, int]]:
        ground = self.found.ground
        for one in ground.groups:
            for i in one.step[place] if one.is_regular else ():
                yield one.due_on, ground.lines[i].component, ground.lines[i].fen


def _overdue(due_on: date, days: int, due: Components) -> OverdueInstalment:
    return OverdueInstalment(
        0, due_on, days, days, due.principal_fen, due.interest_fen, due.penalty_fen, 0
    )
