"""A plan over three loans on its borrower's pages: told once, with each loan's share."""

import pytest

from app.domain.money import yuan
from app.domain.plan_terms import moved_of, read_terms
from app.services.borrowers import home_queries
from tests.support.acting import acting
from tests.support.people import sign_in_as
from tests.support.several import approved_over, proposed_over, signed_over, three_loans
from tests.support.signing import plain


@pytest.fixture
def rows(database):
    with database.sessions() as session:
        yield session


@pytest.fixture
def three(rows, gateways, client):
    borrower, loans = three_loans(rows, gateways.vault)
    sign_in_as(client, rows, borrower)
    return borrower, loans


def main(response):
    assert response.status_code == 200
    return next(response.page.iter("main")).text()


def named(loans):
    return [f"{one.product} 尾号 {one.ref[-4:]}" for one in reversed(loans)]


def test_home_tells_a_proposal_once_with_all_its_loans(client, rows, gateways, site, three):
    proposed_over(rows, gateways.vault, site, *three)
    text = main(client.get("/home"))
    assert "3 笔借款：" + "、".join(named(three[1])) in text
    assert text.count("有结果会发短信") == 1
    assert "今天应还合计¥0.00" in text.replace("\n", "").replace(" ", "")


def test_an_offer_on_home_is_one_and_its_first_payment_the_sum(client, rows, gateways, site, three):
    approved_over(rows, gateways.vault, site, *three)
    text = main(client.get("/home"))
    (plan,) = home_queries.home(rows, acting(), borrower_id=three[0].id).plans
    first = plan.opened.whole.payments[0]
    assert text.count("签字有效到") == 1
    assert yuan(first.amount_fen) in text
    for loan in plan.loans:
        assert yuan(loan.coming.amount_fen) in text


def test_signed_home_asks_for_one_payment_and_each_loan_shows_its_share(
    client, rows, gateways, site, three
):
    borrower, loans = three
    number = signed_over(rows, plain(gateways), site, borrower, loans)
    text = main(client.get("/home"))
    (plan,) = home_queries.home(rows, acting(), borrower_id=borrower.id).plans
    whole = plan.kept
    assert "3 笔借款：" + "、".join(named(loans)) + "，一次一起还。" in text
    assert f"方案 {whole.number} 有一期到期" in text
    assert yuan(whole.next.amount_fen) in text
    for loan in plan.loans:
        page = client.get(f"/loan/{loan.public_id}")
        text = main(page)
        assert yuan(whole.next.amount_fen) in text
        assert "方案里 3 笔借款一次一起还" in text
        for payment in loan.kept.payments:
            assert yuan(payment.amount_fen) in text
        assert "这笔借款一共还" in text
        assert yuan(loan.kept.terms.total_fen) in text
        assert f"/agreement/{number}" in page.get_data(as_text=True)


def test_a_loan_whose_plan_is_open_tells_sum_and_share(client, rows, gateways, site, three):
    version = proposed_over(rows, gateways.vault, site, *three)
    terms = read_terms(version.terms, moved=moved_of(version))
    for one in terms.loans:
        text = main(client.get(f"/loan/{one.public_id}"))
        assert "3 笔借款一起，第一笔" in text
        assert yuan(terms.payments[0].amount_fen) in text
        share = next(p for p in one.payments if p.due_on >= terms.payments[0].due_on)
        assert f"其中这笔 {yuan(share.amount_fen)}" in text


@pytest.mark.parametrize("path", ["", "/done", "/withdraw"])
def test_pages_of_the_plan_name_all_its_loans(client, rows, gateways, site, three, path):
    version = proposed_over(rows, gateways.vault, site, *three)
    text = main(client.get(f"/plan/{version.public_id}{path}"))
    assert "3 笔借款：" + "、".join(named(three[1])) in text
    if path == "/withdraw":
        return
    for share in read_terms(version.terms).loans:
        assert yuan(share.total_fen) in text


def test_the_hold_certificate_is_one_and_names_every_loan(client, rows, gateways, site, three):
    proposed_over(rows, gateways.vault, site, *three)
    text = main(client.get("/hold"))
    assert text.count("暂缓联络证明") == 1
    assert "3 笔借款：" + "、".join(named(three[1])) in text


def test_a_message_about_the_plan_names_the_plan(client, rows, gateways, site, three):
    version = proposed_over(rows, gateways.vault, site, *three)
    page = client.get(f"/plan/{version.public_id}")
    href = next(
        a.get("href") for a in page.page.iter("a") if "about=my_plan" in (a.get("href") or "")
    )
    assert f"version={version.public_id}" in href
    assert "关于方案 AH-00001" in client.get(href).get_data(as_text=True)
