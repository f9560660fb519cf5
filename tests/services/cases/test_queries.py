"""One case as its page shows it: who and what, whom it waits for, whose it is, what an answer would
mean, and what only those who decide may read.
"""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from app.domain.budget import Budget
from app.domain.errors import NotFound
from app.domain.plan_terms import NOT_MOVED
from app.models import PlanDraft, PlanVersion
from app.services.cases.owners import take_case
from app.services.cases.queries import case_of
from app.services.hardship.records import Hardship, seal_hardship
from tests.support.acting import acting
from tests.support.appeals import WORDS, appeal, refused
from tests.support.cases import put
from tests.support.clock import NOW
from tests.support.proposals import answered, decide, make_staff, submit, submitted
from tests.support.threads import add, ask_change, handler, write

DAY = timedelta(days=1)


@pytest.fixture
def version(session, vault, site, borrower, loan) -> str:
    return submitted(session, vault, site, borrower=borrower, loan=loan)


@pytest.fixture
def see(session, vault):
    def look(version, who=None, now=NOW):
        context = acting(now=now, vault=vault, staff=who or make_staff(session))
        return case_of(session, context, version_public_id=version)

    return look


def change(session, version, **values):
    of_version = update(PlanVersion).where(PlanVersion.public_id == version)
    session.execute(of_version.values(**values))
    session.commit()


def test_it_tells_who_proposes_what_and_what_policy_says(see, version, loan):
    case = see(version)
    assert (case.public_id, case.state, case.submitted_at) == (version, "submitted", NOW)
    assert [one.loan.public_id for one in case.planned] == [loan.public_id]
    assert case.terms.total_fen > case.planned[0].loan.owed.payoff_fen
    assert {one.held for one in case.rules} == {True, False}
    assert {one.answer for one in case.reasons} == {"approve", "refuse"}
    assert [one.what for one in case.history] == ["plan.submitted"]


def test_our_clock_counts_down_and_below(see, version):
    case = see(version)
    assert (case.waits_since_at, case.waits_days) == (NOW, 0)
    assert (case.answer_by_on, case.days_left) == (date(2026, 12, 2), 9)
    later = see(version, now=NOW + 11 * DAY)
    assert (later.answer_by_on, later.days_left, later.waits_days) == (date(2026, 12, 2), -2, 11)


def test_it_tells_that_the_borrower_was_asked_and_what_is_left_then(
    see, session, vault, site, borrower, version
):
    assert (see(version).waits_for, see(version).is_asked) == ("us", False)
    thread = ask_change(session, vault, site, version, handler(session), now=NOW + DAY)
    case = see(version, now=NOW + 3 * DAY)
    assert (case.waits_for, case.is_asked) == ("borrower", True)
    assert (case.waits_since_at, case.days_after_reply) == (NOW + DAY, 6)
    assert [(one.public_id, one.state) for one in case.threads] == [(thread, "answered")]
    add(session, vault, borrower, thread, now=NOW + 4 * DAY)
    case = see(version, now=NOW + 4 * DAY)
    assert (case.waits_for, case.is_asked, case.days_after_reply) == ("us", False, 0)
    assert case.answer_by_on == date(2026, 12, 7)


def test_an_appeal_waits_for_a_second_person_with_a_clock_of_its_own(see, session, vault, site):
    mei = make_staff(session)
    borrower, version = refused(session, vault, site, decider=mei)
    appeal(session, vault, borrower, version, now=NOW + 10 * DAY)
    case = see(version, now=NOW + 10 * DAY)
    assert (case.waits_for, case.answer_by_on) == ("second_person", date(2026, 12, 14))
    assert (case.appeal.words, case.is_refuser) == (WORDS, False)
    assert see(version, mei).is_refuser


def test_an_answer_is_told_with_the_day_that_was_promised(see, session, vault, site, version):
    decide(session, vault, site, version, make_staff(session, display_name="李静"))
    case = see(version)
    assert (case.answered.answer, case.answered.by, case.answered.at) == ("approve", "李静", NOW)
    assert (case.waits_for, case.answer_by_on) == ("borrower", date(2026, 12, 2))


def test_whose_it_is_and_since_when(see, session, version):
    mei = make_staff(session, display_name="李静")
    assert see(version).ownership.is_free
    take_case(session, acting(staff=mei), version_public_id=version)
    own = see(version, mei).ownership
    assert (own.owner, own.since_at, own.is_mine, own.is_free) == ("李静", NOW, True, False)
    assert not see(version).ownership.is_mine


def test_what_answers_would_mean_today(see, version):
    means = see(version).meaning
    assert (means.valid_until_on, means.first_on) == (date(2026, 11, 30), date(2026, 12, 10))
    assert means.moved == NOT_MOVED
    assert (means.hold_until_on, means.appeal_until_on) == (date(2026, 11, 26), date(2026, 12, 23))


def test_what_was_told_in_confidence_is_for_those_who_decide(see, session, vault, site, version):
    told = Hardship("income_fell", budget=Budget.of_sums(500_000, 300_000))
    sealed = seal_hardship(told, vault=vault, table="plan_versions", row=version)
    change(session, version, hardship_enc=sealed)
    case = see(version)
    assert (case.told.hardship.reason, case.fit.surplus_fen) == ("income_fell", 200_000)
    case = see(version, make_staff(session, roles=("compliance",)))
    assert (case.told, case.fit, case.appeal) == (None, None, None)


def test_who_filled_it_in_for_the_borrower_is_named_and_told_it_is_theirs(
    see, session, vault, site, version
):
    assert (see(version).entered_by, see(version).is_own) == ("", False)
    mei, proposed = (
        make_staff(session, display_name="李静"),
        answered(session, vault, disputed=True),
    )
    session.execute(update(PlanDraft).values(entered_by=mei.person_id))
    session.commit()
    case = see(submit(session, vault, site, proposed), mei)
    assert (case.entered_by, case.is_own) == ("李静", True)


@pytest.mark.parametrize(("roles", "may"), [(("agent",), True), (("compliance",), False)])
def test_who_may_answer_it(see, session, version, roles, may):
    assert see(version, make_staff(session, roles=roles)).in_authority is may


def test_a_document_that_could_not_be_made_is_told_with_its_characters(see, session, version):
    put(session, version, "approved", case={"document_fault": "𱁬"}, valid_until_at=NOW)
    assert see(version).fault == "𱁬 U+3106C"


def test_what_the_borrower_wrote_about_it_is_linked(see, session, vault, borrower, version):
    thread = write(session, vault, borrower, about="my_plan", version=version)
    write(session, vault, borrower)
    assert [one.public_id for one in see(version).threads] == [thread]


def test_a_version_that_is_none_or_not_submitted_is_not_found(see, session, version):
    with pytest.raises(NotFound):
        see("x" * 20)
    change(session, version, submitted_at=None)
    with pytest.raises(NotFound):
        see(version)
