"""Staff look borrowers up; every search and every view leaves an audit entry in the same
transaction.
"""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.spans import within
from app.domain.texts import N_
from app.models import FailedTry, Loan
from app.services.borrowers.desk_queries import (
    BorrowerDesk,
    LoanDesk,
    borrower_desk,
    loan_desk,
    remark_of,
    whole_name,
)
from app.services.borrowers.find_queries import Found, found_by, normalised
from app.services.core.audit import record
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.transaction import line_up, transaction

HOUR = timedelta(hours=1)


class TooManyFinds(RuleBroken):
    """More searches by one account within an hour than work needs."""

    code = "too_many"
    message = N_("这一小时里查找的次数到上限了，请过一会儿再查，或请主管帮忙")


def find(session: Session, context: Context, *, text: str) -> Found:
    """Find borrowers by whole name, mobile, identity number, the last four of either, a loan's
    reference or any number of theirs, masked, and the one page the search means, if it does.

    The audit entry tells what kind of search it was, whom it found and where it leads, never what
    was typed.
    Raises: TooManyFinds.
    Source: V2.4.1, default policy, finds an hour.
    """
    with transaction(session):
        _check_often(session, context)
        # In the same transaction as its entry: nothing is shown that left none.
        found = found_by(session, context, text=normalised(text))
        people = [one.public_id for one in found.rows]
        record(
            session,
            context,
            action="borrower.searched",
            object_kind="borrower",
            object_id=people[0] if len(people) == 1 else "-",
            # Whom it found and not what was typed: that is a person's number.
            after={
                "by": found.by,
                "found": people,
                "leads_to": f"{found.lead.page}/{found.lead.public_id}" if found.lead else "",
            },
        )

        return found


def _check_often(session: Session, context: Context) -> None:
    """Count one search of an account, unless it has had its most: no list of numbers is gone
    through by hand or machine.
    """
    who = context.vault.fingerprint(context.actor.who, purpose="find")
    # What is counted and what is stored are one step: two at once must not both be the last.
    line_up(session, who)
    same = FailedTry.subject_hmac == who, FailedTry.at.between(*within(context.now, HOUR))
    most = active_policy(session)[1].limits.finds_per_hour
    if (session.scalar(select(func.count()).where(*same)) or 0) >= most:
        raise TooManyFinds
    session.add(FailedTry(subject_hmac=who, requester_hmac=who, at=context.now))
    session.flush()


def open_borrower(session: Session, context: Context, *, public_id: str) -> BorrowerDesk:
    """Return a borrower for the desk, on record.

    Raises: NotFound.
    """
    with transaction(session):
        found = borrower_desk(session, context, public_id=public_id)
        record(
            session, context, action="borrower.viewed", object_kind="borrower", object_id=public_id
        )
        return found


def show_name(session: Session, context: Context, *, public_id: str) -> str:
    """Return a borrower's whole name; every look leaves an audit entry.

    Raises: NotFound.
    Source: I-15, I-16.
    """
    with transaction(session):
        found = whole_name(session, context, public_id=public_id)
        record(
            session,
            context,
            action="borrower.name_seen",
            object_kind="borrower",
            object_id=public_id,
        )
        return found


def open_loan(session: Session, context: Context, *, public_id: str) -> LoanDesk:
    """Return a loan for the desk, on record.

    Raises: NotFound.
    """
    with transaction(session):
        found = loan_desk(session, context, public_id=public_id)
        record(session, context, action="loan.viewed", object_kind="loan", object_id=public_id)
        return found


def show_remark(session: Session, context: Context, *, public_id: str) -> str:
    """Return the lender's remark on a loan in full; every look leaves an audit entry.

    Raises: NotFound.
    Source: I-16.
    """
    with transaction(session):
        loan = session.scalars(select(Loan).where(Loan.public_id == public_id)).one_or_none()
        if loan is None:
            raise NotFound
        record(session, context, action="loan.remark_seen", object_kind="loan", object_id=public_id)
        return remark_of(loan, context.vault)
