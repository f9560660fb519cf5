"""A signature against a changed mobile: once the change stands nothing is signed."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from app.config import Settings
from app.models import AuditEntry, Borrower, MobileChange, OutboxItem
from app.services.agreements.basis import MobileSettling
from app.services.identity import changing
from app.wiring import make_gateways
from tests.factories import make_borrower, make_loan
from tests.services.agreements.test_signing_races import again
from tests.support.acting import acting
from tests.support.callers import Phone, entered
from tests.support.clock import NOW
from tests.support.installation import KEYS
from tests.support.proposals import make_staff
from tests.support.races import rounds, run_together
from tests.support.signing import approved, ask, plain, read_by, sign

LATER = NOW + timedelta(minutes=1)

pytestmark = pytest.mark.race


@pytest.fixture
def gateways(tmp_path):
    return plain(
        make_gateways(Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance"), **KEYS}))
    )


def entered_again(database, change, numbers):
    """The change waits once more, and the borrower has the old number."""
    with database.sessions() as session:
        fresh = {"state": "entered", "confirmed_by": None, "confirmed_person": None}
        session.execute(update(MobileChange).values(**fresh, confirmed_at=None, changed=[]))
        session.execute(update(Borrower).values(**numbers, mobile_stands=False))
        session.execute(delete(OutboxItem).where(OutboxItem.purpose == "security"))
        session.commit()


def test_a_signature_comes_before_the_change_or_not_at_all(database, gateways, site):
    with database.sessions() as session:
        borrower = make_borrower(session, gateways.vault)
        loan = make_loan(session, borrower)
        version = approved(session, gateways, site, borrower=borrower, loan=loan)
        asked = ask(session, gateways, site, read_by(session, gateways, site, version, borrower))
        phone = Phone(session, gateways.vault, site, borrower, make_staff(session))
        change, colleague = entered(phone), make_staff(session)
        numbers = {
            name: getattr(borrower, name)
            for name in ("mobile_enc", "mobile_hmac", "mobile_last4_hmac")
        }
        session.rollback()
    ends = set()
    for _ in rounds():

        def act(thread):
            with database.sessions() as own:
                if thread:
                    return sign(own, gateways, site, asked, now=LATER)
                context = acting(now=LATER, vault=gateways.vault, site=site, staff=colleague)
                return changing.confirm_mobile(own, context, change_public_id=change)

        done, signed = run_together(act, threads=2)
        assert done is None
        with database.sessions() as session:
            at = {
                action: session.scalar(
                    select(func.max(AuditEntry.seq)).where(AuditEntry.action == action)
                )
                for action in ("plan.signed", "mobile.confirmed")
            }
        if isinstance(signed, Exception):
            assert isinstance(signed, MobileSettling)
        else:
            assert at["plan.signed"] < at["mobile.confirmed"]
        ends.add(type(signed).__name__)
        again(database, asked.version)
        entered_again(database, change, numbers)
    assert ends <= {"str", "MobileSettling"}
