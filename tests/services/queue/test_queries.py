"""The desk's queue: tabs, clocks, owners, figures and pages by key."""

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from app.domain.calendar import end_of
from app.domain.errors import NotFound
from app.models import Appeal, PlanDraft, PlanVersion
from app.services.cases.owners import take_case
from app.services.core.context import Actor
from app.services.queue import queries as queue_queries
from app.services.queue.counts import desk_counts
from app.services.queue.queries import next_case, waiting_queue
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.cases import case_of, put
from tests.support.clock import NOW
from tests.support.proposals import answered, decide, make_staff, submit, submitted
from tests.support.several import proposed_over, three_loans


@pytest.fixture
def me(session):
    return make_staff(session, display_name="李静")


@pytest.fixture
def new(session, vault, site, borrower):
    """new(days) -> a version of a plan on a loan of its own, submitted that long ago."""

    def make(days=0):
        loan = make_loan(session, borrower, differences={"interest": 5})
        return submitted(
            session, vault, site, borrower=borrower, loan=loan, now=NOW - timedelta(days=days)
        )

    return make


@pytest.fixture
def see(session, vault, me):
    def look(tab="all", after=None, now=NOW, reader=me):
        return waiting_queue(
            session, acting(now=now, vault=vault, staff=reader), tab=tab, after=after
        )

    return look


def take(session, version, who):
    take_case(
        session,
        acting(actor=Actor("staff:x"), staff=who),
        version_public_id=version,
    )


def appeal(session, version, answer_by_on):
    """As if it had been refused and appealed against."""
    put(session, version, "under_appeal", case={"answer_by_on": answer_by_on})
    row = session.query(PlanVersion).filter_by(public_id=version).one()
    values = {
        "version_id": row.id,
        "request_key": version,
        "filed_at": NOW,
        "answer_by_on": answer_by_on,
        "refused_by": "person-x",
    }
    session.add(Appeal(**values, words_enc=b"x", key_version=1))
    session.commit()


def test_every_tab_shows_and_counts_its_own(session, new, see, me):
    mine, free, appealed, faulty = new(1), new(2), new(20), new(3)
    agreed, asked, short, lapsed = new(4), new(5), new(6), new(7)
    handed, other = new(2), new(8)
    take(session, mine, me)
    take(session, asked, me)
    appeal(session, appealed, NOW.date() + timedelta(days=1))
    fault = {"document_fault": "𱁬"}
    put(session, faulty, "approved", case=fault, valid_until_at=NOW + timedelta(days=3))
    put(session, agreed, "approved", valid_until_at=NOW + timedelta(days=3))
    changed = {"figures_changed_at": NOW}
    put(session, other, "approved", case=changed, valid_until_at=NOW + timedelta(days=3))
    put(session, asked, "submitted", case={"waits_for": "borrower"})
    put(session, short, "needs_document")
    put(session, handed, "submitted", case={"handed_up_at": NOW})
    # over since midnight, and the job has not come by yet
    put(
        session,
        lapsed,
        "approved",
        case=changed,
        valid_until_at=end_of(NOW.date() - timedelta(days=1)),
    )
    shown = {tab: [one.public_id for one in see(tab).rows] for tab in queue_queries.TABS}
    assert shown == {
        "all": [appealed, free, handed, mine],
        "mine": [mine],
        "free": [appealed, free],  # what was handed up waits for a supervisor
        "handed_up": [handed],
        "appeals": [appealed],
        "borrower": [other, asked, agreed],
        "materials": [short],
        "figures": [other],
        "documents": [faulty],
    }
    assert see().counts == {tab: len(rows) for tab, rows in shown.items()}
    assert see().figures.awaits_borrower == 3  # agreed, other and faulty, not what is over


def test_owners_clocks_and_lateness(session, new, see, me):
    late, soon = new(15), new(8)
    take(session, soon, me)
    rows = {one.public_id: one for one in see().rows}
    assert (rows[late].is_late, rows[late].owner, rows[late].is_mine) == (True, "", False)
    assert (rows[soon].is_soon, rows[soon].is_late, rows[soon].owner, rows[soon].is_mine) == (
        True,
        False,
        "李静",
        True,
    )
    assert see().figures.late == 1


def test_what_each_case_waits_for_is_told_and_what_is_not_ours_is_never_late(session, new, see, me):
    ours, asked, agreed = new(16), new(15), new(1)
    take(session, asked, me)
    before = case_of(session, asked)
    held = {"owner_staff_id": before.owner_staff_id, "owned_at": before.owned_at}
    since = NOW - timedelta(days=3)
    put(session, asked, "submitted", case={"waits_for": "borrower", **held}, at=since)
    put(session, agreed, "approved", valid_until_at=NOW + timedelta(days=1))
    row, theirs = see().rows[0], {one.public_id: one for one in see("borrower").rows}
    assert (row.public_id, row.waits_for, row.is_late, row.is_asked) == (ours, "us", True, False)
    one = theirs[asked]
    assert (one.waits_for, one.waits_days, one.is_asked) == ("borrower", 3, True)
    assert (one.is_late, one.is_soon, one.is_mine) == (False, False, True)
    one = theirs[agreed]
    assert (one.is_asked, one.days_left, one.is_soon) == (False, 1, False)
    assert see().figures.late == 1


def test_an_offer_that_waits_for_its_signature_waits_for_nobody_at_the_desk(session, new, see):
    waits, asked, agreed, faulty = new(), new(), new(), new()
    put(session, asked, "submitted", case={"waits_for": "borrower"})
    put(session, agreed, "approved", valid_until_at=NOW)
    put(session, faulty, "approved", case={"document_fault": "𱁬"}, valid_until_at=NOW)
    assert [one.public_id for one in see().rows] == [waits]
    assert desk_counts(session)["plans"] == 2


def test_an_appeal_keeps_its_own_clock(session, new, see):
    version = new(20)
    appeal(session, version, NOW.date() + timedelta(days=9))
    row = see("appeals").rows[0]
    assert (row.state, row.days_left, row.is_late) == ("under_appeal", 9, False)


def test_figures_of_peoples_answers(session, vault, site, new, see, me):
    assert (see().figures.median_minutes, see().figures.done_today) == (None, 0)
    other = make_staff(session)
    for minutes, who in ((30, me), (90, other), (200, me)):
        version = new()
        decide(session, vault, site, version, who, now=NOW + timedelta(minutes=minutes))
    figures = see(now=NOW + timedelta(hours=4)).figures
    assert (figures.median_minutes, figures.done_today, figures.awaits_borrower) == (90, 2, 3)
    old = see(now=NOW + timedelta(days=9)).figures
    assert (old.median_minutes, old.done_today) == (None, 0)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_figures_read_only_the_answers_of_the_last_days(session, see):
    """The desk is the page staff open most: what was answered in years before is not read for
    it.
    """
    asked = []
    connection = session.connection()

    def note(_connection, _cursor, sql, values, *_rest):
        asked.append((sql, values))

    event.listen(connection, "before_cursor_execute", note)
    see()
    event.remove(connection, "before_cursor_execute", note)
    sql, values = next(one for one in asked if "FROM decisions" in one[0])
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
    assert any("decisions USING INDEX ix_decisions_at (at>?)" in row.detail for row in plan), plan


def test_a_key_leads_on_where_the_case_it_names_was_answered_meanwhile(
    monkeypatch, session, new, see
):
    monkeypatch.setattr(queue_queries, "PAGE_ROWS", 2)
    made = [new(days) for days in (9, 5, 1)]
    after = see().next_key
    put(session, made[1], "refused", ended_at=NOW)
    assert [one.public_id for one in see("all", after).rows] == made[2:]


@pytest.mark.parametrize("tab", ["all", "free", "borrower"])
def test_pages_by_key_show_each_once_in_order(monkeypatch, session, new, see, tab):
    monkeypatch.setattr(queue_queries, "PAGE_ROWS", 2)
    made = [new(days) for days in (9, 9, 5, 5, 1)]
    if tab == "borrower":
        for one in made:
            put(session, one, "submitted", case={"waits_for": "borrower"})
    seen, after = [], None
    while True:
        page = see(tab, after)
        seen += [one.public_id for one in page.rows]
        after = page.next_key
        if after is None:
            break
    assert seen == made


def test_a_key_that_leads_nowhere_is_not_found(see):
    with pytest.raises(NotFound):
        see(after="x" * 20)


def test_a_supervisor_finds_what_was_handed_up_among_what_nobody_has(session, new, see):
    handed, free = new(2), new(1)
    put(session, handed, "submitted", case={"handed_up_at": NOW})
    boss = make_staff(session, roles=("supervisor",))
    found = see("free", reader=boss)
    assert [one.public_id for one in found.rows] == [handed, free]
    assert found.rows[0].handed_up_at == NOW
    assert found.counts["free"] == 2


def test_a_row_tells_which_rules_want_a_person_and_what_differs(session, new, see):
    new(3)
    (row,) = see().rows
    assert {one.rule for one in row.reasons} == {"no_dispute", "no_discrepancy"}
    assert [one.components for one in row.differences] == [{"interest": 5}]
    assert row.reasons[0].policy.version
    # counted to today, as on the case's page
    assert row.days_past_due == row.terms.days_past_due + 3
    assert row.payoff_fen == row.terms.payoff_fen


def queries_of(session, act) -> int:
    seen = []

    def note(*_):
        seen.append(1)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    act()
    event.remove(session.get_bind(), "before_cursor_execute", note)
    return len(seen)


def test_a_page_takes_the_same_queries_however_many_rows(session, new, see):
    counts = []
    for _ in range(2):
        new(1)
        counts.append(queries_of(session, see))
    assert counts[0] == counts[1] <= 8


@pytest.fixture
def next_after(session, me):
    def find(version, tab="all", who=None):
        context = acting(staff=who or me)
        return next_case(session, context, tab=tab, after=version)

    return find


def test_the_next_case_follows_in_the_tabs_order_and_then_from_its_start(
    session, new, me, next_after
):
    first, second, third = new(9), new(5), new(1)
    assert [next_after(one) for one in (first, second, third)] == [second, third, first]
    # also after one that was answered meanwhile
    put(session, second, "refused", ended_at=NOW)
    assert next_after(second) == third
    take(session, third, me)
    assert next_after(first, "mine") == third
    assert next_after(third, "mine") is None
    assert next_after(first, "borrower") == third  # from a list of what waits for others to work


def test_the_next_case_is_one_this_person_may_work_on(session, vault, site, new, me, next_after):
    here, colleagues, handed, refused = new(9), new(8), new(7), new(5)
    proposed = answered(session, vault, disputed=True)
    session.execute(update(PlanDraft).values(entered_by=me.person_id))
    session.commit()
    submit(session, vault, site, proposed)
    take(session, colleagues, make_staff(session))
    put(session, handed, "submitted", case={"handed_up_at": NOW})
    appeal(session, refused, NOW.date() + timedelta(days=9))
    row = session.query(Appeal).one()
    row.refused_by = me.person_id
    session.commit()
    assert next_after(here) is None
    boss = make_staff(session, roles=("supervisor",))
    assert next_after(here, who=boss) == handed


def test_a_next_case_after_nothing_is_not_found(next_after):
    with pytest.raises(NotFound):
        next_after("x" * 20)


@pytest.mark.parametrize("count", [1, 3])
def test_a_plan_over_several_loans_is_one_row_that_names_them_all(
    session, vault, site, see, me, count
):
    borrower, loans = three_loans(session, vault, count, differences={"interest": 5})
    version = proposed_over(session, vault, site, borrower, loans)
    found = see()
    (row,) = found.rows
    assert (row.public_id, found.counts["all"], desk_counts(session)["plans"]) == (
        version.public_id,
        1,
        1,
    )
    late_first = list(reversed(loans))
    assert [one.public_id for one in row.loans] == [one.public_id for one in late_first]
    assert [one.label for one in row.loans] == [f"{o.product} {o.ref[-4:]}" for o in late_first]
    assert sorted(row.differences) == sorted((one.ref[-4:], {"interest": 5}) for one in loans)
    assert row.payoff_fen == sum(one.payoff_fen for one in row.terms.loans)


def test_pages_by_key_count_plans_and_not_loans(monkeypatch, session, vault, site, see):
    monkeypatch.setattr(queue_queries, "PAGE_ROWS", 2)
    made = []
    for number in range(3):
        borrower = make_borrower(session, vault, mobile=f"1900374000{number}")
        loans = [make_loan(session, borrower, paid=paid) for paid in (6, 7, 8)]
        now = NOW - timedelta(hours=3 - number)
        made.append(proposed_over(session, vault, site, borrower, loans, now=now).public_id)
    page = see()
    assert [one.public_id for one in page.rows] == made[:2]
    assert [one.public_id for one in see(after=page.next_key).rows] == made[2:]


@pytest.mark.parametrize(
    ("seconds", "median"),
    [
        ([59], 0),
        ([60], 1),
        ([30 * 60, 90 * 60], 90),
        ([90 * 60, 30 * 60, 31 * 60 + 59], 31),
        ([5, 5, 600, 600], 10),
        ([7200, 60, 60, 60, 7200], 1),
    ],
)
def test_the_median_is_that_of_the_sorted_answers(session, vault, site, new, see, seconds, median):
    other = make_staff(session)
    for taken in seconds:
        decide(session, vault, site, new(), other, now=NOW + timedelta(seconds=taken))
    figures = see(now=NOW + timedelta(hours=4)).figures
    assert (figures.median_minutes, figures.done_today) == (median, 0)


def test_figures_are_of_the_last_answers_only(session, vault, site, new, see, me, monkeypatch):
    monkeypatch.setattr(queue_queries, "MOST_ANSWERS", 2)
    for minutes in (300, 10, 20):
        decide(session, vault, site, new(), me, now=NOW + timedelta(minutes=minutes))
    # The two that came last took 20 and 300 minutes; of two the longer counts.
    figures = see(now=NOW + timedelta(hours=6)).figures
    # What one did today is counted however many answers there were.
    assert (figures.median_minutes, figures.done_today) == (300, 3)
