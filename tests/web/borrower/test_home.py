"""Home, loan and contact pages: the engine's figures to the fen, masks, calm words, and nobody
else's data.
"""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.arrears import arrears
from app.domain.money import yuan
from app.domain.plan_terms import moved_of, read_terms
from app.domain.schedule import schedule
from app.models import Loan, PlanVersion
from app.services.loans.figures import terms_of
from app.web.filters import cn_month_day
from tests.factories import (
    make_agreement,
    make_borrower,
    make_contact,
    make_hold,
    make_loan,
    make_plan,
)
from tests.support.clock import NOW
from tests.support.people import sign_in_as
from tests.support.proposals import answered, submit
from tests.support.threads import add, ask_change, handler

TODAY = date(2026, 11, 23)
MOBILE, ID_NUMBER, NAME = "19003740000", "990101198901140965", "罗涵敏"


@pytest.fixture
def rows(database):
    with database.sessions() as session:
        yield session


@pytest.fixture
def borrower(rows, gateways, client):
    found = make_borrower(rows, gateways.vault, name=NAME, mobile=MOBILE, id_number=ID_NUMBER)
    sign_in_as(client, rows, found)
    return found


def owed(loan, **given):
    return arrears(
        terms_of(loan), paid=loan.paid, fee_fen=0, as_of=TODAY, ceiling_ppm=240_000, **given
    )


def main(response):
    assert response.status_code == 200
    return next(response.page.iter("main")).text()


def test_home_says_what_to_do_before_any_amount(client, rows, borrower):
    loan = make_loan(rows, borrower, product="装修分期", ref="JJ26170003071")
    said = main(client.get("/home"))
    parts = [
        "*敏，您好",
        "可以一起商量",
        "说说我能还多少",
        "今天应还合计",
        yuan(owed(loan).today_fen),
        "装修分期 3071",
    ]
    assert [part for part in parts if part not in said] == []
    assert said.index("说说我能还多少") < said.index("¥")
    assert "数据截至 2026年11月22日" in said
    assert "已过还款日 66 天" in said
    assert "沟通" in said


def test_totals_on_the_page_are_the_engines_to_the_fen(client, rows, borrower):
    loans = [make_loan(rows, borrower), make_loan(rows, borrower, principal_fen=777_701, paid=5)]
    found = [owed(loan) for loan in loans]
    said = main(client.get("/home"))
    for fen in (
        sum(one.today_fen for one in found),
        sum(one.overdue_principal_fen for one in found),
        sum(one.interest_fen for one in found),
        sum(one.penalty_fen for one in found),
        sum(one.payoff_fen for one in found),
        *(one.today_fen for one in found),
    ):
        assert yuan(fen) in said


def test_every_figure_opens_into_lines_that_sum_to_it(client, rows, borrower):
    loan = make_loan(rows, borrower)
    figures = owed(loan)
    page = client.get(f"/loan/{loan.public_id}").page
    opened = {}
    for details in page.iter("details"):
        name = details.first("summary").first("span").node.text.strip()
        shown = [b.text() for b in details.iter("b")]
        opened[name] = shown
    assert opened["本金"][0] == yuan(figures.overdue_principal_fen)
    assert opened["利息"][0] == opened["利息"][-1] == yuan(figures.interest_fen)
    assert opened["罚息"][0] == opened["罚息"][-1] == yuan(figures.penalty_fen)
    assert opened["罚息"][1:-1] == [yuan(one.penalty_fen) for one in figures.overdue]
    assert opened["今天应还"][0] == yuan(figures.today_fen)
    assert yuan(figures.payoff_fen) in page.text()


@pytest.mark.parametrize(("paid", "words"), [(8, "第 9、10、11 期，"), (2, "第 3 到 11 期，")])
def test_the_instalments_behind_are_named_briefly(client, rows, borrower, paid, words):
    loan = make_loan(rows, borrower, paid=paid)
    assert words in client.get(f"/loan/{loan.public_id}").page.text()


def test_how_to_pay_is_as_configured_with_the_loan_as_remark(client, rows, borrower, settings):
    loan = make_loan(rows, borrower)
    said = main(client.get(f"/loan/{loan.public_id}"))
    site = settings.site
    for part in (
        site.payee_name,
        site.payee_bank,
        site.payee_account,
        loan.ref,
        site.payment_shows,
    ):
        assert part in said


def test_a_pay_off_has_no_line_for_what_there_is_not(client, rows, borrower):
    over = make_loan(rows, borrower, periods=12, paid=11, start_on=date(2025, 9, 18), due_day=18)
    assert "未到期本金" not in main(client.get(f"/loan/{over.public_id}"))
    assert "未到期本金的利息怎么算" in main(
        client.get(f"/loan/{make_loan(rows, borrower).public_id}")
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"start_on": date(2025, 11, 23), "due_day": 23, "periods": 12, "paid": 11}, True),
        ({"start_on": date(2025, 11, 23), "due_day": 23, "annual_ppm": 0, "paid": 11}, False),
        ({}, False),
    ],
)
def test_on_a_due_date_a_pay_off_says_why_it_may_be_more(client, rows, borrower, values, told):
    loan = make_loan(rows, borrower, **values)
    figures, text = owed(loan), main(client.get(f"/loan/{loan.public_id}"))
    # 31 days of 360 are more than a twelfth of a year
    assert (figures.due_today_fen < figures.payoff_fen) or not told
    assert ("结清里的利息按实际天数算" in text) is told
    assert (f"今天有一期到期，{yuan(figures.due_today_fen)}" in text) is told


@pytest.mark.parametrize("paid", [8, 11])
def test_breathing_space_stands_on_home_only_where_something_is_due(client, rows, borrower, paid):
    make_loan(rows, borrower, paid=paid)
    text = main(client.get("/home"))
    assert ("12 个月里可以用一次" in text) is (paid == 8)


def test_the_excess_over_the_ceiling_is_its_own_line(client, rows, borrower):
    loan = make_loan(rows, borrower, annual_ppm=300_000)
    said = main(client.get(f"/loan/{loan.public_id}"))
    assert "超过上限的部分" in said
    assert yuan(-owed(loan).excess_fen) in said
    assert yuan(-owed(loan).excess_fen) in main(client.get("/home"))


def test_a_difference_shows_the_lower_figure_as_being_checked(client, rows, borrower):
    loan = make_loan(rows, borrower, differences={"penalty": -137})
    said = main(client.get(f"/loan/{loan.public_id}"))
    assert "正在核对" in said
    assert yuan(owed(loan).penalty_fen - 137) in said
    assert yuan(owed(loan, lower={"penalty": 137}).today_fen) in main(client.get("/home"))
    assert "正在核对" in main(client.get("/home"))


def test_a_missing_loan_shows_no_figure_and_no_way_to_propose(client, rows, borrower):
    loan = make_loan(rows, borrower, missing_since_on=date(2026, 11, 22))
    for address in ("/home", f"/loan/{loan.public_id}"):
        said = main(client.get(address))
        assert "正在核对" in said
        assert "¥" not in said
        assert "说说我能还多少" not in said


def test_a_time_barred_loan_is_not_pressed(client, rows, borrower):
    loan = make_loan(rows, borrower, start_on=date(2020, 1, 18), periods=12)
    for address in ("/home", f"/loan/{loan.public_id}"):
        said = main(client.get(address))
        assert "工作人员" in said
        assert not [words for words in ("说说我能还多少", "还到哪里", "收款人") if words in said]


def test_nothing_past_due_reads_calm(client, rows, borrower):
    make_loan(rows, borrower, paid=11)
    said = main(client.get("/home"))
    assert "一切正常" in said
    assert "下一期 12月18日到期" in said
    assert "已过还款日" not in said
    assert "罚息" not in said  # no rows of nothing


def test_an_open_plan_takes_the_place_of_proposing(client, rows, borrower):
    loan = make_loan(rows, borrower)
    version = make_plan(rows, loan)
    make_hold(rows, borrower)
    for address in ("/home", f"/loan/{loan.public_id}"):
        page = client.get(address).page
        assert f"/plan/{version.public_id}" in [a.get("href") for a in page.iter("a")]
        assert "说说我能还多少" not in page.text()
    assert "利息和罚息已经停在 11月21日" in main(client.get(f"/loan/{loan.public_id}"))
    said = main(client.get("/home"))
    assert "暂缓联络生效中" in said
    assert "最晚 12月2日" in said


@pytest.mark.parametrize(
    "ended", [{"state": "refused", "decided_at": NOW}, {"state": "upheld", "ended_at": NOW}]
)
def test_a_refused_plan_leads_to_its_answer_first_and_to_another_proposal(
    client, rows, borrower, ended
):
    loan = make_loan(rows, borrower)
    version = make_plan(rows, loan, **ended)
    page = client.get("/home").page
    assert [a.get("href") for a in page.iter("a")].count(f"/plan/{version.public_id}") == 1
    said = page.first("main").text()
    assert said.index("有答复了") < said.index("可以一起商量") < said.index("说说我能还多少")


def test_where_customer_service_waits_for_a_reply_home_leads_there_once(
    client, rows, borrower, gateways, site
):
    version = make_plan(rows, make_loan(rows, borrower))
    thread = ask_change(rows, gateways.vault, site, version.public_id, handler(rows))
    page = client.get("/home").page
    assert page.first("h1").text() == "客服在等您回复"
    assert [a.get("href") for a in page.iter("a")].count(f"/messages/{thread}") == 1
    said = page.first("main").text()
    assert "最晚" not in said
    assert "条新回复" not in said
    add(rows, gateways.vault, borrower, thread)
    assert "最晚 12月2日" in main(client.get("/home"))


def test_an_approved_plan_says_until_when_it_may_be_signed(client, rows, borrower):
    make_plan(
        rows, make_loan(rows, borrower), state="approved", valid_until_at=NOW + timedelta(days=7)
    )
    assert "有效到11月30日（含当天），看明白了再签字" in main(client.get("/home"))


def test_a_small_debt_is_not_promised_instalments(client, rows, borrower):
    small = make_loan(rows, borrower, principal_fen=15_000, annual_ppm=0)
    for address in ("/home", f"/loan/{small.public_id}"):
        said = main(client.get(address))
        assert "选一天还清" in said
        assert "每月" not in said.split("今天应还")[0]


@pytest.mark.parametrize("age", [1, 4])
def test_the_day_of_the_data_is_said_once_a_page(client, rows, borrower, age):
    loans = [
        make_loan(rows, borrower, as_of_on=TODAY - timedelta(days=age), principal_fen=fen)
        for fen in (600_000, 777_701)
    ]
    for address in ("/home", f"/loan/{loans[0].public_id}"):
        said = main(client.get(address))
        assert len(re.findall(r"数据截至|数据停在", said)) == 1


def test_codes_alone_are_no_contact(client, rows, borrower):
    make_contact(rows, borrower, purpose="code")
    assert "还没有联系过您" in main(client.get("/home"))


@pytest.mark.parametrize(("age", "told"), [(3, False), (4, True)])
def test_a_file_older_than_three_days_is_said(client, rows, borrower, age, told):
    loan = make_loan(rows, borrower, as_of_on=TODAY - timedelta(days=age))
    assert ("数字可能不是最新的" in main(client.get("/home"))) is told
    assert ("数字可能不是最新的" in main(client.get(f"/loan/{loan.public_id}"))) is told


def test_a_borrower_without_loans_has_a_page_too(client, borrower):
    assert "这里还没有您的借款" in main(client.get("/home"))


def test_every_contact_is_shown_newest_first_and_no_code_among_them(client, rows, borrower):
    make_contact(rows, borrower, purpose="code", words="验证码 123456，五分钟内有效")
    make_contact(
        rows, borrower, channel="voice", purpose="collection", result="answered", words="您说想分期"
    )
    said = main(client.get("/contacts"))
    assert said.index("人工电话") < said.index("登录、签字用的验证码")
    assert "您说想分期" in said
    assert "123456" not in said
    assert "一共 1 次" in main(client.get("/home"))


def test_older_contacts_are_pages_of_thirty(client, rows, borrower):
    for day in range(1, 32):
        make_contact(
            rows,
            borrower,
            at=datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=day),
            words=f"第{day}条",
        )
    first = client.get("/contacts")
    assert "第31条" in main(first)
    assert "第1条" not in main(first)
    assert "第1条" in main(client.follow(first, "更早的记录"))


def test_another_borrowers_loan_is_exactly_like_one_that_does_not_exist(
    client, rows, gateways, borrower
):
    other = make_loan(rows, make_borrower(rows, gateways.vault, mobile="19003740001"))
    theirs, nobodys = client.get(f"/loan/{other.public_id}"), client.get("/loan/" + "z" * 20)
    assert theirs.status_code == nobodys.status_code == 404
    assert _without_tokens(theirs) == _without_tokens(nobodys)


def test_contacts_of_another_borrower_are_never_shown(client, rows, gateways, borrower):
    make_contact(rows, make_borrower(rows, gateways.vault, mobile="19003740001"), words="别人的话")
    assert "别人的话" not in main(client.get("/contacts"))


def test_no_page_shows_a_whole_mobile_id_or_name(client, rows, borrower):
    loan = make_loan(rows, borrower)
    make_contact(rows, borrower)
    for address in ("/home", f"/loan/{loan.public_id}", "/contacts"):
        body = client.get(address).get_data(as_text=True)
        assert not re.search(r"(?<!\d)1\d{10}(?!\d)|\d{17}[\dX]", body), address
        assert not [secret for secret in (MOBILE, ID_NUMBER, NAME) if secret in body], address


@pytest.mark.parametrize("address", ["/home", "/contacts", "/loan/" + "z" * 20])
def test_strangers_are_sent_to_sign_in(client, address):
    answer = client.get(address)
    assert answer.status_code in (302, 303)
    assert "/sign-in" in answer.location


def test_home_stays_small(client, rows, borrower):
    for _ in range(5):
        make_loan(rows, borrower)
    assert len(client.get("/home").get_data()) < 30_000


def _without_tokens(response):
    return re.sub(r'value="[\w.\-]{20,}"|/loan/\w{20}', "", response.get_data(as_text=True))


@pytest.fixture
def proposed(rows, borrower, gateways, site):
    """Makes a plan of a borrower's own: waiting for a person, or offered at once; its version."""

    def make(*, disputed=False, now=NOW, **loan):
        made = answered(
            rows,
            gateways.vault,
            borrower=borrower,
            loan=make_loan(rows, borrower, **loan),
            disputed=disputed,
            now=now,
        )
        public_id = submit(rows, gateways.vault, site, made, now=now)
        query = select(PlanVersion).where(PlanVersion.public_id == public_id)
        return rows.scalars(query).one()

    return make


def first_payment(version):
    terms = read_terms(version.terms, moved=moved_of(version))
    return terms.payments[0]


@pytest.mark.parametrize("disputed", [True, False], ids=["submitted", "offered"])
def test_while_a_plan_is_open_what_is_due_and_what_comes_next_are_the_plans(
    client, rows, borrower, proposed, disputed
):
    version = proposed(disputed=disputed)
    said = main(client.get("/home"))
    first = first_payment(version)
    assert f"{cn_month_day(first.due_on)} {yuan(first.amount_fen)}" in said
    assert "今天应还合计¥0.00" in said
    loan = rows.scalars(select(Loan)).one()
    contract = next(one for one in schedule(terms_of(loan))[loan.paid :] if one.due_on > TODAY)
    assert cn_month_day(contract.due_on) not in said
    assert yuan(contract.total_fen) not in said
    # what the contract asked for is not hidden, it rests
    assert yuan(owed(loan).today_fen) in said.partition("照合同已到期")[2]
    page = client.get(f"/plan/{version.public_id}").page.text()
    assert yuan(first.amount_fen) in page


def test_once_a_plan_runs_what_is_due_and_what_comes_next_are_the_plans(
    client, rows, borrower, proposed
):
    version = proposed()
    make_agreement(rows, version)
    make_hold(rows, borrower, cause="plan_kept", loan_id=rows.scalars(select(Loan)).one().id)
    said, first = main(client.get("/home")), first_payment(version)
    assert "照方案还就好" in said
    assert f"下一笔 {cn_month_day(first.due_on)}到期" in said
    assert yuan(first.amount_fen) in said
    assert "今天应还合计¥0.00" in said
    assert "会联系您" not in said
    loan = rows.scalars(select(Loan)).one()
    contract = next(one for one in schedule(terms_of(loan))[loan.paid :] if one.due_on > TODAY)
    assert cn_month_day(contract.due_on) not in said
    assert yuan(contract.total_fen) not in said
    assert yuan(owed(loan).today_fen) not in said


def test_a_plan_beside_an_ordinary_loan_leaves_that_one_as_it_is(client, rows, borrower, proposed):
    proposed(disputed=True)
    other = make_loan(rows, borrower, principal_fen=777_701)
    said = main(client.get("/home"))
    assert f"今天应还合计{yuan(owed(other).today_fen)}" in said


@pytest.mark.parametrize("cause", ["breathing", "plan_submitted"])
def test_in_a_hold_no_page_says_that_someone_will_call(client, rows, borrower, cause):
    loan = make_loan(rows, borrower)
    assert "客服会联系您" in main(client.get("/home"))
    held = {"loan_id": loan.id} if cause == "plan_submitted" else {}
    make_hold(rows, borrower, cause=cause, until_at=NOW + timedelta(days=20), **held)
    assert "会联系您" not in main(client.get("/home"))


def test_a_hold_on_one_loan_says_nothing_about_another(client, rows, borrower):
    held = make_loan(rows, borrower, paid=7)
    make_loan(rows, borrower)
    make_hold(rows, borrower, loan_id=held.id)
    assert "客服会联系您" in main(client.get("/home"))


def test_the_time_line_is_in_the_order_of_its_days(client, rows, borrower):
    until = NOW + timedelta(days=7)
    make_plan(rows, make_loan(rows, borrower), state="approved", valid_until_at=until)
    make_loan(rows, borrower, paid=11)
    make_hold(rows, borrower, cause="breathing", until_at=NOW + timedelta(days=2))
    line = next(one for one in client.get("/home").page.iter("ol") if "ah-line" in one.get("class"))
    days = re.findall(r"(\d+)月(\d+)日", line.text())
    assert len(days) >= 3
    found = [(int(month), int(day)) for month, day in days]
    assert found == sorted(found)
    assert "签字有效到11月30日（含当天）" in line.text()


def test_of_two_offers_the_one_that_ends_first_stands_first_until_it_is_signed(
    client, rows, borrower, proposed
):
    """The other loan is longer past due, and a refusal is to be read."""
    until = NOW + timedelta(days=6)
    make_plan(rows, make_loan(rows, borrower), state="approved", valid_until_at=until)
    soon = proposed(now=NOW - timedelta(days=5), paid=7)
    make_plan(rows, make_loan(rows, borrower, paid=6), state="refused", decided_at=NOW)
    said = main(client.get("/home"))
    assert said.index("有效到11月25日（含当天）") < said.index("有答复了")
    make_agreement(rows, soon)
    assert "有效到11月29日（含当天）" in main(client.get("/home"))
