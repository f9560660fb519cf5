"""A counter-offer is written: within the author's authority it lies with its borrower at once, else
it waits; at most one, never one's own, never what was not shown.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.domain.allocation import Components
from app.domain.kinds.stating import WaiverOutside
from app.domain.plan_terms import read_terms
from app.models import Hold, OutboxItem, PlanDraft, PlanPart, PlanVersion, Verdict, VersionWords
from app.services.cases.notes import hand_up_case
from app.services.cases.owners import CaseOwnedByAnother, HandedUp, MakerIsChecker, take_case
from app.services.cases.steps import PreviewChanged
from app.services.core.request_keys import KeyReused
from app.services.core.wording import BannedWords
from app.services.counters.basis import NothingToCounter
from app.services.counters.steps import CounterWordsNeeded
from app.services.counters.wishes import OwnRateOutside, PeriodsNeeded
from app.services.counters.writing import (
    CounterText,
    CounterWaiting,
    NothingDiffers,
    write_counter,
)
from app.services.plans.words_queries import words_of_versions
from app.services.proposals.submitting import withdraw_plan
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.counters import (
    TEXT,
    at_desk,
    broken,
    counter,
    owner_of,
    shown,
    version_of,
    wish,
)
from tests.support.proposals import (
    actor_of,
    answered,
    approved_at_once,
    make_staff,
    submit,
    submitted,
)

BEYOND = {"rate": "zero"}
PRINCIPAL = {"waived": Components(0, 33_29, 0, 100_00)}


def test_within_the_authors_authority_it_lies_with_the_borrower_at_once(session, vault, site):
    parent = submitted(session, vault, site)
    agent = make_staff(session)
    made = version_of(session, counter(session, vault, site, parent, agent))
    before = version_of(session, parent)
    assert (before.state, made.state) == ("superseded", "countered")
    assert (made.parent_id, made.number) == (before.id, 2)
    assert (made.author_kind, made.author_person) == ("lender", agent.person_id)
    assert (made.released_by, made.releases_needed) == (agent.person_id, 0)
    assert made.sealed_at
    assert made.valid_until_at.date() == date(2026, 11, 30)
    terms = read_terms(made.terms)
    assert (terms.periods, terms.waived_fen, terms.start_on) == (10, 33_29, date(2026, 11, 23))
    case = case_of(session, parent)
    assert (case.waits_for, case.owner_staff_id, case.answer_by_on) == ("borrower", None, None)
    assert broken(session, vault) == set()


def test_version_is_whole_with_parts_verdict_and_sealed_words(session, vault, site):
    parent = submitted(session, vault, site)
    made = version_of(session, counter(session, vault, site, parent, make_staff(session)))
    parts = session.scalars(select(PlanPart).where(PlanPart.version_id == made.id)).all()
    assert sum(one.fen for one in parts) == made.total_fen
    assert sum(one.waived_fen for one in parts) == 33_29
    assert session.scalars(select(Verdict).where(Verdict.version_id == made.id)).all()
    stored = session.scalars(select(VersionWords).where(VersionWords.version_id == made.id)).all()
    assert {one.kind for one in stored} == {"borrower", "summary"}
    assert not any(TEXT.words.encode() in one.words_enc for one in stored)
    told = words_of_versions(session, acting(vault=vault), ids=[made.id])
    assert told[made.id, "borrower"] == TEXT.words


def test_one_neutral_message_goes_and_the_hold_goes_on(session, vault, site):
    parent = submitted(session, vault, site)
    holds = session.scalars(select(Hold.id)).all()
    agent = make_staff(session)
    seen = shown(session, vault, site, parent, agent)
    made = counter(session, vault, site, parent, agent)
    keys = session.scalars(select(OutboxItem.idempotency_key)).all()
    assert keys.count(f"plan-countered:{made}") == 1
    assert "新的建议" in seen.sms
    assert "11月30日" in seen.sms
    assert session.scalars(select(Hold.id).where(Hold.until_at.is_(None))).all() == holds


def test_beyond_it_the_version_stands_and_the_borrower_sees_nothing(session, vault, site):
    parent = submitted(session, vault, site)
    made = version_of(session, counter(session, vault, site, parent, make_staff(session), **BEYOND))
    assert (made.state, made.releases_needed, made.submitted_at) == ("draft", 1, None)
    assert version_of(session, parent).state == "submitted"
    case = case_of(session, parent)
    # the clock runs on: it is still ours
    assert (case.waits_for, case.answer_by_on is None) == ("second_person", False)
    assert f"plan-countered:{made.public_id}" not in session.scalars(
        select(OutboxItem.idempotency_key)
    )
    assert broken(session, vault) == set()


@pytest.mark.parametrize(
    ("roles", "given", "others"),
    [
        (("agent",), {}, 0),
        (("supervisor",), BEYOND, 0),
        (("agent",), BEYOND, 1),
        (("supervisor",), PRINCIPAL, 1),
        (("agent",), PRINCIPAL, 2),
    ],
)
def test_how_many_others_have_to_release_it(session, vault, site, roles, given, others):
    parent = submitted(session, vault, site)
    author = make_staff(session, roles=roles)
    made = version_of(session, counter(session, vault, site, parent, author, **given))
    assert made.releases_needed == others
    assert made.state == ("draft" if others else "countered")


def test_nothing_is_written_that_was_not_shown(session, vault, site):
    parent = submitted(session, vault, site)
    agent = make_staff(session)
    seen = shown(session, vault, site, parent, agent)
    context = at_desk(vault, site, agent)
    for given, text in (
        (wish(periods=11), TEXT),
        (wish(), replace(TEXT, words="换了一句话。")),
        (wish(**BEYOND), TEXT),
    ):
        with pytest.raises(PreviewChanged):
            write_counter(
                session,
                context,
                version_public_id=parent,
                wish=given,
                text=text,
                shown_sha256=seen.sha256,
                request_key="-",
            )
    assert version_of(session, parent).state == "submitted"


def test_looking_at_it_leaves_nothing_behind(session, vault, site):
    parent = submitted(session, vault, site)
    agent = make_staff(session)
    counted = len(session.scalars(select(PlanVersion.id)).all())
    page = shown(session, vault, site, parent, agent, **BEYOND)
    assert (page.page.state, page.releases_needed) == ("countered", 1)
    assert len(session.scalars(select(PlanVersion.id)).all()) == counted
    assert case_of(session, parent).owner_staff_id is None
    assert broken(session, vault) == set()


def test_the_same_key_writes_once_and_another_content_is_refused(session, vault, site):
    parent = submitted(session, vault, site)
    agent = make_staff(session)
    first = counter(session, vault, site, parent, agent, key="k")
    again = {
        "version_public_id": parent,
        "wish": wish(),
        "text": TEXT,
        "shown_sha256": "-",
        "request_key": "k",
    }
    context = at_desk(vault, site, agent)
    assert write_counter(session, context, **again) == first
    with pytest.raises(KeyReused):
        write_counter(session, context, **again | {"wish": wish(periods=12)})


def test_one_counter_offer_waits_at_a_time(session, vault, site):
    parent = submitted(session, vault, site)
    agent = make_staff(session)
    counter(session, vault, site, parent, agent, **BEYOND)
    with pytest.raises(CounterWaiting):
        shown(session, vault, site, parent, agent)


def test_staff_put_another_in_the_place_of_what_lies_with_the_borrower(session, vault, site):
    parent = submitted(session, vault, site)
    first = counter(session, vault, site, parent, make_staff(session))
    second = counter(session, vault, site, first, make_staff(session), periods=12)
    assert version_of(session, first).state == "superseded"
    made = version_of(session, second)
    assert (made.state, made.number) == ("countered", 3)
    assert broken(session, vault) == set()


def test_what_waits_for_a_version_that_is_gone_is_never_put_forward(session, vault, site):
    parent = submitted(session, vault, site)
    agent = make_staff(session)
    first = counter(session, vault, site, parent, agent)
    waiting = counter(session, vault, site, first, make_staff(session), **BEYOND)
    borrower_withdraws(session, vault, site, first)
    assert version_of(session, waiting).state == "draft"
    assert broken(session, vault) == set()


def borrower_withdraws(session, vault, site, version):
    borrower = owner_of(session, version)
    withdraw_plan(
        session,
        acting(actor=actor_of(borrower), vault=vault, site=site),
        borrower_id=borrower.id,
        version_public_id=version,
    )


@pytest.mark.parametrize("end", ["approved", "withdrawn"])
def test_only_what_waits_is_countered(session, vault, site, end):
    if end == "approved":
        parent = approved_at_once(session, vault, site)
    else:
        parent = submitted(session, vault, site)
        borrower_withdraws(session, vault, site, parent)
    with pytest.raises(NothingToCounter):
        shown(session, vault, site, parent, make_staff(session))


def test_a_colleagues_case_and_one_handed_up_are_theirs(session, vault, site):
    parent = submitted(session, vault, site)
    owner, other = make_staff(session), make_staff(session)
    take_case(session, at_desk(vault, site, owner), version_public_id=parent)
    with pytest.raises(CaseOwnedByAnother):
        shown(session, vault, site, parent, other)
    hand_up_case(
        session,
        at_desk(vault, site, owner),
        version_public_id=parent,
        words="请主管看",
        request_key="up",
    )
    with pytest.raises(HandedUp):
        shown(session, vault, site, parent, other)
    # a case handed up is answered by the supervisor as its author
    supervisor = make_staff(session, roles=("supervisor",))
    made = version_of(session, counter(session, vault, site, parent, supervisor, **BEYOND))
    assert (made.state, made.author_person) == ("countered", supervisor.person_id)


def test_who_entered_the_proposal_writes_none(session, vault, site):
    agent = make_staff(session)
    proposed = answered(session, vault, disputed=True)
    session.execute(update(PlanDraft).values(entered_by=agent.person_id))
    session.commit()
    parent = submit(session, vault, site, proposed)
    with pytest.raises(MakerIsChecker):
        shown(session, vault, site, parent, agent)


def test_the_very_terms_are_an_approval_and_no_counter_offer(session, vault, site):
    parent = submitted(session, vault, site)
    same = {"periods": 8, "waived": Components(0, 9_99)}
    with pytest.raises(NothingDiffers):
        shown(session, vault, site, parent, make_staff(session), **same)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"waived": Components(0, 33_30)}, WaiverOutside),
        ({"waived": Components(0, 9_98)}, WaiverOutside),
        ({"rate": "own", "own_ppm": 156_001}, OwnRateOutside),
        ({"periods": None}, PeriodsNeeded),
    ],
)
def test_what_the_rules_refuse_is_refused(session, vault, site, given, refusal):
    parent = submitted(session, vault, site)
    with pytest.raises(refusal):
        shown(session, vault, site, parent, make_staff(session), **given)


@pytest.mark.parametrize(
    ("text", "given", "refusal"),
    [
        (CounterText(" "), {}, CounterWordsNeeded),
        (CounterText("长" * 501), {}, CounterWordsNeeded),
        (CounterText("您这个老赖"), {}, BannedWords),
        (CounterText("好", ""), BEYOND, CounterWordsNeeded),
    ],
)
def test_it_comes_with_words_and_beyond_authority_with_a_summary(
    session, vault, site, text, given, refusal
):
    parent = submitted(session, vault, site)
    with pytest.raises(refusal):
        shown(session, vault, site, parent, make_staff(session), text=text, **given)


def test_what_was_told_in_confidence_goes_along(session, vault, site):
    parent = submitted(session, vault, site)
    made = version_of(session, counter(session, vault, site, parent, make_staff(session)))
    before = version_of(session, parent)
    assert (made.hardship_enc is None) == (before.hardship_enc is None)
    assert made.hardship_enc != before.hardship_enc or made.hardship_enc is None


def test_a_counter_of_a_later_day_starts_on_its_own_day_without_accruing(session, vault, site):
    parent = submitted(session, vault, site)
    later = NOW + timedelta(days=2)
    made = version_of(
        session, counter(session, vault, site, parent, make_staff(session), now=later)
    )
    before = version_of(session, parent)
    mine, theirs = read_terms(made.terms), read_terms(before.terms)
    assert (mine.start_on, mine.owed) == (theirs.start_on + timedelta(days=2), theirs.owed)
    assert made.start_on == date(2026, 11, 25)
