"""What a payment was matched to is undone: it lies on the list again, and a person says anew."""

from sqlalchemy.orm import Session

from app.services.claims import acts
from app.services.core.context import Context
from app.services.core.transaction import transaction
from app.services.repayments import posting


def undo_match(
    session: Session, context: Context, *, public_id: str, words: str, request_key: str
) -> None:
    """Take a matched payment off all that it was laid on, a reversal by its effect; whoever does
    it sees to the payment from then on.

    Idempotent on: request_key for one member of staff.
    Raises: NotFound, PaymentWordsNeeded, PaymentSettled, ReversalKept, PaymentReversed, KeyReused.
    Source: rules part 1, how a signed plan is kept; the ledger.
    """
    said = acts.said_in_words(words)
    request = acts.asked(context, act="undo", key=request_key, content=(public_id, said))
    with transaction(session):
        payment = acts.begin(session, context, public_id=public_id)
        if acts.is_done(session, request=request):
            return
        acts.check_still(context, payment=payment, state="matched")
        acts.check_ours(session, payment=payment)

        posting.take_off(session, context, payment=payment, actor=context.actor.who)
        payment.owner_id, payment.owned_at = context.staff.staff_id, context.now
        acts.keep_act(session, context, payment=payment, act="undone", words=said, request=request)
