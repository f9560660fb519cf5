"""A borrower says where their credit goes: an account in their own name."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.texts import N_
from app.models import Certificate, Plan
from app.services.core.context import Context
from app.services.core.request_keys import keep_reply, reply_before
from app.services.core.transaction import transaction
from app.services.refunds import acts
from app.services.refunds.accounts_named import AccountRefused, RefundAccount, is_own

NOT_OWN = N_("为了您的钱安全，请写您本人名下的账户；要退到别人的账户，请找人办")


def name_account(
    session: Session,
    context: Context,
    *,
    borrower_id: int,
    certificate: str,
    account: RefundAccount,
    request_key: str,
) -> None:
    """Name the account that a completed plan's credit goes to; another one before it is asked for
    takes its place.

    Idempotent on: request_key for one borrower.
    Raises: NotFound, also for a certificate of someone else; NothingToRefund, RefundedAlready,
            RefundUnderWay, AccountRefused for an account that is another's, KeyReused.
    Source: rules part 1, how a signed plan is kept: credit.
    """
    content = (certificate, *account)
    request = acts.asked_for(context, act="name", key=request_key, content=content)
    with transaction(session):
        number = _plan_number(session, borrower_id, certificate)
        source = acts.of_plan(session, number=number, day=context.today)
        if reply_before(session, request=request) is not None:
            return
        acts.check_some(session, source=source)
        before = acts.open_refund(session, source=source)
        if before is not None and before.state == "asked":
            raise acts.RefundUnderWay
        if source.plan is None or not is_own(
            account, acts.borrower_name(session, context, plan=source.plan)
        ):
            raise AccountRefused("holder", NOT_OWN)
        found = acts.add_named(session, context, source=source, account=account, own=True)
        acts.record(session, context, refund=found, action="named", plan=number)
        keep_reply(session, context, request=request)


def _plan_number(session: Session, borrower_id: int, certificate: str) -> str:
    mine = (
        select(Plan.number)
        .join(Certificate, Certificate.plan_id == Plan.id)
        .where(Certificate.public_id == certificate, Plan.borrower_id == borrower_id)
    )
    number = session.scalar(mine)
    if number is None:
        raise NotFound
    return number
