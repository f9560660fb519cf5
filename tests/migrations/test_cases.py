"""Cases come out of the versions and go back into them with what they hold, on both databases."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import MetaData, select, update

from tests.migrations.seeds import add, plant
from tests.support.databases import migrate

BEFORE, CASES = "0013_lookups", "0014_cases"
SUBMITTED = datetime(2026, 11, 20, 2, tzinfo=UTC)
OWNED, ASKED, DECIDED, FILED, ENDED = (SUBMITTED + timedelta(hours=one) for one in range(1, 6))
DECIDE_BY, ANSWER_BY = date(2026, 12, 1), date(2026, 12, 9)
_numbers = count(1)


@pytest.fixture
def before(empty_database):
    """A database of the release before, with a row in every table."""
    migrate(empty_database.engine, BEFORE)
    plant(empty_database.engine)
    return empty_database.engine


def put(engine, *, state, version=1, plan=None, appealed=False, thread=None, **columns):
    """A plan with a version; `thread` is the state of one in which a change was asked for."""
    with engine.begin() as connection:
        tables = _tables(engine)
        name = f"n{next(_numbers)}"
        if plan is None:
            plan = add(
                connection, tables["plans"], public_id=name, number=name, created_at=SUBMITTED
            )
        values = {"submitted_at": SUBMITTED, "decide_by_on": DECIDE_BY, "number": version}
        row = add(
            connection,
            tables["plan_versions"],
            public_id=name,
            plan_id=plan,
            state=state,
            **(values | columns),
        )
        if appealed:
            keys = {"public_id": name, "request_key": name, "refused_by": "x1"}
            clock = {"filed_at": FILED, "answer_by_on": ANSWER_BY}
            add(connection, tables["appeals"], version_id=row, **keys, **clock)
        if thread:
            asked = {"about": "plan_change", "state": thread, "answered_at": ASKED}
            add(connection, tables["threads"], public_id=name, number=name, version_id=row, **asked)
    return plan


def case(engine, plan):
    """What the case of a plan waits for, since when, by when, and whose it is."""
    cases = _tables(engine)["cases"]
    with engine.connect() as connection:
        found = connection.execute(select(cases).where(cases.c.plan_id == plan)).one()
    return found.waits_for, _utc(found.waits_since_at), found.answer_by_on


def versions(engine):
    """What the versions tell of their cases, by plan."""
    of = _tables(engine)["plan_versions"]
    query = select(of.c.plan_id, of.c.owner_staff_id, of.c.owned_at, of.c.document_fault)
    with engine.connect() as connection:
        return {
            row.plan_id: (row.owner_staff_id, _utc(row.owned_at), row.document_fault)
            for row in connection.execute(query.order_by(of.c.plan_id, of.c.number))
        }


def _tables(engine):
    metadata = MetaData()
    metadata.reflect(engine)
    return metadata.tables


def _utc(instant):
    return instant and instant.replace(tzinfo=instant.tzinfo or UTC)


@pytest.mark.parametrize(
    ("stored", "waits"),
    [
        ({"state": "submitted"}, ("us", SUBMITTED, DECIDE_BY)),
        ({"state": "submitted", "thread": "answered"}, ("borrower", ASKED, DECIDE_BY)),
        ({"state": "submitted", "thread": "open"}, ("us", SUBMITTED, DECIDE_BY)),
        ({"state": "submitted", "thread": "closed"}, ("us", SUBMITTED, DECIDE_BY)),
        ({"state": "under_appeal", "appealed": True}, ("second_person", FILED, ANSWER_BY)),
        (  # asked before the appeal: the appeal is not the borrower's turn
            {"state": "under_appeal", "appealed": True, "thread": "answered"},
            ("second_person", FILED, ANSWER_BY),
        ),
        ({"state": "needs_document"}, ("documents", SUBMITTED, DECIDE_BY)),
        ({"state": "approved", "decided_at": DECIDED}, ("borrower", DECIDED, None)),
        ({"state": "countered", "decided_at": DECIDED}, ("borrower", DECIDED, None)),
        ({"state": "signed", "decided_at": DECIDED}, ("nobody", DECIDED, None)),
        (
            {"state": "refused", "decided_at": DECIDED, "ended_at": ENDED},
            ("nobody", ENDED, None),
        ),
        ({"state": "withdrawn", "ended_at": ENDED}, ("nobody", ENDED, None)),
    ],
)
def test_every_plan_gets_the_case_its_version_tells_of(before, stored, waits):
    plan = put(before, **stored)
    migrate(before, CASES)
    assert case(before, plan) == waits


def test_a_plan_without_a_version_gets_a_case_too(before):
    with before.begin() as connection:
        plan = add(connection, _tables(before)["plans"], public_id="lone", number="lone")
    migrate(before, CASES)
    assert case(before, plan)[0] == "nobody"


def test_the_latest_version_says_whose_a_case_is(before):
    plan = put(before, state="superseded", owner_staff_id=1, owned_at=SUBMITTED)
    put(before, plan=plan, version=2, state="submitted", owner_staff_id=1, owned_at=OWNED)
    migrate(before, CASES)
    cases = _tables(before)["cases"]
    with before.connect() as connection:
        found = connection.execute(select(cases).where(cases.c.plan_id == plan)).one()
    assert (found.owner_staff_id, _utc(found.owned_at)) == (1, OWNED)


def test_owners_and_faults_go_to_the_cases_and_come_back(before):
    owned = put(before, state="submitted", owner_staff_id=1, owned_at=OWNED)
    faulty = put(before, state="approved", decided_at=DECIDED, document_fault="𱁬𰻝")
    free = put(before, state="submitted")
    told = versions(before)
    migrate(before, CASES)
    assert "owner_staff_id" not in _tables(before)["plan_versions"].c
    migrate(before, BEFORE, down=True)
    assert versions(before) == told
    assert told[owned] == (1, OWNED, None)
    assert (told[faulty], told[free]) == ((None, None, "𱁬𰻝"), (None, None, None))


def test_a_day_that_moved_at_the_desk_is_the_day_of_the_release_before(before):
    plan = put(before, state="submitted")
    appealed = put(before, state="under_appeal", appealed=True)
    refused = put(before, state="refused", decided_at=DECIDED, ended_at=ENDED)
    migrate(before, CASES)
    later = DECIDE_BY + timedelta(days=14)
    with before.begin() as connection:
        cases = _tables(before)["cases"]
        connection.execute(
            update(cases).where(cases.c.answer_by_on.is_not(None)).values(answer_by_on=later)
        )
    migrate(before, BEFORE, down=True)
    tables = _tables(before)
    of, appeals = tables["plan_versions"], tables["appeals"]
    with before.connect() as connection:
        days = dict(connection.execute(select(of.c.plan_id, of.c.decide_by_on)).all())
        promised = connection.scalar(
            select(appeals.c.answer_by_on)
            .join(of, of.c.id == appeals.c.version_id)
            .where(of.c.plan_id == appealed)
        )
    assert (days[plan], days[appealed], days[refused]) == (later, DECIDE_BY, DECIDE_BY)
    assert promised == later


def test_sealed_terms_are_guarded_after_the_way_down_as_before(before):
    plan = put(before, state="submitted", owner_staff_id=1, owned_at=OWNED)
    with before.begin() as connection:
        tables = _tables(before)
        of = tables["plan_versions"]
        version = connection.scalar(select(of.c.id).where(of.c.plan_id == plan))
        add(connection, tables["plan_parts"], version_id=version, fen=1)
        connection.execute(
            update(of).where(of.c.id == version).values(total_fen=1, sealed_at=SUBMITTED)
        )
    migrate(before, CASES)
    migrate(before, BEFORE, down=True)
    assert versions(before)[plan] == (1, OWNED, None)
    with pytest.raises(Exception, match="sealed terms stay"), before.begin() as connection:
        connection.execute(update(of).where(of.c.id == version).values(total_fen=2))
