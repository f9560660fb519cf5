"""A borrower writes to customer service, as on the page."""

from uuid import uuid4

from app.services.core.context import Actor, StaffMember
from app.services.threads.opening import Opening, add_message, open_thread
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.people import make_staff

WORDS = "利息这一项和合同上写的不一样，请帮我看看"


def actor_of(borrower) -> Actor:
    return Actor(f"borrower:{borrower.public_id}", "127.0.0.1")


def write(
    session, vault, borrower, *, about="figure_wrong", words=WORDS, version="", key=None, now=NOW
) -> str:
    """The thread's public id."""
    return open_thread(
        session,
        acting(now=now, actor=actor_of(borrower), vault=vault),
        borrower_id=borrower.id,
        opening=Opening(about, words, version),
        request_key=key or str(uuid4()),
    )


def add(session, vault, borrower, thread, *, words="补充一句", key=None, now=NOW) -> None:
    add_message(
        session,
        acting(now=now, actor=actor_of(borrower), vault=vault),
        borrower_id=borrower.id,
        thread_public_id=thread,
        words=words,
        request_key=key or str(uuid4()),
    )


def handler(session, *roles, username="mei", **overrides) -> StaffMember:
    """A member of staff who handles threads."""
    staff = make_staff(session, *(roles or ("agent",)), username=username, **overrides)
    return StaffMember(staff.id, staff.public_id, staff.person_id, frozenset(roles or ("agent",)))


def actor_at_desk(one: StaffMember) -> Actor:
    return Actor(one.author, "127.0.0.1")
