"""Loans of the demo's borrower as a walk needs them."""

from collections.abc import Sequence

from sqlalchemy import select

from app.models import Borrower, Loan
from tests.factories import make_loan
from tests.support.databases import opened
from tests.support.live import LiveSite


def borrow(site: LiveSite, products: Sequence[str], **overrides) -> list[str]:
    """Further loans of the plain borrower, one of each product, overdue and so small that income is
    not asked; their public ids.
    """
    with opened(site.settings.database_url) as database, database.sessions() as session:
        ref = site.borrower.loans[0]
        first = session.scalars(select(Loan).where(Loan.ref == ref)).one()
        borrower = session.get_one(Borrower, first.borrower_id)
        return [
            make_loan(
                session,
                borrower,
                product=product,
                as_of_on=first.as_of_on,
                principal_fen=500_000 + 7_001 * number,
                **overrides,
            ).public_id
            for number, product in enumerate(products)
        ]
