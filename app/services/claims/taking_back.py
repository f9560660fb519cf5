"""A reversal that waits for a person is let to count: it goes where its payment went."""

from sqlalchemy.orm import Session

from app.services.claims import acts
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.repayments import reversing


def let_reversal_count(
    session: Session, context: Context, *, public_id: str, words: str, request_key: str
) -> None:
    """Let a reversal that no rule let through take its payment back, with a reason.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, PaymentWordsNeeded, PaymentSettled, PaymentOfAnother, ReversalKept where its
            payment is not known or the amounts differ, PaymentReversed, KeyReused.
    Source: rules part 1, how a signed plan is kept.
    """
    said = acts.said_in_words(words)
    request = acts.asked(context, act="take_back", key=request_key, content=(public_id, said))
    with transaction(session):
        payment = acts.begin(session, context, public_id=public_id)
        if acts.is_done(session, request=request):
            return
        acts.check_still(context, payment=payment, state="unmatched")

        reversing.take_back(session, context, reversal=payment, actor=context.actor.who)
        act = "taken_back"
        acts.keep_act(session, context, payment=payment, act=act, words=said, request=request)
