"""Whose a payment may be, worked out anew for that one line. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.masks import masked_name
from app.domain.references import reference_of
from app.domain.repayments.deciding import Matched, match, wanted
from app.domain.repayments.directory import Ask, Destination, Findings, PlanFound
from app.domain.repayments.row import RepaymentRow
from app.domain.repayments.suggesting import Suggestion
from app.domain.repayments.traits import LineFacts, MatchReason
from app.domain.repayments.words import said_in
from app.models import Payment
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.repayments.asks import StoredAsks
from app.services.repayments.directory import StoredDirectory
from app.services.repayments.sealing import words_of


@dataclass(frozen=True)
class LikelyEnd:
    """A plan or loan a payment may be for: what it is called, whose it is (masked), what it asks
    for now and what speaks for it. Units: fen.
    """

    destination: Destination
    called: str
    borrower: str
    asks: Mapping[Ask, int]
    reasons: tuple[MatchReason, ...]


def likely_ends(session: Session, context: Context, *, payment: Payment) -> tuple[LikelyEnd, ...]:
    """Return at most three, the likeliest first; none for money that was taken back.

    Source: rules part 1, how a signed plan is kept.
    """
    if payment.reverses_ref:
        return ()
    row = _row_of(context, payment)
    said = said_in(row)
    asks = StoredAsks(session, context)
    directory = StoredDirectory(session, context.vault, asks, [row])
    found = directory.find(wanted([row], [said]))
    most_days = active_policy(session)[1].kept.value_date_days
    verdict = match(LineFacts(row, said, found), today=context.today, most_days=most_days)
    if isinstance(verdict, Matched):
        # What was undone, or what has changed since the line came.
        return (_likely(found, Suggestion(verdict.destination, verdict.reasons)),)
    return tuple(_likely(found, one) for one in verdict.suggestions)


def _likely(found: Findings, one: Suggestion) -> LikelyEnd:
    end = found.of(one.destination)
    called = reference_of(end.number) if isinstance(end, PlanFound) else end.ref
    return LikelyEnd(one.destination, called, masked_name(end.name), end.asks, one.reasons)


def _row_of(context: Context, payment: Payment) -> RepaymentRow:
    """The line as it came."""
    words = words_of(context.vault, payment)
    return RepaymentRow(
        channel=payment.channel,
        channel_ref=payment.channel_ref,
        paid_on=payment.paid_on,
        arrived_on=payment.arrived_on,
        fen=payment.fen,
        loan_ref=payment.loan_ref,
        payer=words.payer,
        account_tail=words.account_tail,
        remark=words.remark,
    )
