"""After the submission every page tells its own kind of plan, and every loan that is in it with its
share.
"""

import pytest

from app.domain.money import yuan
from app.domain.plan_terms import read_terms
from app.models import PlanVersion
from tests.support.people import sign_in_as
from tests.support.proposals import decide, make_staff
from tests.support.several import proposed_over, three_loans

LOW_FIRST = {"kind": "step_up", "low_fen": 50_000, "low_months": 3, "periods": 12}


@pytest.fixture
def over(session, gateways, site, client):
    """A version over three loans, by what was asked for; its borrower is signed in."""

    def propose(**given):
        borrower, loans = three_loans(session, gateways.vault)
        version = proposed_over(session, gateways.vault, site, borrower, loans, **given)
        sign_in_as(client, session, borrower)
        return version, loans

    return propose


def named(loans):
    return [f"{one.product} 尾号 {one.ref[-4:]}" for one in loans]


@pytest.mark.parametrize("page", ["", "/done", "/withdraw"])
def test_every_loan_is_named(client, over, page):
    version, loans = over()
    text = client.get(f"/plan/{version.public_id}{page}").page.text()
    assert "3 笔借款：" in text
    assert all(name in text for name in named(loans))


@pytest.mark.parametrize("page", ["", "/done"])
def test_the_share_of_every_loan_stands_beside_the_sum(client, over, page):
    version, _loans = over()
    text = client.get(f"/plan/{version.public_id}{page}").page.text()
    assert "每笔借款各还多少" in text
    for loan in read_terms(version.terms).loans:
        assert yuan(loan.total_fen) in text


def test_low_first_is_told_where_it_is_said_in_short(client, session, gateways, site, over):
    version, _loans = over(**LOW_FIRST)
    usual = yuan(read_terms(version.terms).usual_fen)
    said = f"头 3 个月每月 ¥500.00，之后每月 {usual}，共 12 期"
    address = f"/plan/{version.public_id}"
    assert said in client.get(f"{address}/withdraw").page.text()
    staff = make_staff(session, roles=("supervisor",))
    decide(session, gateways.vault, site, version.public_id, staff)
    assert said in client.get(address).page.text()
    signing = client.get(f"{address}/sign").page.text()
    assert "头 3 个月，每月" in signing
    assert "之后每月" in signing
    assert session.get(PlanVersion, version.id).state == "approved"
