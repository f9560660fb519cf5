"""Pictures of transfers for tests: sent for a signed plan, read and answered by finance."""

from datetime import date

from app.services.core.context import StaffMember
from app.services.evidence.proofs import SentProof, send_proof
from tests.support.clock import NOW
from tests.support.evidence import evidence_context
from tests.support.money import plan_of
from tests.support.people import make_staff

DAY = NOW.date()
PICTURE = b"\xff\xd8 a picture of a transfer \xff\xd9"


def sent(**values) -> SentProof:
    given = {"fen": 94_344, "paid_on": DAY, "content": PICTURE, "has_consented": True}
    return SentProof(**(given | values))


def send(session, vault, folder, agreement, *, now=NOW, borrower_id=None, **values) -> str:
    """Send one as the borrower of an agreement does; its public id."""
    owner = borrower_id or plan_of(session, agreement).borrower_id
    session.rollback()
    context = evidence_context(vault, folder, now=now)
    return send_proof(session, context, borrower_id=owner, agreement=agreement, sent=sent(**values))


def financier(session, username="finance-1") -> StaffMember:
    """Somebody of finance."""
    staff = make_staff(session, "finance", username=username)
    session.commit()
    return StaffMember(staff.id, staff.public_id, staff.person_id, frozenset({"finance"}))


def desk(vault, folder, member, *, now=NOW):
    """What finance acts in."""
    return evidence_context(vault, folder, staff=member, now=now)


def days_before(count: int) -> date:
    """A day before today."""
    return date.fromordinal(DAY.toordinal() - count)
