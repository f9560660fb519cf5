"""Finance asks for a refund, and takes back what was asked for and not paid yet."""

from sqlalchemy.orm import Session

from app.domain.errors import RuleBroken
from app.domain.texts import N_
from app.models import Refund
from app.services.core.context import Context
from app.services.core.request_keys import keep_reply, reply_before
from app.services.core.transaction import transaction
from app.services.refunds import acts
from app.services.refunds.accounts_named import (
    RefundAccount,
    RefundSource,
    account_of,
    is_own,
)


class AccountNeeded(RuleBroken):
    """Nobody said yet where the money goes."""

    code = "account_needed"
    message = N_("还没有写退到哪个账户，请填写")


def ask_refund(
    session: Session,
    context: Context,
    *,
    source: RefundSource,
    account: RefundAccount | None,
    words: str,
    request_key: str,
) -> str:
    """Ask for all there is to refund of a plan or a payment, and return the refund's public id; the
    account is the one named before, or one that finance asked for: then the words say how it was
    confirmed, and must where it is another's.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, NothingToRefund, RefundedAlready, RefundUnderWay, AccountNeeded,
            RefundWordsNeeded, KeyReused.
    Source: rules part 1, how a signed plan is kept: credit.
    """
    said = words.strip()
    content = (*source, *(account or ()), said)
    request = acts.asked_for(context, act="ask", key=request_key, content=content)
    with transaction(session):
        found = _source(session, context, source)
        if (reply := reply_before(session, request=request)) is not None:
            return str(reply["refund"])
        acts.check_some(session, source=found)
        before = acts.open_refund(session, source=found)
        if before is not None and before.state == "asked":
            raise acts.RefundUnderWay
        goes_to, own = _account(session, context, found, before, account)
        if not own or account is not None:
            said = acts.said_in_words(said)
        refund = acts.add_named(
            session, context, source=found, account=goes_to, own=own, words=said
        )
        refund.state = "asked"
        refund.asked_at, refund.asked_by = context.now, context.actor.who
        refund.asked_person = context.staff.person_id
        acts.record(session, context, refund=refund, action="asked", of=source.kind)
        keep_reply(session, context, request=request, refund=refund.public_id)
        return refund.public_id


def drop_refund(
    session: Session, context: Context, *, public_id: str, words: str, request_key: str
) -> None:
    """Take back what was asked for: it can be asked for anew.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, RefundMoved, RefundWordsNeeded, KeyReused.
    """
    said = acts.said_in_words(words)
    request = acts.asked_for(context, act="drop", key=request_key, content=(public_id, said))
    with transaction(session):
        if reply_before(session, request=request) is not None:
            return
        refund, _source_of_it = acts.refund_locked(
            session, context, public_id=public_id, state="asked"
        )
        refund.state, refund.bounce_words = "dropped", said
        acts.record(session, context, refund=refund, action="dropped", before={"state": "asked"})
        keep_reply(session, context, request=request)


def _source(session: Session, context: Context, source: RefundSource) -> acts.Refundable:
    if source.kind == "plan":
        return acts.of_plan(session, number=source.ref, day=context.today)
    return acts.of_payment(session, public_id=source.ref)


def _account(
    session: Session,
    context: Context,
    source: acts.Refundable,
    before: Refund | None,
    account: RefundAccount | None,
) -> tuple[RefundAccount, bool]:
    """Where it goes, and whether it is the borrower's own; of nobody's money nothing is own."""
    if account is None:
        if before is None:
            raise AccountNeeded
        return account_of(context.vault, before), before.is_own
    if source.plan is None:
        return account, False
    return account, is_own(account, acts.borrower_name(session, context, plan=source.plan))
