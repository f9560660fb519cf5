"""Asking, replying and answering at one moment: nobody waits for each other for ever, and the case
waits for whom its state and its thread say.
"""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.domain.errors import RuleBroken
from app.services.threads.answering import answer_thread
from app.services.threads.opening import _lock_borrower, add_message
from app.services.upkeep.invariants import check_invariants
from tests.factories import make_borrower, make_hold
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import give, make_staff, rehearsed, submitted
from tests.support.races import rounds, run_together
from tests.support.threads import actor_at_desk, actor_of, ask_change, handler

pytestmark = pytest.mark.race


def test_a_question_a_reply_and_an_answer_at_one_moment(database, vault, site):
    with database.sessions() as session:
        mei = handler(session)

    for round_number in rounds():
        with database.sessions() as session:
            borrower = make_borrower(session, vault)
            version = submitted(session, vault, site, borrower=borrower)
            thread = ask_change(session, vault, site, version, mei)
            decider = make_staff(session)
            answer = "approve" if round_number % 2 else "refuse"
            reply = rehearsed(session, vault, site, version, decider, answer=answer)
            session.refresh(borrower)  # the threads read it, and its session ends here

        def ask(own, version=version):
            ask_change(own, vault, site, version, mei)

        def write(own, thread=thread, borrower=borrower):
            add_message(
                own,
                acting(now=NOW, actor=actor_of(borrower), vault=vault),
                borrower_id=borrower.id,
                thread_public_id=thread,
                words="可以",
                request_key=str(uuid4()),
            )

        def say(own, thread=thread):
            answer_thread(
                own,
                acting(actor=actor_at_desk(mei), vault=vault, site=site, staff=mei),
                thread_public_id=thread,
                words="好的",
                request_key=str(uuid4()),
            )

        def decide(own, version=version, decider=decider, reply=reply):
            give(own, vault, site, version, decider, reply)

        def act(number, acts=(ask, write, say, decide, write, ask)):
            with database.sessions() as own:
                acts[number](own)

        results = run_together(act, threads=6)
        problems = [one for one in results if isinstance(one, Exception)]
        assert all(isinstance(one, RuleBroken) for one in problems), problems
    with database.sessions() as session:
        assert check_invariants(session, gateways=acting(vault=vault).gateways)[1] == ()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_who_writes_stops_no_row_that_only_names_the_borrower(database, vault):
    """Who signs holds the case and then names the borrower; who writes holds the borrower and then
    wants the case.
    """
    with database.sessions() as session:
        borrower = make_borrower(session, vault)
    with database.sessions() as writing, database.sessions() as signing:
        _lock_borrower(writing, borrower.id)
        signing.execute(text("SET LOCAL lock_timeout = '2s'"))
        make_hold(signing, borrower)
