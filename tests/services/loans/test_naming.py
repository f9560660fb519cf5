"""Which loans a plan covers, and in which order pages name them."""

import pytest

from app.domain.plan_terms import read_terms
from app.services.loans.naming import loans_in, loans_of, names_by, names_in
from tests.factories import make_plan
from tests.support.several import proposed_over, three_loans


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_plan_names_its_loans_longest_overdue_first(session, vault, site, count):
    borrower, loans = three_loans(session, vault, count)
    version = proposed_over(session, vault, site, borrower, loans)
    found = loans_in(session, plan_id=version.plan_id)
    assert {one.id for one in found} == {one.id for one in loans}
    names = names_in(read_terms(version.terms), found)
    # each further loan has one instalment less paid
    assert [one.public_id for one in names] == [one.public_id for one in reversed(loans)]
    assert [one.tail for one in names] == [one.ref[-4:] for one in reversed(loans)]


def test_several_plans_are_read_at_once(session, vault, site):
    borrower, loans = three_loans(session, vault, 2)
    version = proposed_over(session, vault, site, borrower, loans)
    other = make_plan(session, three_loans(session, vault, 1)[1][0])
    found = loans_of(session, plan_ids=[version.plan_id, other.plan_id])
    assert [len(found[one]) for one in (version.plan_id, other.plan_id)] == [2, 1]
    assert loans_of(session, plan_ids=[]) == {}


def test_stored_terms_name_the_loans_in_the_same_order(session, vault, site):
    borrower, loans = three_loans(session, vault)
    version = proposed_over(session, vault, site, borrower, loans)
    found = loans_in(session, plan_id=version.plan_id)
    assert names_by(version.terms, found) == names_in(read_terms(version.terms), found)
    # the formats before knew one loan
    (one,) = names_by({"loan": found[0].public_id}, found[:1])
    assert one.label == f"{found[0].product} {found[0].ref[-4:]}"
