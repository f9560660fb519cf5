"""Plans over one, two or three loans of a borrower: proposed, approved, signed."""

from sqlalchemy import select

from app.models import PlanVersion
from app.services.proposals.basis import Answers
from tests.factories import make_borrower, make_loan
from tests.support.clock import NOW
from tests.support.proposals import answered, decide, make_staff, submit
from tests.support.signing import ask, read_by, sign

ANSWERS = {"upfront_fen": 50_000, "monthly_fen": 200_000, "pay_day": 10, "choice": "best_fit"}


def three_loans(session, vault, count=3, **overrides):
    """A borrower with so many loans, of two products; each further one is longer past due, with an
    odd sum.
    """
    borrower = make_borrower(session, vault)
    return borrower, [
        make_loan(
            session,
            borrower,
            paid=8 - number,
            principal_fen=1_200_000 + 7_001 * number,
            product="教育分期" if number % 2 else "装修分期",
            **overrides,
        )
        for number in range(count)
    ]


def proposed_over(session, vault, site, borrower, loans, *, now=NOW, disputed=True, **given):
    """A submitted version over all the loans, which waits for a person where one is disputed."""
    ids = tuple(one.public_id for one in loans)
    answers = Answers(loans=ids, is_income_done=True, **(ANSWERS | given))
    proposed = answered(
        session,
        vault,
        answers=answers,
        borrower=borrower,
        loan=loans[0],
        now=now,
        disputed=disputed,
    )
    public_id = submit(session, vault, site, proposed, now=now)
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()


def approved_over(session, vault, site, borrower, loans, *, now=NOW, **given) -> str:
    """The public id of an approved version over all the loans."""
    version = proposed_over(session, vault, site, borrower, loans, now=now, **given)
    decide(session, vault, site, version.public_id, make_staff(session), now=now)
    return version.public_id


def signed_over(session, gateways, site, borrower, loans, *, now=NOW, **given) -> str:
    """The number of a signed agreement over all the loans."""
    version = approved_over(session, gateways.vault, site, borrower, loans, now=now, **given)
    read = read_by(session, gateways, site, version, borrower, now=now)
    return sign(session, gateways, site, ask(session, gateways, site, read, now=now), now=now)
