"""The text of a stored version, as signing will show it."""

from sqlalchemy import select

from app.models import Borrower, Loan, Plan, PlanLoan, PlanVersion
from app.services.agreement_text import agreement_text
from app.services.policy_queries import active_policy


def text_of(session, vault, site, version_public_id):
    version = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version_public_id)).one()
    plan = session.get_one(Plan, version.plan_id)
    loan = session.scalars(select(Loan).join(PlanLoan).where(PlanLoan.plan_id == plan.id)).one()
    text = agreement_text(
        version=version, plan=plan, loan=loan, borrower=session.get_one(Borrower, plan.borrower_id), vault=vault,
        site=site, policy=active_policy(session)[1],
    )  # fmt: skip
    session.rollback()
    return text
