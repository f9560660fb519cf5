"""How moving a due date stands, for the page of an agreement: made, open, refused. Only reads."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.keeping.account import Account, DateChanged
from app.domain.keeping.date_changing import (
    ChangeLimits,
    DateChoice,
    DateRefusal,
    changes_open,
)
from app.domain.plan_terms import OLDEST_FIRST
from app.services.core.context import Context
from app.services.core.policy import policies_of


@dataclass(frozen=True)
class DateChangeView:
    """How a plan's one change of a date stands: made, open with its numbers and days, or refused;
    `days` is how many days later than printed at most.

    `is_older`: an agreement whose words can also mean the pay day, so that a person may move all.
    """

    changed: DateChanged | None
    choice: DateChoice | None
    refusal: DateRefusal | None
    days: int
    is_older: bool


def date_change_view(
    session: Session, context: Context, *, account: Account, is_running: bool
) -> DateChangeView:
    """Return how a signed plan's change of a date stands today.

    Source: rules part 1, first payment and date change.
    """
    limits = limits_of(session, account=account)
    found: DateChoice | DateRefusal
    found = changes_open(account, context.today, limits=limits) if is_running else "over"
    return DateChangeView(
        changed=account.date_changes[0] if account.date_changes else None,
        choice=found if isinstance(found, DateChoice) else None,
        refusal=None if isinstance(found, DateChoice) else found,
        days=limits.days,
        is_older=account.plan.order != OLDEST_FIRST,
    )


def limits_of(session: Session, *, account: Account) -> ChangeLimits:
    """Return the numbers of the policy that a plan was judged by.

    Source: default policy, in a plan; rules part 1, first payment and date change.
    """
    version = str(account.policy["version"])
    policy = policies_of(session, versions=(version,))[version]
    return ChangeLimits(policy.kept.date_change_days, policy.kinds.settlement_days)
