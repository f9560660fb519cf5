"""Steps of a random walk: staff ask for a change, and both sides write and end what is asked."""

from sqlalchemy import select

from app.models import Thread
from app.services.threads.answering import answer_thread, close_thread
from app.services.threads.opening import add_message, end_thread
from tests.support.acting import acting
from tests.support.proposals import actor_of
from tests.support.threads import ask_change


class Talks:
    """What is said about a proposal, for a walk with dice, a clock, borrowers and staff."""

    def ask(self, session):
        """For a change; whatever the state: a page may be old."""
        if found := self.a_version("submitted", "under_appeal"):
            ask_change(
                session,
                self.vault,
                self.site,
                found[1],
                self.dice.choice(self.staff),
                now=self.now,
            )

    def talk(self, session):
        """In a thread about a change: the borrower writes or ends it, or its owner does."""
        found = session.execute(
            select(Thread.public_id, Thread.borrower_id, Thread.owner).order_by(Thread.id)
        ).all()
        session.rollback()
        if not found:
            return
        thread, borrower_id, owner = self.dice.choice(found)
        borrower = next(one for one in self.borrowers if one.id == borrower_id)
        theirs = acting(now=self.now, actor=actor_of(borrower), vault=self.vault)
        handler = next(one for one in self.staff if one.public_id == owner)
        ours = acting(now=self.now, staff=handler, vault=self.vault, site=self.site)
        it, mine = {"thread_public_id": thread}, {"borrower_id": borrower_id}
        said = {"words": "好的", "request_key": self.key()}
        self.dice.choice(
            (
                lambda: add_message(session, theirs, **it, **mine, **said),
                lambda: end_thread(session, theirs, **it, **mine),
                lambda: answer_thread(session, ours, **it, **said),
                lambda: close_thread(session, ours, **it),
            )
        )()
