"""Accounts of many plans, where one that cannot be read hides no other. Never commits."""

from collections.abc import Collection
from datetime import date

import structlog
from sqlalchemy.orm import Session

from app.domain.keeping.account import Account
from app.domain.keeping.standing import PlanStanding, standing
from app.services.keeping.accounts import accounts_of

log = structlog.get_logger()


def readable_accounts(session: Session, *, plan_ids: Collection[int]) -> dict[int, Account]:
    """Return the accounts of those plans that were signed and can be read, by plan.

    Source: ADR 0077.
    """
    try:
        return accounts_of(session, plan_ids=plan_ids)
    except (LookupError, TypeError, ValueError) as fault:
        if len(plan_ids) == 1:
            log.warning("account unreadable", plan_id=min(plan_ids), fault=type(fault).__name__)
            return {}
    found: dict[int, Account] = {}
    for plan_id in plan_ids:
        found |= readable_accounts(session, plan_ids=(plan_id,))
    return found


def readable_standings(
    session: Session, *, plan_ids: Collection[int], as_of: date
) -> dict[int, PlanStanding]:
    """Return where those plans that were signed and can be read stand at the end of a day, by plan:
    for work on many of them at once.
    """
    found = readable_accounts(session, plan_ids=plan_ids)
    return {plan_id: standing(account, as_of) for plan_id, account in found.items()}
