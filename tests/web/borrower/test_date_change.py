"""One due date moved on the page of the agreement: chosen, mended, tapped twice, too late."""

from datetime import date

import pytest
from sqlalchemy import select

from app.models import DateChange
from app.services.proposals.basis import Answers
from tests.support.counting import statements
from tests.support.money import paid, plan_of
from tests.support.signing import plain, signed

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PLAIN = Answers(upfront_fen=0, monthly_fen=130_000, pay_day=10, choice="best_fit")
WITH_FIRST = Answers(upfront_fen=50_000, monthly_fen=130_000, pay_day=10, choice="best_fit")
# The days that are suggested for 10 December, and an own one.
SUGGESTED = ["2026-12-15", "2026-12-18", "2026-12-24"]


@pytest.fixture
def number(session, gateways, site, borrower, loan) -> str:
    return signed(session, plain(gateways), site, borrower=borrower, loan=loan, answers=PLAIN)


def text(page) -> str:
    return page.page.text()


def changes(session) -> list[tuple[int, date]]:
    session.rollback()
    rows = session.scalars(select(DateChange).order_by(DateChange.id))
    return [(one.number, one.due_on) for one in rows]


def field(page, name):
    return [one for one in page.page.iter("input") if one.get("name") == name]


def move(phone, number, page=None, **values):
    page = page or phone.get(f"/agreement/{number}/date")
    return phone.post_form(page, _action="/date", **values)


def test_the_agreement_offers_it_and_its_own_address_unfolds_it(phone, number):
    page = phone.get(f"/agreement/{number}")
    assert "可以免费改一次，最多往后 14 天" in text(page)
    assert [one.get("value") for one in field(page, "day")] == [*SUGGESTED, "own"]
    for words in (
        "12月15日 周二",
        "12月24日 周四，最晚",
        "第 1 期现在是 12月10日",
        "别的期不变，每一期的金额也不变",
    ):
        assert words in text(page)
    is_open = [one.get("open") is not None for one in page.page.iter("details")]
    assert not any(is_open)
    page = phone.follow(page, "改一次还款日")
    assert page.request.path == f"/agreement/{number}/date"
    assert sum(one.get("open") is not None for one in page.page.iter("details")) == 1


def test_nothing_is_chosen_beforehand(phone, number):
    page = phone.get(f"/agreement/{number}/date")
    assert not [one for one in field(page, "day") if one.get("checked") is not None]


def test_a_suggested_day_is_taken_and_the_page_says_so(phone, number, session):
    page = move(phone, number, day=SUGGESTED[1])
    assert page.request.path == f"/agreement/{number}"
    assert "改好了：第 1 期改到 2026年12月18日（含当天）" in text(page)
    assert "2026年12月18日到期" in text(page)
    assert not field(page, "day")
    assert changes(session) == [(1, date(2026, 12, 18))]
    assert "2026年12月18日" in text(phone.get("/home"))


@pytest.mark.parametrize(
    ("typed", "lands_on"),
    [
        ("2026-12-22", date(2026, 12, 22)),
        ("2026年12月22日", date(2026, 12, 22)),
        ("２０２６／１２／２２", date(2026, 12, 22)),
        ("20261222", date(2026, 12, 22)),
        # A Saturday.
        ("2026-12-19", date(2026, 12, 21)),
    ],
)
@pytest.mark.parametrize("chosen", ["own", None])
def test_an_own_day_is_taken_as_people_write_it(phone, number, session, typed, lands_on, chosen):
    page = move(phone, number, day=chosen, own_day=typed)
    assert "改好了" in text(page)
    assert changes(session) == [(1, lands_on)]


def test_a_suggested_day_counts_whatever_stands_beside_it(phone, number, session):
    move(phone, number, day=SUGGESTED[0], own_day="nonsense")
    assert changes(session) == [(1, date(2026, 12, 15))]


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({}, "请选一个日子"),
        ({"day": "2026-12-16"}, "请选一个日子"),
        ({"day": "own"}, "请写成 2026-12-20 这样的日期"),
        ({"day": "own", "own_day": "2026-13-40"}, "请写成 2026-12-20 这样的日期"),
        ({"own_day": "下周三"}, "请写成 2026-12-20 这样的日期"),
        (
            {"day": "own", "own_day": "2026-12-25"},
            "请选2026年12月11日到2026年12月24日（含当天）中的一天",
        ),
        ({"own_day": "2026-12-10"}, "请选2026年12月11日到2026年12月24日"),
        ({"own_day": "9999-12-31"}, "请选2026年12月11日到2026年12月24日"),
        ({"own_day": "0001-01-01"}, "请选2026年12月11日到2026年12月24日"),
    ],
)
def test_what_is_wrong_is_told_beside_and_on_top_and_kept(phone, number, session, values, advice):
    page = phone.get(f"/agreement/{number}/date")
    sent = {**dict.fromkeys(("day", "own_day"), ""), **values}
    key = field(page, "request_key")[0].get("value")
    page = phone.post(
        f"/agreement/{number}/date",
        data={"csrf_token": field(page, "csrf_token")[0].get("value"), "request_key": key, **sent},
    )
    assert text(page).count(advice) == 2
    assert next(page.page.iter("title")).text().startswith("错误：")
    assert field(page, "own_day")[0].get("value") == sent["own_day"]
    assert field(page, "request_key")[0].get("value") == key
    assert changes(session) == []
    mended = phone.post_form(page, _action="/date", day=SUGGESTED[0])
    assert "改好了" in text(mended)


def test_another_number_is_chosen_with_its_own_days(phone, number, session):
    page = phone.get(f"/agreement/{number}/date")
    page = phone.post_form(page, _button="看这一期能改到哪天", _action="#due-day", instalment="2")
    assert "第 2 期现在是 1月11日" in text(page)
    page = phone.post_form(page, _action="/date", day="2027-01-22")
    assert "改好了：第 2 期改到 2027年1月22日（含当天）" in text(page)
    assert changes(session) == [(2, date(2027, 1, 22))]


@pytest.mark.parametrize("asked", ["99", "0", "-1", "x", "", str(2**70)])
def test_a_number_that_is_not_there_shows_the_next_one(phone, number, session, asked):
    page = phone.get(f"/agreement/{number}/date?instalment={asked}")
    assert "第 1 期现在是 12月10日" in text(page)
    sent = {one.get("name"): one.get("value") for one in page.page.iter("input")}
    sent |= {"instalment": asked, "day": SUGGESTED[0]}
    page = phone.post(f"/agreement/{number}/date", data=sent, follow_redirects=True)
    is_number = asked in ("99", "0")
    assert ("这一期的日子不能改" in text(page)) is is_number
    assert bool(changes(session)) is not is_number


def test_two_taps_the_way_back_and_another_tab_move_one_date(phone, number, session):
    form, tab = (phone.get(f"/agreement/{number}/date") for _ in range(2))
    for _ in range(2):
        page = move(phone, number, form, day=SUGGESTED[0])
        assert "改好了：第 1 期改到 2026年12月15日" in text(page)
    for page, values in ((form, {"day": SUGGESTED[1]}), (tab, {"day": SUGGESTED[2]})):
        page = move(phone, number, page, **values)
        assert page.request.path == f"/agreement/{number}"
        assert "改好了：第 1 期改到 2026年12月15日" in text(page)
    assert changes(session) == [(1, date(2026, 12, 15))]
    assert phone.get(f"/agreement/{number}/date").status_code == 303


def test_what_was_chosen_outlives_the_session(phone, number, session, clock, sms):
    page = phone.get(f"/agreement/{number}/date?instalment=2")
    clock.advance(minutes=40)
    page = move(phone, number, page, day="own", own_day="2027-01-20")
    assert page.request.path == "/sign-in"
    page = phone.post_form(page, mobile="19003740000")
    page = phone.post_form(page, _action="/sign-in/code", code=sms.code("19003740000"))
    page = phone.post_form(page, id_last4="0965")
    assert page.request.path == f"/agreement/{number}/date"
    assert "第 2 期现在是 1月11日" in text(page)
    assert field(page, "own_day")[0].get("value") == "2027-01-20"
    assert changes(session) == []
    move(phone, number, page)
    assert changes(session) == [(2, date(2027, 1, 20))]


def test_a_first_payment_and_several_payments_have_their_names(
    phone, session, gateways, site, borrower, loan
):
    number = signed(
        session, plain(gateways), site, borrower=borrower, loan=loan, answers=WITH_FIRST
    )
    page = phone.get(f"/agreement/{number}/date")
    assert "先还的一笔现在是 11月26日，改到哪天？" in text(page)
    assert "改好了：先还的一笔改到 2026年12月1日" in text(
        move(phone, number, page, day="2026-12-01")
    )


def test_where_nothing_can_be_moved_the_page_says_why_or_nothing(phone, number, session, clock):
    kept = plan_of(session, number)
    kept.state = "broken"
    session.commit()
    page = phone.get(f"/agreement/{number}")
    assert "改一次还款日" not in text(page)
    assert phone.get(f"/agreement/{number}/date").status_code == 303


def test_what_follows_where_something_is_missed_names_the_plans_own_numbers(phone, number):
    page = phone.get(f"/agreement/{number}")
    for words in (
        "有一期没还上会怎样",
        "先有 3 天宽限",
        "还没到期的一期，最多往后 14 天。",
        "累计 2 期没按时还，书面告诉您",
        "收到之日起还有 10 天，补上就照旧。",
        "10 天里也没补上，方案才结束",
    ):
        assert words in text(page)
    page = move(phone, number, day=SUGGESTED[0])
    assert "还能免费改一次日子" not in text(page)


def test_the_calendar_has_the_moved_day(phone, number):
    move(phone, number, day=SUGGESTED[0])
    dates = phone.get(f"/agreement/{number}.ics").get_data(as_text=True)
    assert "20261215T090000" in dates
    assert "20261210T090000" not in dates


def test_it_asks_the_database_no_more_than_before(phone, number, database):
    with statements(database.engine) as seen:
        phone.get(f"/agreement/{number}")
    assert len(seen) <= 12, seen


def test_what_is_paid_is_not_offered(phone, number, session, clock):
    paid(session, number, fen=150_000, on=date(2026, 11, 23))
    page = phone.get(f"/agreement/{number}/date")
    assert "第 2 期现在是 1月11日" in text(page)
