"""Books that are behind are brought up to the day: those of plans signed before there was a ledger
are opened, what fell due is posted.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.domain.keeping.missing import walked
from app.domain.ledger.unposted import unposted
from app.services.core.context import Actor, Context
from app.services.core.transaction import transaction
from app.services.keeping.readable import readable_accounts
from app.services.ledger.asked_queries import PlanAsked, asked_of
from app.services.ledger.behind_queries import plans_behind
from app.services.ledger.posting import lock_books, post_all

ACTOR = Actor("job:ledger")


class CaughtUp(NamedTuple):
    """How many plans were looked at, and the last of them."""

    plans: int
    last_id: int


def catch_up(session: Session, context: Context, *, after: int, limit: int) -> CaughtUp:
    """Post what the books of up to `limit` plans after one lack of the days up to today.

    Idempotent on: the facts; of two at once one waits, and finds nothing left to post.
    Source: ADR 0077.
    """
    with transaction(session):
        ids = plans_behind(session, today=context.today, after=after, limit=limit)
        lock_books(session, plan_ids=ids)
        accounts = readable_accounts(session, plan_ids=ids)
        post_all(session, context.by(ACTOR), accounts=accounts, as_of=context.today)
    return CaughtUp(len(ids), max(ids, default=after))


def catch_up_with(
    session: Session, context: Context, *, plan_ids: Collection[int]
) -> dict[int, PlanAsked]:
    """Post whatever the books of these plans lack, opening them where they never were, and return
    what they ask by that; one that was never signed is left out.

    Idempotent on: the facts; of two at once one waits, and finds nothing left to post.
    Source: rules part 1, the ledger; ADR 0079.
    """
    with transaction(session):
        lock_books(session, plan_ids=plan_ids)
        accounts = readable_accounts(session, plan_ids=plan_ids)
        post_all(session, context.by(ACTOR), accounts=accounts, as_of=context.today)
        left = {key: unposted(walked(one, context.today)) for key, one in accounts.items()}
        return asked_of(session, unposted=left, as_of=context.today)
