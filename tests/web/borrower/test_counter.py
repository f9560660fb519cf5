"""A counter-offer on the phone: yours, ours, what differs; accepted, another number, recalled."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.allocation import Components
from app.domain.calendar import beijing_date
from app.models import PlanVersion
from tests.factories import make_loan
from tests.support.clock import NOW
from tests.support.counters import TEXT, broken, counter, recall, release, version_of
from tests.support.proposals import make_staff, submitted

WEEK = timedelta(9)


@pytest.fixture
def waiting(session, gateways, site, borrower, loan) -> str:
    return submitted(session, gateways.vault, site, borrower=borrower, loan=loan)


@pytest.fixture
def author(session):
    return make_staff(session, display_name="林思远")


@pytest.fixture
def lies(session, gateways, site, waiting, author) -> str:
    return counter(session, gateways.vault, site, waiting, author, rate="half", periods=12) and (
        _released(session, gateways, site)
    )


def _released(session, gateways, site) -> str:
    version = session.scalars(select(PlanVersion).where(PlanVersion.state == "draft")).one()
    who = make_staff(session, roles=("supervisor",), display_name="周明")
    release(session, gateways.vault, site, version, who)
    return version.public_id


def state(session, version) -> str:
    session.rollback()
    return session.scalars(select(PlanVersion.state).where(PlanVersion.public_id == version)).one()


def test_yours_and_ours_with_what_differs_in_words_and_figures(phone, lies):
    text = phone.get(f"/plan/{lies}").page.text()
    for words in (
        "我们提了另一个数",
        "慢慢看，11月30日前都有效",
        "每月少还 ¥",
        "，多 4 期",
        "晚 4 个月",
        "多减 ¥23.30",
        "个百分点",
        TEXT.words,
        "林* 写给您",
        "由主管 周* 复核后发出",
        "等您决定期间，不打电话也不发提醒",
        "您提的，第 1 版",
        "我们提的，第 2 版",
    ):
        assert words in text
    assert "林思远" not in text
    assert TEXT.summary not in text


def test_before_its_release_nothing_of_it_shows(phone, session, gateways, site, waiting, author):
    made = counter(session, gateways.vault, site, waiting, author, rate="half")
    text = phone.get(f"/plan/{waiting}").page.text()
    assert TEXT.words not in text
    assert "第 2 版" not in text
    assert phone.get(f"/plan/{made}").status_code == 404


def test_accepted_it_leads_to_the_agreement(phone, session, gateways, lies):
    page = phone.get(f"/plan/{lies}")
    answer = phone.post_form(page, _action=f"/plan/{lies}/accept")
    assert answer.request.path == f"/plan/{lies}/sign"
    assert state(session, lies) == "approved"
    assert broken(session, gateways.vault) == set()
    assert "您接受了我们的建议" in phone.get(f"/plan/{lies}").page.text()


def test_another_number_goes_through_the_usual_way(phone, session, lies):
    page = phone.get(f"/plan/{lies}")
    answer = phone.post_form(page, _action=f"/plan/{lies}/change")
    assert answer.request.path.endswith("/plan/monthly")
    answer = phone.post_form(answer, answer="900")
    assert answer.request.path.endswith("/plan/check")


def test_taken_back_from_its_page(phone, session, lies):
    page = phone.follow(phone.get(f"/plan/{lies}"), "撤回这次方案")
    phone.post_form(page, _action=f"/plan/{lies}/withdraw")
    assert state(session, lies) == "withdrawn"


def test_recalled_it_says_why_and_the_talk_stays(phone, session, gateways, site, lies, author):
    recall(session, gateways.vault, site, lies, author, words="有一笔数要先核对。")
    text = phone.get(f"/plan/{lies}").page.text()
    for words in ("这个建议我们收回了", "有一笔数要先核对。", "从头到现在", "换个数，再提一次"):
        assert words in text
    assert "接受，去看协议" not in text


@pytest.mark.parametrize("more", [False, True])
def test_home_leads_to_it_before_anything_else(phone, session, borrower, lies, more):
    if more:
        make_loan(session, borrower)
    page = phone.get("/home")
    assert "我们提了另一个数" in page.page.text()
    assert "方案已经收到" not in page.page.text()
    assert phone.follow(page, "看我们提的").request.path == f"/plan/{lies}"


def test_what_is_asked_about_it_stands_in_the_talk(phone, lies):
    page = phone.follow(phone.get(f"/plan/{lies}"), "先问一句")
    assert "请写几句话" in phone.post_form(page).page.text()  # what we put there is no question yet
    phone.post_form(page, words="关于方案：第一期能不能晚几天？")
    assert "第一期能不能晚几天？" in phone.get(f"/plan/{lies}").page.text()


def test_another_borrowers_is_as_absent_as_none(phone, session, gateways, site):
    other = submitted(session, gateways.vault, site)
    made = counter(session, gateways.vault, site, other, make_staff(session))
    assert version_of(session, made).state == "countered"
    assert phone.get(f"/plan/{made}").status_code == 404


KINDS = {
    "step_up": (
        {"kind": "step_up", "low_months": 4, "low_fen": 300_00, "periods": 12},
        ("前 4 期每期 ¥300.00，以后每期最多 ¥", "头几期每期还", "¥300.00，4 期"),
    ),
    "settlement": (
        {"kind": "settlement", "waived": Components(0, 33_29), "pay_on": beijing_date(NOW) + WEEK},
        ("就全部结清", "一次还 "),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_sentence_says_what_this_kind_asks(
    phone, session, gateways, site, waiting, author, kind
):
    wish, told = KINDS[kind]
    made = counter(session, gateways.vault, site, waiting, author, **wish)
    text = phone.get(f"/plan/{made}").page.text()
    for words in told:
        assert words in text
