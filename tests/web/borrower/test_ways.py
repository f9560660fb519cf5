"""One way in to every kind of plan: when it will be easier, what suits, what each kind asks for."""

import re

import pytest
from sqlalchemy import select

from app.models import PlanDraft, PlanVersion
from app.web.borrower.way_words import WAYS
from app.web.words import EASES, WAY_NAMES
from tests.factories import make_loan
from tests.support.asking import journey, pick, to_amounts, to_ways

SHOWN = re.compile(r'id="kind-(\w+)"')


def shown(page) -> list[str]:
    return SHOWN.findall(page.get_data(as_text=True))


def submitted(session) -> PlanVersion:
    session.rollback()
    return session.scalars(select(PlanVersion)).one()


@pytest.fixture
def early(session, borrower):
    """Not overdue yet."""
    return make_loan(session, borrower, paid=11)


def test_every_answer_and_every_kind_has_words(phone, loan):
    page = to_ways(phone, loan)
    assert page.request.path == journey(loan, "ways")
    text = page.page.text()
    assert all(words in text for words in EASES.values())
    assert set(WAYS) == set(WAY_NAMES)
    for kind in ("reamortise", "step_up", "catch_up", "settlement"):
        assert WAY_NAMES[kind] in text
        assert WAYS[kind].suits in text


def test_an_answer_picks_a_way_and_a_kind_that_cannot_be_had_says_why(phone, loan):
    page = phone.post_form(to_ways(phone, loan), ease="in_months", months="4", _button="look")
    assert shown(page)[:2] == ["step_up", "reamortise"]
    assert "照您说的，这样合适" in page.page.text()
    assert "不能再推迟" in page.page.text()
    assert "kind-deferral" not in page.get_data(as_text=True)
    page = phone.post_form(phone.get(journey(loan, "ways")), _button="就按选的")
    assert page.request.path == journey(loan, "low")
    assert (
        next(
            one.get("value") for one in page.page.iter("option") if one.get("selected") is not None
        )
        == "4"
    )


def test_without_script_what_suits_is_seen_before_it_is_picked(phone, loan, session):
    page = phone.post_form(to_ways(phone, loan), ease="sum_at_hand", _button="就按选的")
    assert page.request.path == journey(loan, "ways")
    assert shown(page)[0] == "settlement"
    session.rollback()
    assert "kind" not in session.scalars(select(PlanDraft)).one().answers
    assert phone.post_form(page, _button="就按选的").request.path == journey(loan, "day")


def test_htmx_gets_the_kinds_and_nothing_is_picked(phone, loan):
    page = to_ways(phone, loan)
    token = next(
        one.get("value") for one in page.page.iter("input") if one.get("name") == "csrf_token"
    )
    sent = {"csrf_token": token, "act": "look", "ease": "already", "kind": "reamortise"}
    asked = {"HX-Request": "true"}
    answer = phone.post(journey(loan, "ways"), data=sent, headers=asked)
    assert answer.status_code == 302
    found = phone.get(answer.location, headers=asked)
    assert shown(found)[0] == "catch_up"


def test_no_kind_picked_is_told(phone, loan):
    page = phone.post_form(to_ways(phone, loan), kind=None, _button="就按选的")
    assert page.request.path == journey(loan, "ways")
    assert page.page.text().count("请选一种办法") == 2


def test_low_first_from_the_way_to_a_number(phone, loan, session):
    page = to_amounts(phone, loan, "step_up")
    assert page.request.path == journey(loan, "low")
    page = phone.post_form(page, low="20", low_months="3")
    assert page.page.text().count("才够利息") == 2
    page = phone.post_form(page, low="300")
    assert page.request.path == journey(loan, "monthly")
    assert "头 3 个月每月 ¥300.00" in page.page.text()
    page = phone.post_form(page, answer="300")
    assert page.page.text().count("要比头几个月的多") == 2
    page = phone.post_form(page, answer="1500")
    assert page.request.path == journey(loan, "options")
    text = page.page.text()
    assert "头 3 个月，每月 ¥300.00" in text
    assert "之后每月" in text
    assert "最快还完" not in text
    page = phone.post_form(page, _button="choose", choice="best_fit")
    assert page.request.path == journey(loan, "check")
    assert "先少后多" in page.page.text()
    assert "头 3 个月，每月 ¥300.00" in page.page.text()
    assert phone.post_form(page).request.path.endswith("/done")
    version = submitted(session)
    assert (version.kind, version.terms["asked"]["low_fen"]) == ("step_up", 30_000)
    signing = phone.get(f"/plan/{version.public_id}/sign").page.text()
    assert "头 3 个月，每月 ¥300.00 之后每月" in signing


def test_only_the_arrears_from_the_way_to_a_number(phone, loan, session):
    page = to_amounts(phone, loan, "catch_up")
    assert "每月一共最多能还多少" in page.page.text()
    page = phone.post_form(page, answer="1500")
    text = page.page.text()
    assert page.request.path == journey(loan, "options")
    assert "合同照常，每期" in text
    assert "年化利率" not in text
    assert "每月几号还" not in text
    page = phone.post_form(page, _button="choose", choice="lowest")
    assert "合同照常" in page.page.text()
    assert "每月几号还" not in page.page.text()
    assert phone.post_form(page).request.path.endswith("/done")
    assert submitted(session).kind == "catch_up"


def test_a_sum_at_once_on_the_policys_terms_or_ones_own(phone, loan, session):
    page = to_amounts(phone, loan, "settlement")
    assert page.request.path == journey(loan, "day")
    page = phone.post_form(page, answer="2026-12-05", own="own", sum="")
    assert page.page.text().count("请填写金额，例如 1300") == 2
    page = phone.post_form(page, sum="1")
    assert "一次还的金额，最少" in page.page.text()
    page = phone.post_form(page, sum="5000")
    assert page.request.path == journey(loan, "check")
    text = page.page.text()
    for words in ("一次还清", "¥5,000.00", "减免本金", "2026年12月5日", "由人来看"):
        assert words in text
    assert "每月" not in text.split("您的回答")[0]
    page = phone.post_form(phone.get(journey(loan, "day") + "?back=check"), own="policy")
    assert page.request.path == journey(loan, "check")
    assert "减免本金" not in page.page.text()
    assert phone.post_form(page).request.path.endswith("/done")
    assert submitted(session).kind == "settlement"


@pytest.mark.parametrize(("way", "words"), [("later", "先不还"), ("monthly", "每月只还")])
def test_before_it_is_overdue_the_dates_move(phone, early, session, way, words):
    page = phone.follow(phone.get(f"/loan/{early.public_id}"), "往后推几个月")
    assert page.request.path == journey(early, "reason")
    page = phone.post_form(page, _action="/reason", _button="skip")
    assert shown(page) == ["deferral"]
    page = pick(phone, page, "deferral")
    assert page.request.path == journey(early, "defer")
    page = phone.post_form(page, months="3", way=way)
    assert page.request.path == journey(early, "check")
    text = page.page.text()
    for told in ("往后推 3 个月", words, "推迟多出的利息", "延期还款", "马上有结果"):
        assert told in text
    assert "减免" not in text
    assert ("原合同的利息" in text, "以前的利息" in text) == (True, False)
    done = phone.post_form(page).request.path
    assert done.endswith("/done")
    version = submitted(session)
    assert (version.kind, version.terms["asked"]["months"]) == ("deferral", 3)
    status = phone.get(done.removesuffix("/done")).page.text()
    assert ("随时能改：推几个月" in status, "随时能改：每月的数" in status) == (True, False)


def test_an_own_number_recomputes_and_an_amount_takes_it_back(phone, loan):
    page = phone.post_form(to_amounts(phone, loan), answer="1300")
    page = phone.post_form(page, _button="recompute", periods="9 期")
    assert "按您自己定的 9 期算的" in page.page.text()
    assert "第 9 期" in page.page.text()
    page = phone.post_form(page, _button="recompute", periods="99")
    assert "期数请写 3 到 60" in page.page.text()
    page = phone.get(journey(loan, "options"))
    assert "按您自己定的 9 期算的" in page.page.text()
    page = phone.post_form(page, _button="recompute", monthly="1500")
    assert "按每月 ¥1,500.00 算的" in page.page.text()


def test_the_pay_day_is_the_contracts_until_another_is_picked(phone, loan, session):
    page = phone.post_form(to_amounts(phone, loan), answer="1300")
    assert "每月 18 日" in page.page.text()
    page = phone.post_form(page, _button="recompute", pay_day="last")
    assert "每月最后一天" in page.page.text()
    page = phone.post_form(page, _button="recompute", pay_day="31")
    session.rollback()
    assert session.scalars(select(PlanDraft)).one().answers["pay_day"] == "last"


def test_another_kind_can_be_picked_from_the_check(phone, loan):
    page = phone.post_form(to_amounts(phone, loan), answer="1300")
    page = phone.post_form(page, _button="choose", choice="best_fit")
    page = phone.get(journey(loan, "ways") + "?back=check")
    page = pick(phone, page, "settlement")
    assert page.request.path == journey(loan, "day")
    page = phone.post_form(page, answer="2026-12-05")
    assert page.request.path == journey(loan, "check")
    assert "一次性结清" in page.page.text()


@pytest.mark.parametrize("step", ["ways", "monthly"])
def test_who_can_pay_nothing_now_finds_a_rest(phone, loan, step):
    to_amounts(phone, loan)
    assert (
        phone.follow(phone.get(journey(loan, step)), "现在一分都拿不出").request.path
        == "/breathing"
    )


def test_a_figure_that_no_longer_fits_leads_back_to_its_question(phone, loan, session):
    page = to_amounts(phone, loan, "step_up")
    page = phone.post_form(page, low="300", low_months="3")
    page = phone.post_form(page, answer="1500")
    row = session.scalars(select(PlanDraft)).one()
    row.answers = dict(row.answers) | {"low_fen": 500}
    session.commit()
    page = phone.get(journey(loan, "options"), follow_redirects=True)
    assert page.request.path == journey(loan, "low")
    assert "才够利息" in page.page.text()


@pytest.mark.parametrize(
    ("typed", "words"), [("99", "期数请写 6 到 60"), ("好几", "期数请用数字写，例如 12")]
)
def test_an_own_number_that_cannot_be_stays_as_typed_beside_its_reason(phone, loan, typed, words):
    page = phone.post_form(to_amounts(phone, loan, "step_up"), low="500", low_months="3")
    page = phone.post_form(page, answer="1300")
    assert "6 到 60 期" in page.page.text()
    page = phone.post_form(page, periods=typed, _button="recompute")
    assert words in page.page.text()
    assert page.page.by_id("periods").get("value") == typed
