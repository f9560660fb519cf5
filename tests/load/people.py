"""Who acts in a run: borrowers with loans, staff, cases that wait."""

import random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Borrower, Loan, Staff
from tests.factories import make_borrower, make_loan
from tests.load.browser import Browser
from tests.load.house import House
from tests.support.people import make_staff, sign_in_as, sign_in_staff
from tests.support.proposals import submitted

SEED = 20261123


def chance(seed: int = SEED) -> random.Random:
    """Chance that comes out the same each time."""
    return random.Random(seed)


def address_of(number: int) -> str:
    """The address of the n-th person behind the proxy: phones do not share one."""
    return f"100.{64 + number // 65536 % 64}.{number // 256 % 256}.{number % 256}"


def to_write(session: Session) -> None:
    """Begin as a use case does: beside others on SQLite whoever has read first may not write."""
    session.rollback()
    session.connection(execution_options={"anhuan_write": True})


def new_borrower(session: Session, house: House, number: int) -> tuple[Borrower, Loan]:
    """Somebody with a mobile of their own and a loan that is behind."""
    borrower = make_borrower(
        session,
        house.gateways.vault,
        mobile=f"190{number:08d}",
        id_number=f"99010119890{number:06d}5"[:18],
    )
    return borrower, make_loan(session, borrower)


def waiting_cases(session: Session, house: House, count: int, first: int = 0) -> list[str]:
    """So many proposals that wait for a person; return their versions."""
    made = []
    for number in range(first, first + count):
        borrower, loan = new_borrower(session, house, number)
        vault, site = house.gateways.vault, house.settings.site
        made.append(submitted(session, vault, site, borrower=borrower, loan=loan))
    return made


def staff_at_desk(session: Session, house: House, count: int, port: int) -> list[Browser]:
    """So many supervisors, signed in."""
    found = []
    for number in range(count):
        name = f"load-{number}"
        to_write(session)
        staff = session.scalars(select(Staff).where(Staff.username == name)).one_or_none()
        staff = staff or make_staff(session, "supervisor", username=name)
        cookies = house.carried(sign_in_staff, session, staff)
        found.append(Browser(port, f"10.1.0.{number + 1}", cookies))
    return found


def phone_of(session: Session, house: House, borrower: Borrower, port: int) -> Browser:
    """The browser of a borrower who has signed in."""
    return Browser(port, address_of(borrower.id), house.carried(sign_in_as, session, borrower))
