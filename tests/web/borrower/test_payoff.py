"""提前还清: the sum on a day, how it came about, where it goes; and who is told there is none."""

from datetime import date, timedelta

import pytest

from app.domain.keeping.standing import standing
from app.domain.money import yuan
from app.domain.references import reference_of
from app.services.keeping.accounts import accounts_of
from tests.support.counting import questions, statements
from tests.support.money import covered, paid, plan_of
from tests.web.borrower.test_account_file import one_loan, signed_in, three

TODAY = date(2026, 12, 4)


@pytest.fixture
def agreement(session, gateways, site) -> str:
    found = one_loan(session, gateways, site, "reamortise")
    paid(session, found, fen=70_001, on=date(2026, 12, 1))
    return found


@pytest.fixture
def phone(session, client, clock, agreement):
    return signed_in(session, client, clock, agreement, TODAY)


def stands_on(session, agreement, day):
    plan = plan_of(session, agreement)
    return standing(accounts_of(session, plan_ids=[plan.id])[plan.id], day)


def test_today_is_told_with_what_it_comes_from_and_where_it_goes(phone, session, agreement):
    page = phone.get(f"/agreement/{agreement}/payoff").page
    words, then = page.text(), stands_on(session, agreement, TODAY)
    assert page.first("h1").text() == "提前还清"
    assert page.by_id("off").text() == "今天全部还清"
    assert yuan(then.payoff_fen) in words
    assert f"比照着还到底少 {yuan(then.left_fen - then.payoff_fen)[:3]}" in words
    for said in ("这个数怎么来的", "还没到期的本金", "放在前面的钱", "它省下的利息", "今天还清"):
        assert said in words
    assert f"备注 {reference_of(agreement.rsplit('-', 1)[0])}" in words
    assert f"{then.payoff_fen / 100:.2f}" in words.replace(",", "")
    assert "算进了到账的 1 笔，一共 ¥700.01，最近一笔是2026年12月1日付的。" in words


@pytest.mark.parametrize(
    "typed", ["2026-12-15", "2026年12月15日", "2026/12/15", "２０２６－１２－１５", "20261215"]
)
def test_a_day_is_chosen_by_its_address_and_read_as_people_write_it(
    phone, session, agreement, typed
):
    page = phone.get(f"/agreement/{agreement}/payoff", query_string={"on": typed}).page
    assert page.by_id("off").text() == "2026年12月15日全部还清"
    assert yuan(stands_on(session, agreement, date(2026, 12, 15)).payoff_fen) in page.text()
    assert page.by_id("on").get("value") == "2026-12-15"


def test_what_falls_due_until_then_is_named(phone, agreement):
    page = phone.get(f"/agreement/{agreement}/payoff?on=2026-12-15").page
    assert "12月10日第 1 期也到期，" in page.text()
    assert "先付了它，就少付这么多。" in page.text()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("2026-12-03", "请选 2026年12月4日 到 2027年1月3日 之间的一天（含这两天）"),
        ("2027-01-04", "请选 2026年12月4日 到 2027年1月3日 之间的一天（含这两天）"),
        ("0001-01-01", "请选 2026年12月4日 到 2027年1月3日 之间的一天（含这两天）"),
        ("2026-02-30", "请写成 2026-11-20 这样的日期"),
        ("下周一", "请写成 2026-11-20 这样的日期"),
        ("9" * 4_000, "请写成 2026-11-20 这样的日期"),
    ],
)
def test_a_wrong_day_is_told_stays_typed_and_today_is_shown(phone, agreement, typed, told):
    answer = phone.get(f"/agreement/{agreement}/payoff", query_string={"on": typed})
    assert answer.status_code == 200
    page = answer.page
    assert told in page.text()
    field = page.by_id("on")
    assert (field.get("value"), field.get("aria-invalid")) == (typed[:40], "true")
    assert page.by_id("off").text() == "今天全部还清"


@pytest.mark.parametrize("last", ["2026-12-04", "2027-01-03"])
def test_both_ends_can_be_chosen(phone, agreement, last):
    page = phone.get(f"/agreement/{agreement}/payoff?on={last}").page
    assert "有一处要改一下" not in page.text()


def test_the_form_leads_to_the_day(phone, agreement):
    page = phone.get(f"/agreement/{agreement}/payoff")
    page = phone.post_form(page, _action="/payoff", on="2026-12-20")
    assert page.page.by_id("off").text() == "2026年12月20日全部还清"


@pytest.mark.parametrize("place", ["/home", "/agreement/{number}"])
def test_home_and_the_agreement_lead_there(phone, agreement, place):
    page = phone.get(place.format(number=agreement)).page
    to = [one for one in page.iter("a") if one.get("href") == f"/agreement/{agreement}/payoff"]
    assert len(to) == 1
    assert "请找我们算" not in page.text()


def test_a_plan_that_was_missed_and_one_in_cure_have_their_sum(session, client, clock, agreement):
    later = date(2027, 2, 1)
    covered(session, later)
    phone = signed_in(session, client, clock, agreement, later)
    assert stands_on(session, agreement, later).missed
    page = phone.get(f"/agreement/{agreement}/payoff").page
    assert yuan(stands_on(session, agreement, later).payoff_fen) in page.text()
    assert "第 2 期还没还的" in page.text()


def test_a_completed_plan_has_none_and_says_what_there_is(session, phone, agreement):
    paid(session, agreement, fen=stands_on(session, agreement, TODAY).payoff_fen, on=TODAY)
    page = phone.get(f"/agreement/{agreement}/payoff").page
    assert page.first("h1").text() == "没有要提前还的"
    assert "这份方案已经还清，不用再付。" in page.text()
    links = {one.get("href") for one in page.first("main").iter("a")}
    assert {f"/agreement/{agreement}", f"/agreement/{agreement}/account.json"} <= links
    page = phone.get(f"/agreement/{agreement}").page
    assert f"/agreement/{agreement}/payoff" not in {one.get("href") for one in page.iter("a")}


def test_of_a_catch_up_it_says_that_the_contract_goes_on(session, gateways, site, client, clock):
    number = one_loan(session, gateways, site, "catch_up")
    page = signed_in(session, client, clock, number, TODAY).get(f"/agreement/{number}/payoff").page
    assert "合同以后的各期，到了日子照常还。" in page.text()
    assert "还没有到账的付款。" in page.text()


def test_of_several_loans_the_sum_is_one_and_each_has_its_interest(
    session, gateways, site, client, clock
):
    number = three(session, gateways, site)
    page = signed_in(session, client, clock, number, TODAY).get(f"/agreement/{number}/payoff").page
    assert page.text().count("天的利息") == 3
    assert yuan(stands_on(session, number, TODAY).payoff_fen) in page.text()


def test_few_questions(phone, session, agreement, database):
    for day in range(1, 4):
        paid(session, agreement, fen=1_000, on=TODAY - timedelta(days=day))
    for query in ("", "?on=2026-12-15", "?on=2031-01-01"):
        with statements(database.engine) as seen:
            phone.get(f"/agreement/{agreement}/payoff{query}")
        assert len(questions(seen)) <= 10
