"""After the submission: approved at once, the page of each state, taking it back, appealing, what
is on hold.
"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.models import Appeal, AuditEntry, Hold, OutboxItem, PlanVersion
from app.services.proposals.submitting import withdraw_plan
from tests.support.acting import acting
from tests.support.appeals import WORDS, answer, appeal, refused
from tests.support.clock import NOW
from tests.support.people import sign_in_as
from tests.support.proposals import actor_of, approved_at_once, decide, make_staff, submitted
from tests.support.threads import add, ask_change, handler


@pytest.fixture
def mine(gateways, borrower, loan):
    return {"borrower": borrower, "loan": loan}


@pytest.fixture
def at_once(session, gateways, site, mine) -> str:
    return approved_at_once(session, gateways.vault, site, **mine)


@pytest.fixture
def waiting(session, gateways, site, mine) -> str:
    return submitted(session, gateways.vault, site, **mine)


@pytest.fixture
def no(session, gateways, site, mine) -> str:
    version = refused(session, gateways.vault, site, **mine)[1]
    session.refresh(mine["loan"])
    return version


def at(page) -> set[str | None]:
    return {a.get("href") for a in page.page.iter("a")}


def coming(page) -> str:
    lists = [one for one in page.page.iter("ol") if one.has_class("ah-line")]
    return lists[0].text()


def state_of(session, version: str) -> str:
    session.rollback()
    return session.scalars(select(PlanVersion.state).where(PlanVersion.public_id == version)).one()


def test_what_policy_allows_is_agreed_on_the_done_page(phone, at_once):
    page = phone.get(f"/plan/{at_once}/done")
    text = page.page.text()
    for words in (
        "您的方案已同意",
        "有效到2026年11月30日（含当天）",
        "看协议",
        "第 1 期",
        "等您签字期间，不打电话也不发提醒",
    ):
        assert words in text
    assert "由人来看" not in text
    assert {f"/plan/{at_once}", "/hold"} <= at(page)


def test_the_status_tells_the_answer_in_one_sheet_and_what_comes_next(phone, at_once):
    page = phone.get(f"/plan/{at_once}")
    sheet = next(one for one in page.page.iter("section") if one.has_class("ah-sheet--next")).text()
    for words in ("每月还", "一共还", "年化利率", "第一期", "还完"):
        assert words in sheet
    assert "等您签字" in coming(page)
    assert "2026年12月10日" in coming(page)
    text = page.page.text()
    assert text.index("符合当场同意的条件") < text.index("收到方案，暂缓联络开始")
    assert f"/plan/{at_once}/withdraw" in at(page)


def test_what_a_plan_adds_is_told_for_the_day_it_was_computed_for(
    phone, at_once, session, borrower, clock
):
    """Read days later, the pay-off it is held against is still that of the day it was proposed."""
    clock.advance(days=2)
    sign_in_as(phone, session, borrower, now=clock.now())
    text = phone.get(f"/plan/{at_once}").page.text()
    assert "比今天结清" not in text
    assert "比当天结清多" in text
    assert "2026年11月23日结清是" in text


def test_waiting_says_by_when_and_both_ends(phone, waiting):
    page = phone.get(f"/plan/{waiting}")
    assert all(
        words in coming(page)
        for words in ("等同事答复", "2026年12月2日", "同意了", "没通过", "申诉")
    )


def test_where_customer_service_waits_for_a_reply_that_comes_first(
    phone, waiting, session, gateways, site
):
    thread = ask_change(session, gateways.vault, site, waiting, handler(session))
    page = phone.get(f"/plan/{waiting}")
    text = page.page.text()
    assert page.page.first("h1").text() == "客服在等您回复"
    assert "您回复以后，7 个工作日内有结果" in text
    assert "没有期限" in coming(page)
    assert "最晚" not in coming(page)
    assert "同事想请您改一改方案" in text
    assert f"/messages/{thread}" in at(page)
    assert text.index("看客服的话，回复") < text.index("您提的方案")
    assert "客服在等您回复" in phone.get(f"/plan/{waiting}/done").page.text()


def test_after_the_reply_it_is_ours_again_with_the_day(
    phone, waiting, session, gateways, site, borrower
):
    thread = ask_change(session, gateways.vault, site, waiting, handler(session))
    add(session, gateways.vault, borrower, thread, now=NOW + timedelta(days=4))
    page = phone.get(f"/plan/{waiting}")
    assert page.page.first("h1").text() == "正在看您的方案"
    assert "最晚 2026年12月8日" in coming(page)
    assert "12月8日有结果" in page.page.text()


def test_asked_when_it_was_late_the_page_promises_no_days(phone, waiting, session, gateways, site):
    late = NOW + timedelta(days=10)
    ask_change(session, gateways.vault, site, waiting, handler(session), now=late)
    text = phone.get(f"/plan/{waiting}").page.text()
    assert "您回复以后，我们马上接着看" in text
    assert "个工作日内" not in text


def test_a_refusal_offers_another_proposal_an_appeal_and_a_person(phone, no, loan):
    page = phone.get(f"/plan/{no}")
    text = page.page.text()
    assert "12月23日前都可以提" in text
    assert "这个数要还很久" in text
    assert {f"/loan/{loan.public_id}/plan", f"/plan/{no}/appeal", "/callback?topic=talk"} <= at(
        page
    )
    assert f"/plan/{no}/withdraw" not in at(page)
    assert "在这之前申诉，会一直暂缓到有结果" in coming(page)


def test_an_appeal_is_filed_with_words_and_its_clock_shows(phone, no, session):
    page = phone.follow(phone.get(f"/plan/{no}"), "不同意这个结果，要申诉")
    assert "12月2日答复" in page.page.text()
    page = phone.post_form(page, words=WORDS)
    assert page.request.path == f"/plan/{no}"
    assert "申诉已收到，换人在看" in page.page.text()
    assert "等另一位同事答复" in coming(page)
    assert "2026年12月2日" in coming(page)
    assert "等结果期间，不打电话也不发提醒" in page.page.text()
    assert state_of(session, no) == "under_appeal"
    home = phone.get("/home").page.text()
    assert "申诉已收到，换人在看" in home
    assert "12月2日" in home


@pytest.mark.parametrize(
    ("typed", "advice"), [("", "请写几句为什么不同意"), ("字" * 1001, "1000 个字以内")]
)
def test_words_that_do_not_do_are_told_beside_and_on_top_and_kept(
    phone, no, session, typed, advice
):
    page = phone.post_form(phone.get(f"/plan/{no}/appeal"), words=typed)
    assert page.request.path == f"/plan/{no}/appeal"
    assert page.page.text().count(advice) == 2
    assert page.page.title.startswith("错误：")
    assert next(page.page.iter("textarea")).text() == typed
    assert state_of(session, no) == "refused"


def test_a_double_tap_is_one_appeal(phone, no, session):
    page = phone.get(f"/plan/{no}/appeal")
    first, second = phone.post_form(page, words=WORDS), phone.post_form(page, words=WORDS)
    assert first.request.path == second.request.path == f"/plan/{no}"
    other_tab = phone.get(f"/plan/{no}/appeal", follow_redirects=True)
    assert other_tab.request.path == f"/plan/{no}"
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Appeal)) == 1


def test_while_another_plan_is_in_hand_the_appeal_says_so_and_leads_there(
    phone, no, session, gateways, site, mine, loan
):
    form = phone.get(f"/plan/{no}/appeal")
    other = submitted(session, gateways.vault, site, **mine)
    page = phone.post_form(form, words=WORDS)
    text = page.page.text()
    assert "另一个方案" in text
    assert WORDS in next(page.page.iter("textarea")).text()
    assert f"/plan/{other}" in at(page)
    assert state_of(session, no) == "refused"
    page = phone.get(f"/plan/{no}")
    assert f"/plan/{other}" in at(page)


def test_after_thirty_days_a_refusal_leads_on_without_an_appeal(
    phone, no, session, borrower, clock
):
    clock.advance(days=31)
    sign_in_as(phone, session, borrower, now=clock.now())
    page = phone.get(f"/plan/{no}")
    assert f"/plan/{no}/appeal" not in at(page)
    assert "/callback?topic=talk" in at(page)
    assert phone.get(f"/plan/{no}/appeal", follow_redirects=True).request.path == f"/plan/{no}"


def test_an_upheld_refusal_tells_both_answers_and_three_ways_on(
    phone, no, session, gateways, site, borrower, loan
):
    session.refresh(borrower)
    appeal(session, gateways.vault, borrower, no)
    answer(
        session,
        gateways.vault,
        site,
        no,
        make_staff(session),
        answer="refuse",
        words="和您一起再看一次。",
    )
    session.refresh(loan)
    page = phone.get(f"/plan/{no}")
    text = page.page.text()
    for words in (
        "申诉看过了，还是没通过",
        "和您一起再看一次。",
        "这个数要还很久",
        "另一位同事答复",
        "收到您的申诉",
    ):
        assert words in text
    assert {f"/loan/{loan.public_id}/plan", "/callback?topic=talk", "tel:12378"} <= at(page)
    assert "申诉有结果了" in phone.get("/home").page.text()


def test_an_appeal_that_succeeds_leads_to_signing(phone, no, session, gateways, site, borrower):
    session.refresh(borrower)
    appeal(session, gateways.vault, borrower, no)
    answer(session, gateways.vault, site, no, make_staff(session))
    page = phone.get(f"/plan/{no}")
    assert "已同意，等您签字" in page.page.text()
    assert "同事答复：同意" in page.page.text()


@pytest.mark.parametrize("kind", ["at_once", "waiting"])
def test_withdrawing_says_what_it_means_first(phone, session, request, kind, loan):
    version = request.getfixturevalue(kind)
    page = phone.follow(phone.get(f"/plan/{version}"), "撤回这次方案")
    text = page.page.text()
    for words in (
        "暂缓联络马上结束",
        "利息和罚息从今天起照常算",
        "30 天内再提，要由人看过",
        "不再发短信",
    ):
        assert words in text
    before = session.scalar(select(func.count()).select_from(OutboxItem))
    session.rollback()
    page = phone.post_form(page, _action="/withdraw")
    assert page.request.path == f"/plan/{version}"
    assert "方案已经撤回" in page.page.text()
    assert f"/loan/{loan.public_id}/plan" in at(page)
    assert state_of(session, version) == "withdrawn"
    assert session.scalar(select(func.count()).select_from(OutboxItem)) == before
    assert "现在没有暂缓联络" in phone.get("/hold").page.text()


def test_a_withdrawal_from_an_old_tab_changes_nothing_and_tells_how_it_stands(
    phone, waiting, session, gateways, site
):
    page = phone.get(f"/plan/{waiting}/withdraw")
    decide(session, gateways.vault, site, waiting, make_staff(session), answer="refuse")
    page = phone.post_form(page, _action="/withdraw")
    assert "这次没通过" in page.page.text()
    assert state_of(session, waiting) == "refused"
    assert (
        phone.get(f"/plan/{waiting}/withdraw", follow_redirects=True).request.path
        == f"/plan/{waiting}"
    )


def test_a_double_tap_withdraws_once(phone, at_once, session):
    page = phone.get(f"/plan/{at_once}/withdraw")
    phone.post_form(page, _action="/withdraw")
    assert phone.post_form(page, _action="/withdraw").request.path == f"/plan/{at_once}"
    session.rollback()
    entries = (
        select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "plan.withdrawn")
    )
    assert session.scalar(entries) == 1
    assert (
        phone.get(f"/plan/{at_once}/done", follow_redirects=True).request.path == f"/plan/{at_once}"
    )


def test_a_second_proposal_says_that_contact_is_not_on_hold_yet(
    phone, at_once, session, gateways, site, borrower, mine, loan
):
    withdraw_plan(
        session,
        acting(
            now=session.scalars(select(PlanVersion.submitted_at)).one(), actor=actor_of(borrower)
        ),
        borrower_id=borrower.id,
        version_public_id=at_once,
    )
    assert "提交方案后，就不再打电话、发提醒" not in phone.get("/home").page.text()
    second = submitted(session, gateways.vault, site, **mine)
    for path in (f"/plan/{second}/done", f"/plan/{second}"):
        text = phone.get(path).page.text()
        assert "这次暂缓联络要等同意后开始" in text
        assert "30 天内有方案撤回或过期，所以再提的这一次由人来看。" in text
        assert "不打电话也不发提醒" not in text


def test_an_offer_that_lapsed_leads_to_another_proposal(phone, at_once, session, loan):
    ended = session.scalars(select(PlanVersion.valid_until_at)).one()
    session.execute(
        update(PlanVersion).values(state="expired", ended_at=ended + timedelta(hours=1))
    )
    session.commit()
    page = phone.get(f"/plan/{at_once}")
    assert "11月30日前没有签字" in page.page.text()
    assert f"/loan/{loan.public_id}/plan" in at(page)


def test_the_paper_of_a_hold_says_what_since_when_and_until_when(
    phone, waiting, session, borrower, site
):
    page = phone.follow(phone.get("/home"), "看暂缓联络证明")
    assert page.request.path == "/hold"
    text = page.page.text()
    for words in (
        "暂缓联络证明",
        "再留 3 个工作日",
        "装修分期 尾号",
        "2026年11月23日",
        "方案有结果那天",
        site.lender_name,
        "AH-",
        site.hotline,
    ):
        assert words in text
    assert "¥" not in text
    assert not re.search(r"债|逾期|催收", page.page.title)
    assert not re.search(r"1\d{10}|\d{17}[\dX]", text)


def test_after_a_refusal_the_paper_names_the_day(phone, no):
    assert "2026年11月26日" in phone.get("/hold").page.text()


def test_breathing_space_has_its_paper_too(phone, session, borrower, clock):
    session.add(
        Hold(
            borrower_id=borrower.id,
            loan_id=None,
            cause="breathing",
            from_at=clock.now(),
            until_at=clock.now() + timedelta(days=30),
        )
    )
    session.commit()
    text = phone.get("/hold").page.text()
    assert "名下全部" in text
    assert "2026年12月23日" in text


def test_an_old_address_of_the_appeal_leads_home(phone, client):
    assert phone.get("/callback?topic=appeal", follow_redirects=True).request.path == "/home"


def test_once_our_day_has_passed_no_page_promises_it(
    phone, waiting, session, gateways, site, borrower, clock
):
    clock.advance(days=12)
    sign_in_as(phone, session, borrower, now=clock.now())
    loan = next(
        a.get("href") for a in phone.get("/home").page.iter("a") if "/loan/" in a.get("href", "")
    )
    for address in (f"/plan/{waiting}", f"/plan/{waiting}/done", "/home", loan.partition("#")[0]):
        text = phone.get(address).page.text()
        assert re.search(r"说好 12月2日(前有结果)?，现在晚了，对不起", text), address
        assert "最晚 12月2日" not in text
        assert "最晚 2026年12月2日" not in text
    ask_change(session, gateways.vault, site, waiting, handler(session), now=clock.now())
    assert "晚了" not in phone.get(f"/plan/{waiting}").page.text()


@pytest.mark.parametrize("kind", ["waiting", "at_once", "no"])
def test_what_comes_stands_in_the_order_of_its_days_and_what_was_in_the_reverse(
    phone, request, kind
):
    page = phone.get(f"/plan/{request.getfixturevalue(kind)}").page
    lines = [one.text() for one in page.iter("ol") if one.get("class") == "ah-line"]
    to_come, was = [
        [tuple(map(int, one)) for one in re.findall(r"(\d+)年(\d+)月(\d+)日", line)]
        for line in lines
    ]
    assert to_come == sorted(to_come)
    assert len(was) >= 1
    assert was == sorted(was, reverse=True)
    assert max(was) <= min(to_come)
