"""A certificate is issued with the last money and withdrawn where money is taken back. Never
commits: both write in the transaction that posts the money.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.id_papers import masked_paper
from app.domain.keeping.account import Account
from app.domain.keeping.standing import PlanStanding
from app.domain.masks import masked_name
from app.models import Agreement, Borrower, Certificate, Loan, Plan, PlanLoan, new_public_id
from app.services.certificates.text import (
    REPORT_WORKING_DAYS,
    CertificateFacts,
    PaidLoan,
    certificate_text,
    text_sha256,
)
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.working_days import working_day_after


def issue(
    session: Session, context: Context, *, plan: Plan, account: Account, stands: PlanStanding
) -> Certificate:
    """Certify what a completed plan paid, in the caller's transaction, which holds the plan's lock.

    Idempotent on: the plan; the one in force is returned as it is. After a withdrawal another is
    made, with a number and a code of its own.
    Raises: ValueError for a plan that is not completed.
    Source: rules part 1, how a signed plan is kept: completed.
    """
    every = _certificates(session, plan)
    for one in every:
        if one.withdrawn_at is None:
            return one
    facts = _facts(session, context, plan=plan, account=account, count=len(every))
    text = certificate_text(facts, account=account, stands=stands, site=context.site)
    made = Certificate(
        kind=text["kind"],
        plan_id=plan.id,
        # Random and made here: it is on this paper and on no other.
        check_code=new_public_id(),
        text=text,
        text_sha256=text_sha256(text),
        issued_at=context.now,
    )
    session.add(made)
    session.flush()
    _record(session, context, "certificate.issued", made)
    return made


def withdraw(session: Session, context: Context, *, plan: Plan) -> None:
    """Withdraw the certificate of a plan that is no longer completed, in the caller's transaction;
    its check page says so from then on.

    Idempotent on: the plan; where none is in force nothing happens.
    Source: rules part 1, how a signed plan is kept: completed.
    """
    for one in _certificates(session, plan):
        if one.withdrawn_at is None:
            one.withdrawn_at = context.now
            session.flush()
            _record(session, context, "certificate.withdrawn", one)


def _certificates(session: Session, plan: Plan) -> Sequence[Certificate]:
    mine = select(Certificate).where(Certificate.plan_id == plan.id).order_by(Certificate.id)
    return session.scalars(mine).all()


def _facts(
    session: Session, context: Context, *, plan: Plan, account: Account, count: int
) -> CertificateFacts:
    query = (
        select(Agreement.number, Borrower)
        .join(Borrower, Borrower.id == plan.borrower_id)
        .where(Agreement.version_id == plan.active_version_id)
    )
    agreement, borrower = session.execute(query).one()
    mine = (
        select(Loan.ref, Loan.product)
        .join(PlanLoan, PlanLoan.loan_id == Loan.id)
        .where(PlanLoan.plan_id == plan.id)
    )
    products = {ref: product for ref, product in session.execute(mine)}
    today = beijing_date(context.now)

    def opened(sealed: bytes, column: str) -> str:
        row = borrower.public_id
        return context.vault.unseal(sealed, table="borrowers", row=row, column=column)

    return CertificateFacts(
        agreement=agreement,
        borrower_name=masked_name(opened(borrower.name_enc, "name")),
        borrower_id=masked_paper(opened(borrower.id_enc, "id")),
        loans=[PaidLoan(one.ref, products[one.ref]) for one in account.plan.loans],
        count=count,
        issued_on=today,
        report_by_on=working_day_after(session, day=today, count=REPORT_WORKING_DAYS),
    )


def _record(session: Session, context: Context, action: str, one: Certificate) -> None:
    audit.record(
        session,
        context,
        action=action,
        object_kind="certificate",
        object_id=one.public_id,
        after={
            "number": one.text["number"],
            "plan": one.text["plan_number"],
            "kind": one.kind,
            "text_sha256": one.text_sha256,
        },
    )
