"""Whether a plan whose cure is over may be broken on a day, and what keeps it from it."""

from datetime import date, timedelta
from typing import Literal

from app.domain.keeping.account import Account
from app.domain.keeping.standing import PlanStanding
from app.domain.plan_terms import OLDEST_FIRST

# The cure runs; a day is not covered by a file; a person looks: an older agreement's last part.
Keeps = Literal["cure", "not_covered", "last_part"]


def what_keeps(account: Account, stands: PlanStanding, today: date) -> Keeps | None:
    """Return what keeps a plan from being broken on a day; None where nothing does.

    All money up to the end of the day before has to be on record: what was paid then would have
    mended the plan.
    Source: rules part 1, how a signed plan is kept: missed, broken.
    """
    if stands.state != "in_cure" or stands.cure_until is None or stands.cure_until >= today:
        return "cure"
    if is_last_part_alone(account, stands):
        return "last_part"
    covered = account.covered_until
    if covered is not None and covered < today - timedelta(days=1):
        return "not_covered"
    return None


def is_last_part_alone(account: Account, stands: PlanStanding) -> bool:
    """Tell whether of an older agreement no more than its last part was missed: its words send no
    notice for that, so nothing breaks by itself.

    Source: rules part 1, how a signed plan is kept: missed.
    """
    plan = account.plan
    if plan.order == OLDEST_FIRST:
        return False
    numbers = {part.number for one in plan.loans for part in one.parts} - {0}
    return stands.missed < (1 if len(numbers) == 1 else plan.missed_before_notice)
