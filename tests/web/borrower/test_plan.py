"""The journey from a loan to a proposal, page by page."""

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from app.domain.money import yuan
from app.domain.plan_terms import Waiver, read_terms
from app.models import Hold, Loan, OutboxItem, Plan, PlanDraft, PlanVersion
from app.services.core.policy import active_policy
from app.services.loans.figures import figures_where
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.asking import journey, pick, say_amounts, to_amounts, to_ways
from tests.support.clock import NOW
from tests.support.people import sign_in_as
from tests.support.proposals import decide, make_staff, submitted

MONTHLY = "1300"


def to_options(phone, loan, *, upfront="0", monthly=MONTHLY, day="10"):
    page = to_amounts(phone, loan)
    page = say_amounts(phone, loan, page, monthly=monthly, upfront=upfront, day=day)
    is_month = page.request.path.endswith("/household")
    return phone.post_form(page, _button="skip") if is_month else page


def to_check(phone, loan, choice="best_fit", **answers):
    return phone.post_form(to_options(phone, loan, **answers), _button="choose", choice=choice)


def count(session, table) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table))


def test_from_the_loan_to_a_number_in_six_pages(phone, borrower, session):
    loan = make_loan(session, borrower, disputed=True)
    page = phone.get(f"/loan/{loan.public_id}")
    page = phone.follow(page, "说说我能还多少")
    assert page.request.path == journey(loan, "reason")
    assert "第 1 步，共 5 步" in page.page.text()
    page = phone.post_form(page, _action="/reason", reason="income_fell")
    assert page.request.path == journey(loan, "ways")
    page = pick(phone, page)
    assert page.request.path == journey(loan, "monthly")
    page = phone.post_form(page, answer=MONTHLY)
    assert page.request.path == journey(loan, "options")
    page = phone.post_form(page, _button="choose", choice="best_fit")
    assert page.request.path == journey(loan, "check")
    page = phone.post_form(page)
    assert page.request.path.endswith("/done")
    text = page.page.text()
    assert re.search(r"AH-\d{5}", text)
    assert "2026年12月2日" in text
    assert "打电话 400-000-0000" in text
    assert count(session, Plan) == 1


@pytest.mark.parametrize("typed", ["１３００", "1,300", "¥1300", "1300元", " 1300.00 "])
def test_amounts_as_people_type_them(phone, loan, typed):
    assert "¥1,300.00" in to_check(phone, loan, monthly=typed).page.text()


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("一千三左右", "请用数字写金额，例如 1300"),
        ("-5", "金额不能是负数"),
        ("0", "要比 0 多"),
        ("", "请填写金额"),
    ],
)
def test_a_wrong_amount_is_told_beside_and_on_top_and_kept(phone, loan, typed, advice):
    page = phone.post_form(to_amounts(phone, loan), answer=typed)
    assert page.request.path == journey(loan, "monthly")
    assert page.page.text().count(advice) == 2
    assert page.page.title.startswith("错误：")
    field = next(one for one in page.page.iter("input") if one.get("name") == "answer")
    assert (field.get("value") or "") == typed


def test_a_first_payment_of_everything_is_told_at_its_question(phone, loan):
    to_options(phone, loan)
    page = phone.post_form(phone.get(journey(loan, "first-payment")), answer="999999")
    assert page.request.path == journey(loan, "first-payment")
    assert "已经够全部结清" in page.page.text()


def test_no_pay_day_chosen_is_told(phone, loan):
    page = to_options(phone, loan, day="")
    assert page.request.path == journey(loan, "pay-day")
    assert page.page.text().count("请选一个日子") == 2


@pytest.mark.parametrize("step", ["monthly", "pay-day", "options", "check"])
def test_out_of_step_leads_to_the_latest_page_allowed(phone, loan, step):
    assert phone.get(journey(loan, step), follow_redirects=True).request.path == journey(
        loan, "reason"
    )
    page = to_ways(phone, loan)
    assert phone.get(journey(loan, step), follow_redirects=True).request.path == journey(
        loan, "ways"
    )
    pick(phone, page)
    expected = "monthly"
    assert phone.get(journey(loan, step), follow_redirects=True).request.path == journey(
        loan, expected
    )


def test_answers_wait_where_they_were_left(phone, loan):
    to_options(phone, loan)
    page = phone.get(journey(loan, "monthly"))
    assert (
        next(one for one in page.page.iter("input") if one.get("name") == "answer").get("value")
        == "1300"
    )
    assert phone.get(journey(loan), follow_redirects=True).request.path == journey(loan, "options")


def test_options_tell_every_instalment_to_the_fen(phone, loan, session):
    page = to_options(phone, loan)
    text = page.page.text()
    for words in (
        "最合适",
        "每月最少",
        "最快还完",
        "年化利率（单利）",
        "比今天结清多",
        "还完后减免",
        "人工确认",
    ):
        assert words in text
    page = phone.post_form(page, _button="choose", choice="lowest")
    page = phone.post_form(page)
    version = session.scalars(select(PlanVersion)).one()
    text = page.page.text()
    for row in version.terms["loans"][0]["instalments"]:
        amount = sum(fen for name, fen in row.items() if name.endswith("_fen"))
        due = date.fromisoformat(row["due_on"])
        assert f"第 {row['number']} 期 {due.year}年{due.month}月{due.day}日" in text
        assert yuan(amount) in text
    assert yuan(version.total_fen) in text


def test_the_fastest_says_that_it_is_more_than_was_asked(phone, loan):
    text = to_options(phone, loan).page.text()
    assert "每月比您说的 ¥1,300.00 多" in text


def test_amounts_on_the_options_are_written_and_named_exactly(phone, loan):
    page = to_options(phone, loan)
    ends = [one.text() for one in page.page.iter("div") if one.get("class") == "ah-slide__ends"]
    assert ends
    assert all(re.fullmatch(r"(¥\d{1,3}(,\d{3})*\s*){2}", text) for text in ends), ends
    cards = [one.text() for one in page.page.iter("div") if one.get("class") == "ah-opt"]
    # What most instalments are, the odd ones named; not the highest alone.
    assert all(
        re.search(r"每月还\s*¥[\d,.]+\s*((第一期|最后一期) ¥[\d,.]+[；\s]*)+", one) for one in cards
    ), cards


def test_a_slider_recomputes_only_what_was_moved(phone, loan, session):
    page = to_options(phone, loan, monthly="1333.33")
    page = phone.post_form(page, _button="recompute", upfront="500")
    assert page.request.path == journey(loan, "options")
    session.rollback()
    answers = session.scalars(select(PlanDraft)).one().answers
    assert (answers["monthly_fen"], answers["upfront_fen"]) == (133_333, 50_000)
    assert "¥500.00" in page.page.text()


@pytest.mark.parametrize(
    ("step", "value", "shown"),
    [
        ("first-payment", "200", "¥200.00"),
        ("monthly", "1500", "¥1,500.00"),
        ("pay-day", "last", "每月最后一天"),
    ],
)
def test_each_answer_can_be_changed_and_comes_back_to_the_check(phone, loan, step, value, shown):
    page = to_check(phone, loan)
    link = next(a for a in page.page.iter("a") if f"/{step}?back=check" in (a.get("href") or ""))
    page = phone.post_form(phone.get(link.get("href")), answer=value)
    assert page.request.path == journey(loan, "check")
    text = page.page.text()
    assert shown in text
    kept = {"first-payment": "先不还", "monthly": "¥1,300.00", "pay-day": "每月 10 日"}
    assert all(words in text for name, words in kept.items() if name != step)


def test_the_notices_stand_before_the_button_word_for_word(phone, loan):
    text = to_check(phone, loan).page.text()
    assert "签字表示同意还款，诉讼时效中断；分期的，从新方案最后一期到期日起算 3 年。" in text
    assert "提交协商方案视为同意履行债务" in text
    assert "马上有结果" in text


def test_a_double_tap_makes_one(phone, loan, session):
    page = to_check(phone, loan)
    first = phone.post_form(page)
    second = phone.post_form(page)
    assert first.request.path == second.request.path
    assert first.request.path.endswith("/done")
    assert count(session, Plan) == count(session, Hold) == count(session, OutboxItem) == 1


def test_figures_that_changed_overnight_are_shown_again(phone, loan, session, clock, app, borrower):
    page = to_check(phone, loan)
    clock.advance(days=1)
    sign_in_as(phone, session, borrower, now=clock.now())
    again = phone.post_form(page)
    assert again.request.path == journey(loan, "check")
    assert "金额按今天重新算过了" in again.page.text()
    assert count(session, Plan) == 0
    assert phone.post_form(again).request.path.endswith("/done")


def test_two_tabs_never_submit_what_was_not_seen(phone, loan, session):
    first_tab = to_check(phone, loan)
    phone.post_form(phone.get(journey(loan, "monthly") + "?back=check"), answer="2000")
    page = phone.post_form(first_tab)
    assert "金额按今天重新算过了" in page.page.text()
    assert count(session, Plan) == 0


def test_after_submission_the_journey_leads_to_the_status(phone, session, borrower):
    loan = make_loan(session, borrower, disputed=True)
    page = to_check(phone, loan)
    phone.post_form(page)
    for step in ("", "monthly", "check"):
        found = phone.get(journey(loan, step), follow_redirects=True)
        assert re.fullmatch(r"/plan/\w{20}", found.request.path)
        assert "正在看您的方案" in found.page.text()


def test_the_done_page_can_be_opened_again_the_next_day(phone, loan, clock, session, borrower):
    done = phone.post_form(to_check(phone, loan)).request.path
    clock.advance(days=1)
    sign_in_as(phone, session, borrower, now=clock.now())
    assert phone.get(done).status_code == 200


def test_nothing_fits_is_no_dead_end(phone, loan):
    page = to_options(phone, loan, monthly="50")
    text = page.page.text()
    assert "每月最少要" in text
    targets = {a.get("href") for a in page.page.iter("a")}
    assert {
        journey(loan, "monthly"),
        "/breathing",
    } <= targets
    assert "/callback?topic=talk" in targets
    assert any((one or "").startswith("tel:400") for one in targets)


def test_a_plan_without_interest_is_said_to_be_the_supervisors(phone, loan):
    text = to_options(phone, loan, monthly="150").page.text()
    assert "主管确认" in text
    assert "这个方案要主管来定" in text


def test_two_amounts_left_out_are_told_apart_in_the_summary(phone, session, borrower):
    loan = make_loan(session, borrower, principal_fen=9_000_000)
    page = say_amounts(phone, loan, to_amounts(phone, loan), monthly="3000")
    page = phone.post_form(phone.post_form(page, answer="1"), own="0")
    assert page.request.path.endswith("/spending")
    page = phone.post_form(page, housing="一千")
    told = [
        one.text()
        for one in phone.post_form(page, medicine="二百").page.first("main").iter("a")
        if one.get("href", "").startswith("#")
    ]
    assert told == [
        "请填写金额，例如 1300",
        "房租或房贷：请用数字写金额，例如 1300",
        "看病吃药：请用数字写金额，例如 1300",
    ]


def test_a_small_debt_asks_only_the_day(phone, session, borrower):
    small = make_loan(session, borrower, principal_fen=15_000, annual_ppm=0)
    page = phone.get(journey(small), follow_redirects=True)
    assert page.request.path == journey(small, "day")
    assert "第 1 步，共 2 步" in page.page.text()
    days = [one.get("value") for one in page.page.iter("option")]
    assert (days[1], days[-1], len(days)) == ("2026-11-30", "2026-12-23", 25)
    assert "11月30日 周一" in page.page.text()
    page = phone.post_form(page, answer="2026-12-05")
    assert page.request.path == journey(small, "check")
    assert "一次还清" in page.page.text()
    assert "2026年12月5日" in page.page.text()
    assert phone.post_form(page).request.path.endswith("/done")


def test_a_small_debt_paid_in_time_leaves_its_penalty_out(phone, session, borrower):
    small = make_loan(session, borrower, principal_fen=15_000, annual_ppm=240_000)
    (figures,) = figures_where(
        session, Loan.id == small.id, policy=active_policy(session)[1], today=NOW.date()
    )
    owed = figures.owed
    assert 0 < owed.net.penalty_fen < owed.payoff_fen < 20_000
    page = phone.get(journey(small, "day"))
    rest = yuan(owed.payoff_fen - owed.net.penalty_fen)
    for told in (yuan(owed.payoff_fen), f"−{yuan(owed.net.penalty_fen)}", rest):
        assert told in page.page.text()
    page = phone.post_form(page, answer="2026-12-05")
    assert rest in page.page.text()
    assert yuan(owed.net.penalty_fen) in page.page.text()
    assert phone.post_form(page).request.path.endswith("/done")
    session.rollback()
    terms = session.scalars(select(PlanVersion.terms)).one()
    waiver = Waiver("penalty", owed.net.penalty_fen, "paid_in_time")
    assert read_terms(terms).loans[0].waivers == (waiver,)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"missing_since_on": date(2026, 11, 20)}, "正在核对"),
        ({"start_on": date(2018, 1, 18)}, "先由工作人员查看"),
        ({"legal_review": True}, "由同事先看清楚"),
    ],
)
def test_where_no_plan_can_be_proposed_the_page_says_why_and_leads_on(
    phone, session, borrower, values, words
):
    loan = make_loan(session, borrower, **values)
    page = phone.get(journey(loan), follow_redirects=True)
    assert words in page.page.text()
    assert "/callback?topic=talk" in {a.get("href") for a in page.page.iter("a")}


def test_a_stale_file_is_said_on_the_way(phone, session, borrower):
    loan = make_loan(session, borrower, as_of_on=date(2026, 11, 18))
    assert "先核对，再答复您" in to_options(phone, loan).page.text()


def test_another_borrowers_loan_and_plan_look_like_nothing(phone, session, gateways, site):
    stranger = make_borrower(session, gateways.vault)
    loan = make_loan(session, stranger)
    version = make_plan(session, make_loan(session, stranger))
    nowhere = phone.get(f"/plan/{'x' * 20}")
    for path in (
        journey(loan),
        journey(loan, "options"),
        f"/plan/{version.public_id}",
        f"/plan/{version.public_id}/done",
    ):
        page = phone.get(path)
        assert page.status_code == 404
        assert _plain(page) == _plain(nowhere)
    token = re.search(
        r'name="csrf_token" value="([^"]+)"', phone.get("/help").get_data(as_text=True)
    ).group(1)
    for step in ("first-payment", "monthly", "pay-day", "options", "check"):
        sent = {"csrf_token": token, "answer": "0", "request_key": "k", "shown_sha256": "s"}
        assert phone.post(journey(loan, step), data=sent).status_code == 404


def _plain(page) -> str:
    return re.sub(r'value="[^"]{60,}"', "", page.get_data(as_text=True))


def test_an_approved_plan_says_what_comes_next(phone, session, gateways, site, borrower, loan):
    version = submitted(session, gateways.vault, site, borrower=borrower, loan=loan)
    decide(session, gateways.vault, site, version, make_staff(session), words="按您的情况做得到。")
    text = phone.get(f"/plan/{version}").page.text()
    for words in (
        "已同意，等您签字",
        "有效到11月30日（含当天）",
        "看明白了再签字",
        "按您的情况做得到。",
        "等您签字期间，不打电话也不发提醒",
    ):
        assert words in text


def test_moved_dates_are_told(phone, session, gateways, site, borrower, loan, clock):
    version = submitted(session, gateways.vault, site, borrower=borrower, loan=loan)
    clock.advance(days=12)
    decide(session, gateways.vault, site, version, make_staff(session), now=clock.now())
    sign_in_as(phone, session, borrower, now=clock.now())
    text = phone.get(f"/plan/{version}").page.text()
    assert "日期往后移了 1 个月" in text
    assert "第 1 期 2027年1月10日" in text


def test_a_refusal_gives_the_reason_the_words_and_two_ways_on(
    phone, session, gateways, site, borrower, loan
):
    version = submitted(session, gateways.vault, site, borrower=borrower, loan=loan)
    decide(
        session,
        gateways.vault,
        site,
        version,
        make_staff(session),
        answer="refuse",
        words="想和您一起再看看。",
    )
    page = phone.get(f"/plan/{version}")
    text = page.page.text()
    for words in (
        "这次没通过",
        "还清需要的时间超过了可以商量的最长期限",
        "想和您一起再看看。",
        "到 11月26日，不打电话也不发提醒",
    ):
        assert words in text
    targets = {a.get("href") for a in page.page.iter("a")}
    assert {journey(loan), "/callback?topic=talk"} <= targets
    # The answers are there again: what is to be changed is picked on the page that lists them.
    assert phone.get(journey(loan), follow_redirects=True).request.path == journey(loan, "check")


def test_no_title_or_figure_gives_the_borrower_away(phone, loan):
    page = to_check(phone, loan)
    assert not re.search(r"债|逾期|催收", page.page.title)
    assert not re.search(r"1\d{10}|\d{17}[\dX]", page.page.text())


def test_what_is_above_the_amount_asked_for_never_stands_first(phone, loan):
    page = to_options(phone, loan, monthly="1300")
    names = [one.get("value") for one in page.page.iter("input") if one.get("name") == "choice"]
    assert "比您说的 ¥1,300.00 多" in page.page.text()
    assert names[-1] == "fastest"


def test_breathing_space_says_how_often_it_can_be_used(phone, loan):
    page = to_options(phone, loan, monthly="50")
    assert "12 个月里可以用一次" in page.page.text()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"annual_ppm": 300_000}, "息费超过了年化 24% 的上限，同事要先核对。"),
        ({"disputed": True}, "这笔借款有争议的记录"),
        ({"difference": True}, "贷款机构给的数字和我们算的不一样"),
        ({"as_of_on": date(2026, 11, 18)}, "贷款机构的数据超过 3 天没有更新"),
    ],
)
def test_every_wait_says_why_and_by_when(phone, session, borrower, values, why):
    loan = make_loan(session, borrower, **values)
    page = to_check(phone, loan)
    assert page.request.path == journey(loan, "check")
    done = phone.post_form(page)
    status = phone.get(done.request.path.removesuffix("/done"))
    home = phone.get("/home")
    for shown in (page, done, status, home):
        text = shown.page.text()
        assert ("为什么由人来看" in text) is (shown is not home)
        assert why in text
        assert re.search(r"最晚 (2026年)?12月\d+日有结果", text)
    said = phone.get(f"/loan/{loan.public_id}").page.text()
    assert re.search(r"正在看。最晚 12月\d+日有结果", said)


def test_what_is_agreed_at_once_gives_no_reason_to_wait(phone, loan):
    page = to_check(phone, loan)
    assert "马上有结果" in page.page.text()
    for shown in (page, phone.post_form(page)):
        assert "为什么由人来看" not in shown.page.text()
