"""A borrower writes to customer service, as on the page."""

from uuid import uuid4

from app.services.core.context import Actor, StaffMember
from app.services.threads.answering import (
    acknowledge_thread,
    answer_thread,
    close_thread,
    release_thread,
    restart_clock,
    take_thread,
)
from app.services.threads.desk_queries import desk_thread
from app.services.threads.opening import (
    Opening,
    add_message,
    ask_review,
    open_thread,
    open_thread_by_staff,
)
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.people import make_staff

CHANGE = "每月再多还 200 元，期数就能少一半"
REPLY = "已经核对，这一项多算了 12 元，今天改好"
RECEIVED = "收到了，正在查，查清楚就答复您"
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


def review(
    session, vault, borrower, thread, *, words="不同意，请重新看", key=None, now=NOW
) -> None:
    ask_review(
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


def ask_change(session, vault, site, version, by: StaffMember, *, now=NOW) -> str:
    """The desk asks for a change of a proposal; the thread's public id."""
    return open_thread_by_staff(
        session,
        acting(now=now, actor=actor_at_desk(by), vault=vault, site=site, staff=by),
        version_public_id=version,
        words=CHANGE,
        request_key=str(uuid4()),
    )


def actor_at_desk(one: StaffMember) -> Actor:
    return Actor(one.author, "127.0.0.1")


class Desk:
    """What a member of staff does, in the words of the page."""

    def __init__(self, session, vault, site):
        self.session, self.vault, self.site = session, vault, site

    def take(self, thread, who, now=NOW):
        take_thread(
            self.session,
            acting(now=now, actor=actor_at_desk(who), staff=who),
            thread_public_id=thread,
        )

    def release(self, thread, who, *, aside=False, now=NOW):
        release_thread(
            self.session,
            acting(now=now, actor=actor_at_desk(who), staff=who),
            thread_public_id=thread,
            stands_aside=aside,
        )

    def answer(self, thread, who, *, words=REPLY, key="k", now=NOW):
        answer_thread(
            self.session,
            acting(now=now, actor=actor_at_desk(who), vault=self.vault, site=self.site, staff=who),
            thread_public_id=thread,
            words=words,
            request_key=key,
        )

    def acknowledge(self, thread, who, *, words=RECEIVED, key="k", now=NOW):
        acknowledge_thread(
            self.session,
            acting(now=now, actor=actor_at_desk(who), vault=self.vault, site=self.site, staff=who),
            thread_public_id=thread,
            words=words,
            request_key=key,
        )

    def restart(self, thread, who, now=NOW):
        restart_clock(
            self.session,
            acting(now=now, actor=actor_at_desk(who), staff=who),
            thread_public_id=thread,
        )

    def close(self, thread, who, now=NOW):
        close_thread(
            self.session,
            acting(now=now, actor=actor_at_desk(who), staff=who),
            thread_public_id=thread,
        )

    def page(self, thread, who, now=NOW):
        return desk_thread(
            self.session,
            acting(now=now, vault=self.vault, site=self.site, staff=who),
            public_id=thread,
        )
