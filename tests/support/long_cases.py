"""A case with as much of everything as is wanted: messages, papers, notes, contacts, loans."""

from datetime import timedelta

from sqlalchemy import select

from app.models import Borrower, Contact, Evidence, Plan, PlanVersion, new_public_id
from app.services.cases.notes import add_note
from app.services.cases.owners import take_case
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import submitted
from tests.support.threads import add, ask_change, write

# Far enough from each other for the limits of an hour.
APART = timedelta(hours=1)


def a_case(session, gateways, site, *, borrower: Borrower, owner, count: int) -> str:
    """The public id of a version that `owner` works on, with so many of everything around it."""
    vault = gateways.vault
    loans = [make_loan(session, borrower) for _ in range(1 + count // 10)]
    version = submitted(session, vault, site, borrower=borrower, loan=loans[0])
    desk = acting(vault=vault, site=site, staff=owner)
    take_case(session, desk, version_public_id=version)
    thread = ask_change(session, vault, site, version, owner)
    for number in range(count):
        at = NOW + number * APART
        add(session, vault, borrower, thread, now=at)
        write(session, vault, borrower, now=at)
        add_note(
            session,
            desk,
            version_public_id=version,
            words="电话里说好了",
            request_key=f"{version}-{number}",
        )
        session.add_all(_rows(session, version, borrower, number))
        session.commit()

    return version


def _rows(session, version: str, borrower: Borrower, number: int):
    """What would take a use case too long to make so often."""
    plan = session.scalars(
        select(Plan).join(PlanVersion).where(PlanVersion.public_id == version)
    ).one()
    yield Evidence(
        public_id=new_public_id(),
        plan_id=plan.id,
        topic="income",
        kind="employer_letter",
        pages=1,
        sha256="0" * 64,
        bytes=1,
        received_at=NOW,
        request_key=f"{version}-paper-{number}",
    )
    yield Contact(
        borrower_id=borrower.id,
        channel="sms",
        purpose="notice",
        institution="",
        person="",
        at=NOW,
        result="sent",
        words="",
    )
