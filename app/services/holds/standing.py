"""Whether breathing space can be had now and would help: the one rule that every page and the use
case ask.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from app.domain.calendar import beijing_date
from app.domain.policy import Policy
from app.services.contact.records import HoldRow, RunningHold, breathing_again_on

Standing = Literal["open", "running", "used", "covered", "early", "none"]


@dataclass(frozen=True)
class LoanAsked:
    """What the rule asks of a loan that stands in the file: whether something is owed, whether
    something is due by the contract, whether a plan is open or kept on it.
    """

    id: int
    is_owed: bool
    is_due: bool
    has_plan: bool


@dataclass(frozen=True)
class BreathingOffer:
    """How breathing space stands for a borrower.

    `standing`: open to ask for; running; used within the policy's months, where it would help;
    covered, where every loan that is due is on hold for a plan, in progress or kept; early, where
    nothing is due yet; none, where nothing is owed. `began_on` is the day of the last one where it
    is used up, running or over, `again_on` the first day of another.
    """

    standing: Standing
    began_on: date | None
    again_on: date | None

    @property
    def is_open(self) -> bool:
        """Whether it may be begun now."""
        return self.standing == "open"

    @property
    def is_used(self) -> bool:
        """Whether it would help and the one of these months was had."""
        return self.standing == "used"


def breathing_standing(
    loans: Iterable[LoanAsked],
    *,
    last: HoldRow | None,
    holds: Iterable[RunningHold],
    policy: Policy,
    now: datetime,
) -> BreathingOffer:
    """Tell how breathing space stands: `last` is the newest one, `holds` run now.

    Source: default policy, breathing space; ADR 0012.
    """
    again_on = breathing_again_on(last, policy=policy, now=now)
    is_used = again_on is not None and beijing_date(now) < again_on
    began_on = beijing_date(last.from_at) if last and is_used else None
    if last is not None and last.until_at is not None and last.until_at > now:
        return BreathingOffer("running", began_on, again_on)
    helps = _helps(loans, holds)
    standing: Standing = "used" if helps == "open" and is_used else helps
    return BreathingOffer(standing, began_on, again_on if is_used else None)


def _helps(loans: Iterable[LoanAsked], holds: Iterable[RunningHold]) -> Standing:
    """Tell whether it would help: spending it where nobody calls anyway would be for nothing."""
    owed = [one for one in loans if one.is_owed]
    due = [one for one in owed if one.is_due]
    if not owed:
        return "none"
    if not due:
        return "early"
    # Not every plan in progress holds contact (ADR 0014), and an offer that is over does not.
    held = {one.loan_id for one in holds if one.until_at is None}
    return "covered" if all(one.has_plan and one.id in held for one in due) else "open"
