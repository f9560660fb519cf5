"""A borrower's signed plan as numbers: its account file, and what paying it off takes on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.domain.explanation import Line
from app.domain.keeping.quote_lines import quote_lines
from app.domain.keeping.quoting import DayNotQuoted, PaidByThen, Quote, last_quoted, quote
from app.domain.keeping.writing import account_file
from app.domain.references import reference_of
from app.models import Agreement, Plan, PlanVersion
from app.services.calendar.queries import known_until
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.keeping.accounts import KeptAccount, SignedPlan, accounts_for


@dataclass(frozen=True)
class PayoffView:
    """What paying a signed plan off takes on a day, for the page that says it.

    Units: fen. `first` and `last` are the days one may ask for; `refusal` says why it is not the
           day that was asked for but today.
    """

    agreement: str
    reference: str
    version_public_id: str
    kind: str
    loans: int
    first: date
    last: date
    waived_fen: int
    quote: Quote
    lines: tuple[Line, ...]
    refusal: DayNotQuoted | PaidByThen | None = None

    @property
    def asked_fen(self) -> int:
        """Return the sum to transfer."""
        return self.quote.sum_fen

    @property
    def is_today(self) -> bool:
        """Whether the day is today."""
        return self.quote.day == self.first


def account_file_of(session: Session, *, borrower_id: int, number: str) -> Mapping[str, Any]:
    """Return the account file of a borrower's agreement: a stranger can compute each amount anew.

    Raises: NotFound, also for an agreement of someone else.
    Source: rules part 1, how a signed plan is kept.
    """
    _signed, kept = _own(session, borrower_id, number)
    return account_file(kept.account, calendar_until=known_until(session))


def payoff_view(
    session: Session, context: Context, *, borrower_id: int, number: str, on: date | None = None
) -> PayoffView:
    """Return what paying off a borrower's plan takes on a day, today where none is named or that
    day has no quote.

    Raises: NotFound, also for an agreement of someone else; NoQuote.
    Source: rules part 1, quote.
    """
    signed, kept = _own(session, borrower_id, number)
    today = beijing_date(context.now)
    within = active_policy(session)[1].kept.quote_days
    account = kept.account
    refusal = None
    try:
        found = quote(account, on or today, today, within_days=within)
    except (DayNotQuoted, PaidByThen) as refused:
        refusal = refused
        found = quote(account, today, today, within_days=within)
    loans = len(account.plan.loans)
    return PayoffView(
        agreement=number,
        reference=reference_of(signed.plan.number),
        version_public_id=signed.version.public_id,
        kind=account.plan.kind,
        loans=loans,
        first=today,
        last=last_quoted(today, within),
        waived_fen=sum(one.fen for kept in account.plan.loans for one in kept.waivers),
        quote=found,
        lines=quote_lines(found, loans=loans),
        refusal=refusal,
    )


def _own(session: Session, borrower_id: int, number: str) -> tuple[SignedPlan, KeptAccount]:
    query = (
        select(Plan, PlanVersion, Agreement.signed_at)
        .join(PlanVersion, PlanVersion.plan_id == Plan.id)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        # Numbers count upwards and are easily guessed; the borrower is part of every question.
        .where(Agreement.number == number, Plan.borrower_id == borrower_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    signed = SignedPlan(*row)
    return signed, accounts_for(session, signed=(signed,))[signed.plan.id]
