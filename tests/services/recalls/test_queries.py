"""Whether an offer may be recalled, by whom, and what changed under it."""

from datetime import date

import pytest
from sqlalchemy import update

from app.domain.errors import NotFound
from app.models import Loan
from app.services.recalls.queries import recall_view, why_recalled
from tests.factories import make_borrower, make_loan
from tests.support.counters import at_desk, counter, file_says, recall
from tests.support.proposals import approved_at_once, decide, make_staff, submitted


@pytest.fixture
def view(session, vault, site):
    def read(version, staff):
        found = recall_view(session, at_desk(vault, site, staff), version_public_id=version)
        session.rollback()
        return found

    return read


@pytest.fixture
def boss(session):
    return make_staff(session, roles=("supervisor",))


def test_an_approval_whose_figures_stand_is_not_offered_to_recall(session, vault, site, boss, view):
    version = approved_at_once(session, vault, site)
    found = view(version, boss)
    assert (found.changed, found.may_recall) == ((), False)


@pytest.mark.parametrize(("paid", "fee", "less"), [(1, 0, True), (0, 1, False)])
def test_what_changed_is_told_loan_by_loan(session, vault, site, boss, view, paid, fee, less):
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    version = approved_at_once(session, vault, site, borrower=borrower, loan=loan)
    file_says(session, loan, paid=loan.paid + paid, fee_fen=fee)
    found = view(version, boss)
    (one,) = found.changed
    assert (one.loan, one.less_fen > 0, found.owes_less) == (loan.public_id, less, less)
    assert found.labels == {loan.public_id: f"{loan.product} {loan.ref[-4:]}"}
    assert found.may_recall
    assert not view(version, make_staff(session)).may_recall


def test_while_a_loan_is_being_checked_nothing_is_offered(session, vault, site, boss, view):
    version = approved_at_once(session, vault, site)
    session.execute(update(Loan).values(missing_since_on=date(2026, 11, 23)))
    session.commit()
    found = view(version, boss)
    assert (found.changed, found.may_recall) == ((), False)


def test_a_counter_is_offered_to_its_author_as_it_is(session, vault, site, boss, view):
    author = make_staff(session)
    made = counter(session, vault, site, submitted(session, vault, site), author)
    may = [view(made, one).may_recall for one in (author, boss, make_staff(session))]
    assert may == [True, True, False]


def test_the_words_of_a_recall_are_read_again(session, vault, site):
    author = make_staff(session)
    made = counter(session, vault, site, submitted(session, vault, site), author)
    desk = at_desk(vault, site, author)
    assert why_recalled(session, desk, version_public_id=made) == ""
    recall(session, vault, site, made, author, words="要先核对。")
    assert why_recalled(session, desk, version_public_id=made) == "要先核对。"
    with pytest.raises(NotFound):
        why_recalled(session, desk, version_public_id="x" * 20)


def test_what_does_not_lie_with_its_borrower_has_nothing_to_recall(
    session, vault, site, boss, view
):
    version = submitted(session, vault, site)
    assert view(version, boss) is None
    decide(session, vault, site, version, make_staff(session), answer="refuse")
    assert view(version, boss) is None
    with pytest.raises(NotFound):
        view("x" * 20, boss)
