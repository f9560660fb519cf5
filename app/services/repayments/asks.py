"""What plans and loans ask for at this moment, computed only where a line asks. Never writes."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Protocol

from sqlalchemy.orm import Session

from app.domain.keeping.account import Account
from app.domain.keeping.standing import standing
from app.domain.repayments.directory import Ask
from app.models import Loan
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.keeping.accounts import accounts_of
from app.services.loans.figures import figures_where

Asked = Mapping[Ask, int]


class AsksOf(Protocol):
    """What plans and loans ask for, by row id; Units: fen, above zero."""

    def of_plans(self, plan_ids: Collection[int]) -> Mapping[int, Asked]:
        """Return what each running plan asks for."""

    def of_loans(self, loan_ids: Collection[int]) -> Mapping[int, Asked]:
        """Return what each loan asks for by its contract; nothing where nothing is owed."""


class LateAsks(Mapping[Ask, int]):
    """What one plan asks for, computed when first looked at: most plans of a name are not."""

    def __init__(self, tell: Callable[[], Asked]) -> None:
        self._tell = tell

    @cached_property
    def _told(self) -> Asked:
        return self._tell()

    def __getitem__(self, name: Ask) -> int:
        return self._told[name]

    def __iter__(self) -> Iterator[Ask]:
        return iter(self._told)

    def __len__(self) -> int:
        return len(self._told)


class StoredAsks:
    """What stored plans and loans ask for today: plans by where they stand, loans by the figures of
    the newest file.
    """

    def __init__(self, session: Session, context: Context) -> None:
        self.session = session
        self.today = context.today

    def of_plans(self, plan_ids: Collection[int]) -> Mapping[int, Asked]:
        """Return what each running plan asks for.

        Units:  fen.
        Source: rules part 1, how a signed plan is kept.
        """
        accounts = accounts_of(self.session, plan_ids=plan_ids)
        return {key: LateAsks(_telling(one, self.today)) for key, one in accounts.items()}

    def of_loans(self, loan_ids: Collection[int]) -> Mapping[int, Asked]:
        """Return what each loan asks for: what is due and what pays it off.

        Units:  fen.
        Source: rules part 1, a loan without a plan.
        """
        if not loan_ids:
            return {}
        policy = active_policy(self.session)[1]
        mine = Loan.id.in_(loan_ids)
        found = figures_where(self.session, mine, policy=policy, today=self.today)
        return {
            one.loan.id: some(due=one.owed.today_fen, payoff=one.owed.payoff_fen) for one in found
        }


def some(**asks: int | None) -> Asked:
    """Return what is asked for without what is nothing. Units: fen."""
    names: tuple[Ask, ...] = ("due", "next", "payoff")
    return {name: fen for name in names if (fen := asks.get(name))}


def _telling(account: Account, today: date) -> Callable[[], Asked]:
    def tell() -> Asked:
        found = standing(account, today)
        coming = found.next.amount_fen if found.next else None
        return some(due=found.due_fen, next=coming, payoff=found.payoff_fen)

    return tell
