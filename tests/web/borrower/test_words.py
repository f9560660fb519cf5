"""Words and rows of the borrower's pages: no row of nothing, the odd instalments named, one name
for one plan, limitation in plain sentences wherever it appears.
"""

import re

import pytest

from tests.factories import make_loan
from tests.support.asking import pick
from tests.support.people import sign_in_as
from tests.support.proposals import answered, submit

LIMITATION = "诉讼时效，是贷款机构可以请法院要求还款的期限，过了期限，您有权提出不还。"
STARTS_ANEW = "提交方案或者签字，这个期限就从头算起。"


def journey(loan, step=""):
    return f"/loan/{loan.public_id}/plan/{step}"


def to_options(phone, loan, *, monthly="1300"):
    page = phone.post_form(phone.get(journey(loan, "reason")), _action="/reason", _button="skip")
    page = phone.post_form(pick(phone, page), answer=monthly)
    if page.request.path.endswith("/household"):
        page = phone.post_form(page, _button="skip")
    assert page.request.path == journey(loan, "options")
    return page


def rows_of_nothing(page):
    """Every row whose amount is nothing; the sum on top of a page may be nothing."""
    cells = [*page.page.iter("dd"), *page.page.iter("b")]
    return [one.text() for one in cells if one.text().strip() in ("¥0.00", "0.00", "−¥0.00")]


@pytest.mark.parametrize(
    "values", [{}, {"annual_ppm": 0}, {"uplift_ppm": 0}], ids=["plain", "no interest", "no penalty"]
)
def test_no_page_of_the_journey_has_a_row_of_nothing(phone, session, borrower, values):
    loan = make_loan(session, borrower, **values)
    pages = [phone.get("/home"), phone.get(f"/loan/{loan.public_id}"), to_options(phone, loan)]
    pages.append(phone.post_form(pages[-1], _button="choose", choice="best_fit"))
    pages.append(phone.post_form(pages[-1]))
    done = pages[-1].request.path
    assert done.endswith("/done")
    pages += [
        phone.get(address)
        for address in (done.removesuffix("/done"), "/home", f"/loan/{loan.public_id}")
    ]
    assert {one.request.path: rows_of_nothing(one) for one in pages if rows_of_nothing(one)} == {}


def test_what_is_not_due_is_no_row_either(phone, session, borrower):
    loan = make_loan(session, borrower, paid=11)
    for address in ("/home", f"/loan/{loan.public_id}"):
        assert rows_of_nothing(phone.get(address)) == []
    assert "没有任何费用。" in phone.get(f"/loan/{loan.public_id}").page.text()


def test_each_month_is_what_most_instalments_are_and_the_odd_ones_are_named(
    phone, session, borrower, gateways, site
):
    loan = make_loan(session, borrower)
    made = answered(session, gateways.vault, borrower=borrower, loan=loan)
    version = submit(session, gateways.vault, site, made)
    sign_in_as(phone, session, borrower)
    text = phone.get(f"/plan/{version}").page.text()
    amounts = re.findall(r"第 \d+ 期 \d+年\d+月\d+日\s*本金[^¥]*(¥[\d,.]+)", text)
    usual = max(set(amounts), key=amounts.count)
    assert amounts.count(usual) > len(amounts) / 2
    assert f"每月 {usual}，{len(amounts)} 期" in text
    named = re.search(r"每月还\s*(.*?)\s*" + re.escape(usual), text).group(1)
    odd = {"第一期": amounts[0], "最后一期": amounts[-1]}
    for name, amount in odd.items():
        assert (f"{name} {amount}" in named) is (amount != usual)


def test_limitation_is_explained_wherever_it_is_told(phone, session, gateways, site, loan):
    check = phone.post_form(to_options(phone, loan), _button="choose", choice="best_fit")
    done = phone.post_form(check).request.path
    assert done.endswith("/done")
    signing = phone.get(done.replace("/done", "/sign"))
    for page in (check, signing, phone.get("/help")):
        text = page.page.text()
        assert "诉讼时效" in text
        assert LIMITATION in text
        assert STARTS_ANEW in text
        assert text.count(LIMITATION) == 1
