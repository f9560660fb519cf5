"""One thing more is asked for in words, once; what does not come stops nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.models import AuditEntry, Evidence, EvidenceRequest, OutboxItem, PlanVersion
from app.services.cases.owners import CaseOwnedByAnother, MakerIsChecker, take_case
from app.services.core.policy import active_policy
from app.services.core.request_keys import KeyReused
from app.services.core.wording import BannedWords
from app.services.evidence.asking import (
    LONGEST_REQUEST,
    AskedBefore,
    RequestWordsNeeded,
    TopicNeeded,
    remind_of_documents,
    stop_waiting,
    stop_waiting_in_time,
)
from app.services.plans.steps import StateChanged
from app.services.proposals.submitting import withdraw_plan
from app.services.upkeep.invariants import CHECKS
from tests.support.acting import acting
from tests.support.cases import case_of, put
from tests.support.clock import NOW
from tests.support.evidence import WORDS, ask, give
from tests.support.proposals import actor_of, decide, make_staff


@pytest.fixture
def asking(session, vault, site, version, mei):
    def asking(**values):
        ask(session, vault, site, version, values.pop("staff", mei), **values)

    return asking


def state(session, version) -> str:
    session.rollback()
    return session.scalars(select(PlanVersion.state).where(PlanVersion.public_id == version)).one()


def test_asked_the_case_waits_for_papers_and_the_borrower_is_told(session, vault, asking, version):
    by = case_of(session, version).answer_by_on
    asking()
    asking()  # the same page sent twice
    assert state(session, version) == "needs_document"
    case = case_of(session, version)
    assert (case.waits_for, case.owner_staff_id, case.answer_by_on) == ("documents", None, by)
    one = session.scalars(select(EvidenceRequest)).one()
    assert WORDS.encode() not in one.words_enc
    told = session.scalars(
        select(OutboxItem.idempotency_key).where(
            OutboxItem.idempotency_key.startswith("document-asked:")
        )
    ).all()
    assert told == [f"document-asked:{one.public_id}"]
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert last.action == "plan.needs_document"
    assert [fault for check in ("I3", "I13") for fault in CHECKS[check](session)] == []


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"topic": ""}, TopicNeeded),
        ({"topic": "everything"}, TopicNeeded),
        ({"words": "  "}, RequestWordsNeeded),
        ({"words": "好" * (LONGEST_REQUEST + 1)}, RequestWordsNeeded),
        ({"words": "再不补就后果自负"}, BannedWords),
    ],
)
def test_what_is_asked_for_is_named_in_decent_words(session, asking, version, values, fault):
    with pytest.raises(fault):
        asking(**values)
    assert state(session, version) == "submitted"


def test_the_same_is_never_asked_for_twice(session, vault, site, version, mei, asking):
    asking()
    stop_waiting(session, acting(vault=vault, site=site, staff=mei), version_public_id=version)
    assert state(session, version) == "submitted"
    with pytest.raises(AskedBefore):
        asking(key="q2")
    asking(key="q3", topic="income_change")


def test_what_was_given_is_asked_for_only_where_it_cannot_be_made_out(
    session, vault, folder, borrower, version, asking
):
    give(session, vault, folder, borrower, version)
    with pytest.raises(AskedBefore):
        asking()
    session.execute(update(Evidence).values(verdict="unclear", judged_at=NOW))
    session.commit()
    asking()


def test_a_key_asks_for_one_thing(session, asking):
    asking()
    with pytest.raises(KeyReused):
        asking(topic="income_change")


def test_who_may_not_answer_does_not_ask(session, vault, version, asking, mei):
    take_case(session, acting(vault=vault, staff=mei), version_public_id=version)
    with pytest.raises(CaseOwnedByAnother):
        asking(staff=make_staff(session))
    author = session.scalars(select(PlanVersion.author_person)).one()
    session.rollback()
    with pytest.raises(MakerIsChecker):
        asking(staff=replace(mei, person_id=author))


@pytest.mark.parametrize("now", ["under_appeal", "approved", "refused", "withdrawn"])
def test_only_a_plan_that_waits_for_a_first_answer_is_asked_about(session, version, asking, now):
    put(session, version, now)
    with pytest.raises(StateChanged):
        asking()


def test_waiting_for_papers_it_can_be_withdrawn_and_not_answered(
    session, vault, site, version, asking, borrower, mei
):
    asking()
    with pytest.raises(StateChanged):
        decide(session, vault, site, version, mei, answer="refuse")
    withdraw_plan(
        session,
        acting(actor=actor_of(borrower), vault=vault, site=site),
        borrower_id=borrower.id,
        version_public_id=version,
    )
    assert state(session, version) == "withdrawn"


def test_what_does_not_come_is_reminded_of_once_and_then_a_person_goes_on(
    session, vault, site, version, asking
):
    clocks = active_policy(session)[1].clocks
    asking()

    def run(job, days):
        at = NOW + timedelta(days=days)
        return job(session, acting(now=at, vault=vault, site=site), limit=10)

    soon = clocks.document_days - clocks.document_notice_days
    assert [run(remind_of_documents, days) for days in (soon - 1, soon, soon + 1)] == [0, 1, 0]
    assert run(stop_waiting_in_time, clocks.document_days) == 0
    assert state(session, version) == "needs_document"
    assert run(stop_waiting_in_time, clocks.document_days + 1) == 1
    assert state(session, version) == "submitted"
    assert session.scalars(select(EvidenceRequest.ended_why)).one() == "late"
    assert case_of(session, version).waits_for == "us"
    assert run(stop_waiting_in_time, clocks.document_days + 2) == 0
    assert [fault for check in ("I3", "I9", "I13") for fault in CHECKS[check](session)] == []
