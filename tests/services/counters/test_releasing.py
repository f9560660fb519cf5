"""Another person lets a counter-offer go, or it goes back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain.allocation import Components
from app.models import (
    AuditEntry,
    Loan,
    OutboxItem,
    PlanDraft,
    PlanVersion,
    VersionRelease,
)
from app.services.cases.owners import MakerIsChecker
from app.services.cases.steps import BeyondAuthority, FiguresBeingChecked, PreviewChanged
from app.services.counters.releasing import (
    NotTheirs,
    NotWaiting,
    Overtaken,
    release_counter,
    return_counter,
)
from app.services.counters.steps import CounterWordsNeeded
from app.services.plans.words_queries import words_of_versions
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.counters import (
    at_desk,
    broken,
    counter,
    owner_of,
    release,
    version_of,
)
from tests.support.proposals import answered, changed, make_staff, submit, submitted

BEYOND = {"rate": "zero"}
PRINCIPAL = {"waived": Components(0, 33_29, 0, 100_00)}


@pytest.fixture
def waiting(session, vault, site):
    """A counter-offer that waits for one supervisor, with its author."""
    author = make_staff(session)
    made = counter(session, vault, site, submitted(session, vault, site), author, **BEYOND)
    return version_of(session, made), author


def supervisor(session):
    return make_staff(session, roles=("supervisor",))


def test_a_supervisor_lets_it_go_and_the_parent_gives_way_at_that_instant(
    session, vault, site, waiting
):
    version, author = waiting
    other, later = supervisor(session), NOW + timedelta(hours=2)
    assert release(session, vault, site, version, other, now=later) is True
    made = version_of(session, version.public_id)
    parent = session.get_one(PlanVersion, made.parent_id, populate_existing=True)
    assert (made.state, made.submitted_at, made.released_by) == (
        "countered",
        later,
        other.person_id,
    )
    assert (parent.state, parent.ended_at) == ("superseded", later)
    row = session.scalars(select(VersionRelease)).one()
    assert (row.person_id, row.author_person) == (other.person_id, author.person_id)
    assert case_of(session, made.public_id).waits_for == "borrower"
    told = session.scalars(select(OutboxItem.idempotency_key)).all()
    assert told.count(f"plan-countered:{made.public_id}") == 1
    assert broken(session, vault) == set()


def test_two_supervisors_are_two_people(session, vault, site):
    parent = submitted(session, vault, site)
    author = make_staff(session)
    version = version_of(session, counter(session, vault, site, parent, author, **PRINCIPAL))
    first, second = supervisor(session), supervisor(session)
    assert release(session, vault, site, version, first) is False
    assert version_of(session, version.public_id).state == "draft"
    assert broken(session, vault) == set()
    # the same person again changes nothing
    assert release(session, vault, site, version, first) is False
    assert release(session, vault, site, version, second) is True
    assert version_of(session, version.public_id).state == "countered"
    assert broken(session, vault) == set()


def test_an_author_who_is_a_supervisor_is_one_of_the_two(session, vault, site):
    parent, author = submitted(session, vault, site), supervisor(session)
    version = version_of(session, counter(session, vault, site, parent, author, **PRINCIPAL))
    assert version.releases_needed == 1
    with pytest.raises(MakerIsChecker):
        release(session, vault, site, version, author)
    assert release(session, vault, site, version, supervisor(session)) is True


def test_agents_release_nothing(session, vault, site, waiting):
    with pytest.raises(BeyondAuthority):
        release(session, vault, site, waiting[0], make_staff(session))


def test_nobody_releases_their_own_also_by_a_second_account(session, vault, site, waiting):
    version, author = waiting
    second = make_staff(session, roles=("supervisor",), person_id=author.person_id)
    with pytest.raises(MakerIsChecker):
        release(session, vault, site, version, second)


def test_who_entered_the_proposal_releases_no_answer_to_it(session, vault, site):
    maker = supervisor(session)
    proposed = answered(session, vault, disputed=True)
    session.execute(update(PlanDraft).values(entered_by=maker.person_id))
    session.commit()
    parent = submit(session, vault, site, proposed)
    made = counter(session, vault, site, parent, make_staff(session), **BEYOND)
    with pytest.raises(MakerIsChecker):
        release(session, vault, site, version_of(session, made), maker)


@pytest.mark.parametrize("person", ["author", "stranger"])
def test_the_database_takes_no_release_by_the_author(session, vault, site, waiting, person):
    version, author = waiting
    values = {
        "version": version.id,
        "staff": author.staff_id,
        "person": author.person_id,
        # also where the row names another author than the version's
        "author": author.person_id if person == "author" else "x",
        "at": NOW,
    }
    with pytest.raises(DBAPIError):
        session.execute(
            text(
                "INSERT INTO version_releases (version_id, staff_id, person_id, author_person, at)"
                " VALUES (:version, :staff, :person, :author, :at)"
            ),
            values,
        )
    session.rollback()


def test_the_database_lets_nothing_go_that_too_few_stand_behind(session, vault, waiting):
    version, _author = waiting
    wanted = update(PlanVersion).where(PlanVersion.id == version.id)
    for state in ("countered", "approved"):
        # this guard, and not the one that lets only one version of a plan be open
        with pytest.raises(DBAPIError, match="not released by as many as it needs"):
            session.execute(wanted.values(state=state))
        session.rollback()


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_the_database_lets_one_version_wait_and_one_be_open(session, vault, site, waiting, state):
    version, _author = waiting
    if state == "submitted":
        release(session, vault, site, version, supervisor(session))
    parent = update(PlanVersion).where(PlanVersion.id == version.parent_id)
    with pytest.raises(IntegrityError):
        session.execute(parent.values(state=state))
    session.rollback()


def test_the_database_keeps_a_release_as_it_is(session, vault, site, waiting):
    release(session, vault, site, waiting[0], supervisor(session))
    for words in ("UPDATE version_releases SET person_id = 'x'", "DELETE FROM version_releases"):
        with pytest.raises(DBAPIError):
            session.execute(text(words))
        session.rollback()


def test_only_what_was_read_is_released(session, vault, site, waiting):
    context = at_desk(vault, site, supervisor(session))
    with pytest.raises(PreviewChanged):
        release_counter(session, context, version_public_id=waiting[0].public_id, shown_sha256="-")


def test_nothing_is_released_for_what_its_borrower_changed(session, vault, site, waiting):
    version, author = waiting
    parent = session.get_one(PlanVersion, version.parent_id)
    borrower = owner_of(session, version.public_id)
    now = NOW + timedelta(minutes=5)
    changed(session, vault, site, borrower, parent.public_id, now=now, monthly_fen=150_000)
    with pytest.raises(Overtaken):
        release(session, vault, site, version, supervisor(session), now=now)
    # the next one has its own number, and what was overtaken ends with it
    newest = session.scalars(select(PlanVersion).order_by(PlanVersion.id.desc())).first()
    assert (newest.number, newest.state) == (3, "submitted")
    counter(session, vault, site, newest.public_id, author, now=now)
    assert version_of(session, version.public_id).state == "superseded"
    assert broken(session, vault) == set()


def test_nothing_is_released_while_figures_are_being_checked(session, vault, site, waiting):
    session.execute(update(Loan).values(missing_since_on=date(2026, 11, 23)))
    session.commit()
    with pytest.raises(FiguresBeingChecked):
        release(session, vault, site, waiting[0], supervisor(session))


def test_released_late_the_dates_move_and_the_amounts_stay(session, vault, site, waiting):
    version, _author = waiting
    later = NOW + timedelta(days=12)
    release(session, vault, site, version, supervisor(session), now=later)
    made = version_of(session, version.public_id)
    assert made.moved_months == 1
    assert made.terms == version.terms


def test_returned_it_goes_back_to_its_author_with_the_reason(session, vault, site, waiting):
    version, _author = waiting
    back = {"version_public_id": version.public_id, "words": "利率再高一点。"}
    context = at_desk(vault, site, supervisor(session))
    return_counter(session, context, **back)
    return_counter(session, context, **back)
    made = version_of(session, version.public_id)
    assert (made.state, made.submitted_at) == ("recalled", None)
    case = case_of(session, version.public_id)
    assert (case.waits_for, case.answer_by_on is None) == ("us", False)
    told = words_of_versions(session, acting(vault=vault), ids=[made.id])
    assert told[made.id, "returned"] == "利率再高一点。"
    with pytest.raises(NotWaiting):
        release(session, vault, site, version, supervisor(session))
    assert broken(session, vault) == set()


def test_its_author_takes_it_back_and_no_other_agent_does(session, vault, site, waiting):
    version, author = waiting
    back = {"version_public_id": version.public_id, "words": "我再想想"}
    with pytest.raises(NotTheirs):
        return_counter(session, at_desk(vault, site, make_staff(session)), **back)
    return_counter(session, at_desk(vault, site, author), **back)
    assert version_of(session, version.public_id).state == "recalled"
    with pytest.raises(CounterWordsNeeded):
        return_counter(session, at_desk(vault, site, author), **back | {"words": " "})


def test_every_step_is_on_record(session, vault, site):
    parent = submitted(session, vault, site)
    made = counter(session, vault, site, parent, make_staff(session), **PRINCIPAL)
    version = version_of(session, made)
    release(session, vault, site, version, supervisor(session))
    release(session, vault, site, version, supervisor(session))
    told = session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.like("plan.%")).order_by(AuditEntry.seq)
    ).all()
    assert told == [
        "plan.submitted",
        "plan.counter_written",
        "plan.counter_released",
        "plan.counter_released",
        "plan.gave_way",
        "plan.countered",
    ]
