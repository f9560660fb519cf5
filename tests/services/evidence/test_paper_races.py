"""A paper against the answer to its plan: it comes before the answer, or not at all and nothing of
it is kept; one form sent many times is one paper.
"""

import time

import pytest
from sqlalchemy import select

from app.models import AuditEntry, Evidence, Plan, PlanVersion
from app.services.plans.steps import StateChanged
from tests.factories import make_borrower
from tests.support.evidence import give, stored
from tests.support.proposals import give as give_answer
from tests.support.proposals import make_staff, rehearsed, submitted
from tests.support.races import race_rounds, rounds, run_together

THREADS = 8
STEP_SECONDS = 0.005

pytestmark = pytest.mark.race


def rows_of(session, version: str) -> list[Evidence]:
    query = select(Evidence).join(Plan, Plan.id == Evidence.plan_id).join(PlanVersion)
    return list(session.scalars(query.where(PlanVersion.public_id == version)))


def actions_of(session, version: str) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.object_id == version)
    return list(session.scalars(query.order_by(AuditEntry.seq)))


def test_papers_against_an_answer_come_before_it_or_not_at_all(database, vault, site, tmp_path):
    for number in rounds():
        answer, folder = ("refuse", "approve")[number % 2], tmp_path / str(number)
        with database.sessions() as session:
            borrower = make_borrower(session, vault)
            version = submitted(session, vault, site, borrower=borrower)
            decider = make_staff(session, roles=("supervisor",))
            reply = rehearsed(session, vault, site, version, decider, answer=answer)
            session.refresh(borrower)

        def upload(own, thread, borrower=borrower, version=version, folder=folder):
            # Each a little later than the one before: some come while the answer is under way.
            time.sleep(thread * STEP_SECONDS)
            return give(own, vault, folder, borrower, version, content=b"%d" % thread)

        def decide(own, version=version, decider=decider, reply=reply):
            give_answer(own, vault, site, version, decider, reply)

        def act(thread, upload=upload, decide=decide):
            with database.sessions() as own:
                return upload(own, thread) if thread else decide(own)

        decided, *papers = run_together(act, threads=THREADS)
        assert decided is None
        kept = [one for one in papers if isinstance(one, str)]
        refused = [one for one in papers if isinstance(one, StateChanged)]
        assert len(kept) + len(refused) == len(papers), papers
        with database.sessions() as session:
            assert {one.public_id for one in rows_of(session, version)} == set(kept)
            end = "plan.refused" if answer == "refuse" else "plan.approved"
            told = ["plan.submitted", *(["evidence.added"] * len(kept)), "case.taken", end]
            assert actions_of(session, version) == told
        assert len(stored(folder)) == 2 * len(kept)


def test_one_form_sent_many_times_is_one_paper(database, vault, site, tmp_path):
    for number in range(race_rounds() // 5):
        with database.sessions() as session:
            borrower = make_borrower(session, vault)
            version = submitted(session, vault, site, borrower=borrower)
        folder = tmp_path / str(number)

        def act(_thread, borrower=borrower, version=version, folder=folder):
            with database.sessions() as own:
                return give(own, vault, folder, borrower, version)

        papers = run_together(act, threads=THREADS)
        assert len(set(papers)) == 1, papers
        with database.sessions() as session:
            assert [one.public_id for one in rows_of(session, version)] == papers[:1]
        assert len(stored(folder)) == 2
