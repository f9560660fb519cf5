"""A case tells its own kind of plan, and every loan that is in it."""

import pytest

from app.domain.money import figure
from app.domain.plan_terms import read_terms
from app.services.proposals.basis import Answers
from tests.factories import make_borrower, make_loan
from tests.support.proposals import answered, submit
from tests.support.several import proposed_over, three_loans

LATER = {"kind": "step_up", "low_fen": 30_000, "low_months": 3, "periods": 12}
RATES = (156_000, 120_000, 100_000)


@pytest.fixture
def over(session, gateways, site):
    """The version over three loans, by what was asked for."""

    def propose(**given):
        borrower, loans = three_loans(session, gateways.vault)
        for one, rate in zip(loans, RATES, strict=True):
            one.annual_ppm = rate
        session.commit()
        return proposed_over(session, gateways.vault, site, borrower, loans, **given)

    return propose


def card(page, name):
    return next(
        one.text() for one in page.page.iter("section") if one.get("aria-labelledby") == name
    )


def test_every_loan_is_in_the_plan_with_its_share_and_rate(desk, over):
    version = over()
    page = desk.get(f"/admin/plan/{version.public_id}")
    terms = read_terms(version.terms)
    proposed = card(page, "proposed")
    assert "不在方案里" not in card(page, "who")
    for loan in terms.loans:
        assert figure(loan.total_fen) in proposed
    for rate in ("15.60%", "12.00%", "10.00%"):
        assert f"利率，合同 {rate}" in proposed
    assert "之后的文件改了数字" not in page.page.text()


def test_low_first_is_told_by_both_sums(desk, over):
    version = over(**LATER)
    terms = read_terms(version.terms)
    page = desk.get(f"/admin/plan/{version.public_id}")
    heading = page.page.first("h1").text()
    assert "想先每月还 ¥300.00，之后" in heading
    assert figure(terms.usual_fen) in heading
    assert card(page, "proposed").count("先少后多") == 1
    assert "先少后多 12 期" in " ".join(desk.get("/admin/").page.text().split())


def test_what_is_nothing_has_no_row(desk, over):
    page = desk.get(f"/admin/plan/{over().public_id}")
    assert "比合同利率少收利息" not in card(page, "proposed")


@pytest.mark.parametrize(
    ("given", "paid", "heading", "kind"),
    [
        ({"kind": "deferral", "months": 3, "way": "later"}, 11, "想往后推 3 个月", "延期还款"),
        ({"kind": "catch_up", "periods": 4}, 8, "想每期补", "逾期分摊"),
    ],
)
def test_days_of_the_contract_are_no_pay_day(
    desk, session, gateways, site, given, paid, heading, kind
):
    borrower = make_borrower(session, gateways.vault)
    proposed = answered(
        session,
        gateways.vault,
        answers=Answers(choice="best_fit", upfront_fen=0, **given),
        borrower=borrower,
        loan=make_loan(session, borrower, paid=paid),
        disputed=True,
    )
    page = desk.get(f"/admin/plan/{submit(session, gateways.vault, site, proposed)}")
    assert heading in page.page.first("h1").text()
    assert kind in card(page, "proposed")
    assert "照合同的还款日" in card(page, "proposed")
    assert "None" not in page.page.text()
