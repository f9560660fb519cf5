"""A signed plan changed: asked for, answered, submitted and signed the way a borrower does it."""

from sqlalchemy import select

from app.models import Agreement, Loan, PlanVersion
from app.services.proposals.basis import Answers
from app.services.proposals.changing import begin_change
from tests.support.acting import acting
from tests.support.proposals import Proposed, answered, decide, make_staff, submit
from tests.support.signing import ask, read_by, sign

WANTED = Answers(upfront_fen=0, periods=12, pay_day=10, choice="best_fit", kind="reamortise")


def version_of(session, agreement: str) -> PlanVersion:
    query = (
        select(PlanVersion)
        .join(Agreement, Agreement.version_id == PlanVersion.id)
        .where(Agreement.number == agreement)
    )
    return session.scalars(query).one()


def change_begun(
    session, vault, site, *, borrower, loan, agreement, now, answers=WANTED
) -> Proposed:
    """A change with every question answered; nothing submitted yet."""
    begun_at = begin_change(
        session,
        acting(now=now, vault=vault, site=site),
        borrower_id=borrower.id,
        version_public_id=version_of(session, agreement).public_id,
    )
    # It begins at the loan that its terms name first.
    loan = session.scalars(select(Loan).where(Loan.public_id == begun_at)).one()
    return answered(session, vault, borrower=borrower, loan=loan, now=now, answers=answers)


def change_asked(session, vault, site, *, now, **asked) -> str:
    """A change that was submitted; return its version."""
    return submit(
        session, vault, site, change_begun(session, vault, site, now=now, **asked), now=now
    )


def change_signed(session, gateways, site, *, borrower, now, signed_at=None, **asked) -> str:
    """A change signed, approved by a person where policy does not; return its number."""
    version = change_asked(session, gateways.vault, site, borrower=borrower, now=now, **asked)
    at, row = signed_at or now, PlanVersion.public_id == version
    if session.scalar(select(PlanVersion.state).where(row)) == "submitted":
        decide(
            session,
            gateways.vault,
            site,
            version,
            make_staff(session, roles=("supervisor",)),
            now=now,
        )
    found = read_by(session, gateways, site, version, borrower, now=at)
    return sign(session, gateways, site, ask(session, gateways, site, found, now=at), now=at)
