"""Reasons, their words and lists of things to show are part of a version: drafted, compared,
activated by a second person; a plan keeps those of the version that judged it.
"""

import pytest
from sqlalchemy import select

from app.domain.policy_checks import Contradictory
from app.domain.policy_texts import AnswerReason
from app.models import AuditEntry
from app.services.cases.queries import case_of
from app.services.cases.steps import ReasonNeeded
from app.services.core.wording import BannedWords
from app.services.evidence.queries import borrower_papers
from app.services.plans.status_queries import plan_status
from app.services.policies import drafting
from app.services.policies.drafting import SameAsBefore
from app.services.policies.queries import draft_view, version_rows
from app.services.upkeep.attested import unattested_rows
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.policies import activate, edited, texts_with
from tests.support.proposals import actor_of, decide, make_staff, submitted

OTHER = "每月的数太少，还清要很久"
OWN = AnswerReason("own_1", "refuse", "材料还没有看到")
LISTS = {"any": ("situation", "debts")}


@pytest.fixture
def borrower(session, vault):
    return make_borrower(session, vault)


def status(session, vault, borrower, version):
    context = acting(vault=vault, actor=actor_of(borrower))
    found = plan_status(session, context, borrower_id=borrower.id, version_public_id=version)
    session.rollback()
    return found


def test_a_refusal_keeps_the_words_of_the_version_that_judged_the_plan(
    session, vault, site, borrower, wu, chen
):
    version = submitted(session, vault, site, borrower=borrower)
    decide(session, vault, site, version, make_staff(session), answer="refuse")
    before = status(session, vault, borrower, version).reason
    texts = texts_with(session, words={"amount_too_low": OTHER})
    activate(session, chen, edited(session, wu, hand_in=0, texts=texts))
    assert status(session, vault, borrower, version).reason == before != OTHER

    later = submitted(session, vault, site, borrower=borrower)
    decide(session, vault, site, later, make_staff(session), answer="refuse")
    assert status(session, vault, borrower, later).reason == OTHER
    case = case_of(session, acting(vault=vault, staff=make_staff(session)), version_public_id=later)
    assert case.answered.reason == OTHER


def test_reasons_are_those_of_the_version_that_judges_the_plan(
    session, vault, site, borrower, wu, chen
):
    earlier = submitted(session, vault, site, borrower=borrower)
    texts = texts_with(session, retired=["amount_too_low"], added=[OWN])
    activate(session, chen, edited(session, wu, hand_in=0, texts=texts))
    later = submitted(session, vault, site)
    staff = make_staff(session)

    def offered(version):
        found = case_of(session, acting(vault=vault, staff=staff), version_public_id=version)
        session.rollback()
        return {one.code for one in found.reasons}

    assert offered(earlier) - offered(later) == {"amount_too_low"}
    assert offered(later) - offered(earlier) == {"own_1"}
    with pytest.raises(ReasonNeeded):
        decide(session, vault, site, later, staff, answer="refuse", reason="amount_too_low")
    with pytest.raises(ReasonNeeded):
        decide(session, vault, site, earlier, staff, answer="refuse", reason="own_1")
    decide(session, vault, site, earlier, staff, answer="refuse", reason="amount_too_low")
    decide(session, vault, site, later, staff, answer="refuse", reason="own_1")


def test_what_may_be_shown_is_listed_by_the_version_that_judges_the_plan(
    session, vault, site, borrower, wu, chen
):
    version = submitted(session, vault, site, borrower=borrower)
    activate(session, chen, edited(session, wu, hand_in=0, texts=texts_with(session, lists=LISTS)))
    other = make_borrower(session, vault)
    later = submitted(session, vault, site, borrower=other)

    def listed(of, who):
        found = borrower_papers(
            session, acting(vault=vault), borrower_id=who.id, version_public_id=of
        )
        return [one.topic.code for one in found.topics]

    assert listed(version, borrower) == ["situation", "income"]
    assert listed(later, other) == ["situation", "debts"]


def test_a_draft_shows_what_is_said_otherwise_and_so_does_the_version(session, wu, chen):
    texts = texts_with(session, words={"amount_too_low": OTHER}, lists=LISTS)
    draft = edited(session, wu, texts=texts)
    view = draft_view(session, acting(staff=wu), public_id=draft.public_id)
    names = [(one.kind, one.name) for one in view.said]
    assert names == [("reason", "amount_too_low"), ("checklist", "any")]
    assert view.changed == ()
    session.rollback()
    activate(session, chen, edited(session, wu, hand_in=0, texts=texts))
    latest, *_before = version_rows(session, acting(staff=wu))
    assert latest.said == view.said


def test_it_is_on_record_and_attested(session, wu, chen):
    texts = texts_with(session, words={"amount_too_low": OTHER})
    activate(session, chen, edited(session, wu, hand_in=0, texts=texts))
    query = select(AuditEntry).where(AuditEntry.object_kind == "policy").order_by(AuditEntry.seq)
    edits = [one for one in session.scalars(query) if one.action == "policy.handed"]
    assert edits[0].after["reason:amount_too_low"] == [OTHER]
    entry = session.scalars(query.where(AuditEntry.action == "policy.activated")).one()
    assert entry.after["texts"]["reason:amount_too_low"][1] == [OTHER]
    assert list(unattested_rows(session)) == []


def test_numbers_alone_leave_the_texts_as_they_were(session, wu, chen):
    texts = texts_with(session, words={"amount_too_low": OTHER})
    activate(session, chen, edited(session, wu, hand_in=0, texts=texts))
    activate(session, chen, edited(session, wu, hand_in=0, grace_days=5))
    latest, *_before = version_rows(session, acting(staff=wu))
    assert latest.said == ()
    assert texts_with(session) == texts


def test_only_texts_make_a_version_and_none_makes_none(session, wu):
    with pytest.raises(SameAsBefore):
        edited(session, wu, hand_in=0)
    edited(session, wu, hand_in=0, texts=texts_with(session, lists=LISTS))


def test_what_contradicts_is_not_handed_over(session, wu):
    texts = texts_with(session, words={"amount_too_low": ""})
    with pytest.raises(Contradictory):
        edited(session, wu, hand_in=0, texts=texts)
    # kept as a draft it may be unfinished
    edited(session, wu, texts=texts)


def test_words_no_borrower_may_read_are_not_kept(session, wu):
    with pytest.raises(BannedWords):
        edited(session, wu, texts=texts_with(session, words={"amount_too_low": "老赖"}))
    drafting.drop_draft(
        session, acting(staff=wu), public_id=drafting.begin_draft(session, acting(staff=wu))
    )
