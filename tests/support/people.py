"""Signed-in people, without walking through sign-in each time."""

from sqlalchemy import select

from app.models import Borrower, Consent, Staff, StaffRole
from app.services.signin.legal_documents import current_documents
from app.services.signin.sessions import start_session
from tests.support.acting import acting
from tests.support.clock import NOW

TOKEN = "_user_id"  # where the cookie has it


def make_staff(session, *roles, username="mei", **overrides):
    values = {
        "username": username,
        "display_name": "客服 2073",
        "person_id": f"person-{username}",
        "password_hash": "x",
        "created_at": NOW,
    }
    staff = Staff(**(values | overrides))
    session.add(staff)
    session.flush()
    session.add_all(StaffRole(staff_id=staff.id, role=role, from_at=NOW) for role in roles)
    session.commit()
    return staff


def sign_in_as(client, session, borrower: Borrower, *, now=NOW):
    """Make the client carry a session of a borrower who has agreed to the documents."""
    agreed = set(
        session.scalars(select(Consent.document).where(Consent.borrower_id == borrower.id))
    )
    session.add_all(
        Consent(
            borrower_id=borrower.id,
            document=one.name,
            version=one.version,
            sha256=one.sha256,
            given_at=now,
            from_where="-",
        )
        for one in current_documents()
        if one.name not in agreed
    )
    return _carry(client, session, borrower_id=borrower.id, now=now)


def sign_in_staff(client, session, staff: Staff, *, now=NOW):
    return _carry(client, session, staff_id=staff.id, now=now)


def _carry(client, session, *, now, **who):
    token = start_session(session, acting(now=now), **who)
    session.commit()
    with client.session_transaction() as cookie:
        cookie[TOKEN] = token
    return client


def token_carried(client) -> str:
    with client.session_transaction() as cookie:
        return cookie[TOKEN]
