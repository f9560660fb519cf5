"""A file that changes what is owed under an offer is noticed once, listed and told."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.models import AuditEntry, Loan, OutboxItem
from app.services.plans import lapsing
from app.services.proposals.submitting import withdraw_plan
from app.services.queue.counts import desk_counts
from app.services.queue.queries import waiting_queue
from app.services.recalls.noticing import notice_changed_figures
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.counters import at_desk, broken, file_says, version_of
from tests.support.counting import statements
from tests.support.proposals import actor_of, approved_at_once, changed, make_staff, submitted
from tests.support.several import approved_over, three_loans

LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def borrower(session, vault):
    return make_borrower(session, vault)


@pytest.fixture
def loan(session, borrower):
    return make_loan(session, borrower)


@pytest.fixture
def offer(session, vault, site, borrower, loan) -> str:
    return approved_at_once(session, vault, site, borrower=borrower, loan=loan)


@pytest.fixture
def notice(session, vault, site):
    """The job, at an instant."""

    def act(now=LATER, limit=100):
        return notice_changed_figures(session, acting(now=now, vault=vault, site=site), limit=limit)

    return act


@pytest.fixture
def listed(session, vault, site):
    """The public ids in the desk's list of them."""
    desk = at_desk(vault, site, make_staff(session))

    def read():
        found = waiting_queue(session, desk, tab="figures")
        session.rollback()
        return [one.public_id for one in found.rows]

    return read


def told(session) -> list[str]:
    keys = session.scalars(select(OutboxItem.idempotency_key)).all()
    return [one for one in keys if one.startswith("plan-figures:")]


def test_nothing_is_noticed_where_nothing_changed(session, notice, offer, listed):
    assert notice() == 0
    assert notice(now=NOW + timedelta(days=2)) == 0
    assert (listed(), told(session)) == ([], [])


def test_less_owed_is_listed_and_told_once(session, vault, notice, offer, loan, listed):
    before = desk_counts(session)["plans"]
    file_says(session, loan, paid=loan.paid + 1)
    assert [notice(), notice()] == [1, 0]
    assert case_of(session, offer).figures_changed_at == LATER
    assert listed() == [offer]
    assert desk_counts(session)["plans"] == before + 1
    assert told(session) == [f"plan-figures:{offer}"]
    # one more payment: it is on the list already, and told already
    file_says(session, loan, paid=loan.paid + 2)
    assert (notice(), len(told(session))) == (0, 1)
    assert broken(session, vault) == set()


def test_more_owed_is_listed_and_no_message_unsettles_its_borrower(
    session, notice, offer, loan, listed
):
    file_says(session, loan, fee_fen=1)
    assert notice() == 1
    assert (listed(), told(session)) == ([offer], [])


def test_put_right_again_it_leaves_the_list(session, notice, offer, loan, listed):
    file_says(session, loan, paid=loan.paid + 1)
    notice()
    file_says(session, loan, paid=loan.paid - 1)
    assert notice() == 1
    assert listed() == []
    assert case_of(session, offer).figures_changed_at is None
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert [one for one in actions if one.startswith("plan.figures")] == [
        "plan.figures_changed",
        "plan.figures_back",
    ]


def test_a_loan_that_is_being_checked_says_neither(session, notice, offer, loan, listed):
    for paid, expected in ((loan.paid + 1, []), (loan.paid, [])):
        file_says(session, loan, paid=paid)
        session.execute(update(Loan).values(missing_since_on=date(2026, 11, 23)))
        session.commit()
        assert (notice(), listed()) == (0, expected)
        session.execute(update(Loan).values(missing_since_on=None))
        session.commit()


def test_one_loan_of_several_is_enough(session, vault, site, notice, listed):
    borrower, loans = three_loans(session, vault)
    version = approved_over(session, vault, site, borrower, loans)
    file_says(session, loans[1], paid=loans[1].paid + 1)
    assert (notice(), listed()) == (1, [version])


def test_only_what_waits_for_a_signature_is_looked_at(session, vault, site, notice, listed):
    version = submitted(session, vault, site)
    loan = session.scalars(select(Loan)).one()
    file_says(session, loan, paid=loan.paid + 1)
    assert (notice(), listed()) == (0, [])
    assert case_of(session, version).figures_changed_at is None


@pytest.mark.parametrize("end", ["withdrawn", "expired", "changed"])
def test_what_ends_or_gives_way_leaves_the_list(
    session, vault, site, notice, offer, borrower, loan, listed, end
):
    file_says(session, loan, paid=loan.paid + 1)
    notice()
    if end == "withdrawn":
        context = acting(now=LATER, actor=actor_of(borrower), vault=vault, site=site)
        withdraw_plan(session, context, borrower_id=borrower.id, version_public_id=offer)
    elif end == "changed":
        # The way on that the borrower is shown: today's figures, nothing else.
        made = changed(session, vault, site, borrower, offer, now=LATER)
        assert version_of(session, made).state == "approved"
        assert notice(now=LATER + timedelta(minutes=10)) == 0
    else:
        context = acting(now=NOW + timedelta(days=8), vault=vault, site=site)
        lapsing.expire_offers(session, context, limit=10)
    assert listed() == []
    assert case_of(session, offer).figures_changed_at is None


def test_a_page_at_a_time_it_comes_to_all_of_them(session, vault, site, notice, listed):
    made = []
    for number in range(3):
        who = make_borrower(session, vault, mobile=f"1900374100{number}")
        loan = make_loan(session, who)
        made.append(approved_at_once(session, vault, site, borrower=who, loan=loan))
        file_says(session, loan, paid=loan.paid + 1)
    assert notice(limit=2) == 3
    assert set(listed()) == set(made)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_looking_costs_the_same_however_many_there_are(session, vault, site, notice):
    def one_more(number):
        who = make_borrower(session, vault, mobile=f"1900374200{number}")
        approved_at_once(session, vault, site, borrower=who, loan=make_loan(session, who))

    one_more(0)
    with statements(session.get_bind()) as few:
        notice()
    for number in range(1, 5):
        one_more(number)
    with statements(session.get_bind()) as many:
        notice()
    assert len(many) == len(few)
