"""What went to and fro: every submitted version of a plan with its own figures."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from app.domain.affordability import affordability_of
from app.domain.plan_terms import read_terms
from app.models import Loan, Plan, PlanVersion
from app.services.cases.version_queries import versions_of
from app.services.core.policy import active_policy
from app.services.plans.contracts import contracts_in
from tests.support.acting import acting
from tests.support.proposals import ANSWERS, make_staff, submitted


@pytest.fixture
def see(session, vault):
    def look(version, income=None):
        policy = active_policy(session)[1]
        row = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
        fit = None
        if income is not None:
            fit = affordability_of(policy, income_fen=income, essential_fen=0, plan_fen=0)
        return versions_of(
            session,
            acting(vault=vault),
            plan=session.get_one(Plan, row.plan_id),
            contracts=contracts_in(session, each=[read_terms(row.terms)]),
            policy=policy,
            fit=fit,
        )

    return look


def test_a_proposal_by_the_borrower_with_its_terms_and_cost(session, vault, site, see):
    version = submitted(session, vault, site)
    (one,) = see(version)
    assert (one.public_id, one.number, one.author, one.state) == (version, 1, "", "submitted")
    assert one.concession.interest_fen == 0  # at the contract's rate
    assert one.concession.total_fen == one.terms.waived_fen
    assert one.share is None


def test_the_share_is_of_the_highest_instalment_rounded_up_to_a_tenth(session, vault, site, see):
    version = submitted(session, vault, site)
    highest = see(version)[0].terms.highest_fen
    assert see(version, income=highest * 2)[0].share == "50.0%"
    assert see(version, income=highest * 2 - 1)[0].share == "50.1%"
    assert see(version, income=0)[0].share is None


def test_a_lower_rate_gives_up_what_the_contracts_rate_would_have_brought(
    session, vault, site, see
):
    version = submitted(session, vault, site, answers=replace(ANSWERS, monthly_fen=15_000))
    (one,) = see(version)
    assert one.terms.annual_ppm < session.scalars(select(Loan.annual_ppm)).first()
    assert one.concession.interest_fen > 0
    # moving the dates at the approval changes nothing of it
    session.execute(update(PlanVersion).values(moved_months=2))
    session.commit()
    assert see(version)[0].concession == one.concession


def test_who_of_the_staff_entered_it_is_named(session, vault, site, see):
    version = submitted(session, vault, site)
    maker = session.scalars(select(PlanVersion.author_person)).one()
    make_staff(session, display_name="李静", person_id=maker)
    (one,) = see(version)
    assert one.author == ""  # the borrower's, whoever bears the same name
