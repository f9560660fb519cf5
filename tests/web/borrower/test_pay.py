"""还款: how much and by what, on to the channel, and what it covered; also for who has no plan."""

from datetime import date, timedelta

import pytest

from app.domain.money import yuan
from app.services.paying.asking import ask_silent
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.counting import questions, statements
from tests.support.money import covered, paid
from tests.support.paying import order_of, payments_of, plan_state
from tests.support.people import sign_in_as
from tests.web.borrower.test_account_file import one_loan, signed_in, three

TODAY = date(2026, 12, 4)


@pytest.fixture
def agreement(session, gateways, site) -> str:
    found = one_loan(session, gateways, site, "reamortise")
    paid(session, found, fen=50_000, on=date(2026, 11, 25))
    return found


@pytest.fixture
def phone(session, client, clock, agreement):
    return signed_in(session, client, clock, agreement, TODAY)


def chosen(page, **fields):
    """What the form of a page holds; what is named is chosen instead."""
    return {
        "amount": next(
            one.get("value") for one in page.iter("input") if one.get("name") == "amount"
        ),
        "way": "local",
        **fields,
    }


def send(phone, address, **fields):
    """Choose on the page of sums, and come to the page of the order."""
    page = phone.get(address)
    return phone.post_form(page, **chosen(page.page, **fields))


def at_cashier(phone, page, act):
    """Follow the order to the cashier and do as a payer."""
    cashier = phone.follow(page, "用本地收银台付")
    return phone.post_form(cashier, act=act)


def order_id(page) -> str:
    return page.request.path.rsplit("/", 1)[1]


def words(page) -> str:
    return page.page.text()


def test_an_instalment_is_paid_in_five_screens_and_seen_at_once(phone, session, agreement):
    page = phone.get("/pay", follow_redirects=True)
    assert page.request.path == f"/agreement/{agreement}/pay"
    assert page.page.first("h1").text() == "这次付多少？"
    assert "付下一期" in words(page)
    page = phone.post_form(page, **chosen(page.page))
    assert page.page.first("h1").text().startswith("付 ¥")
    page = at_cashier(phone, page, "pay")
    assert page.page.first("h1").text() == "收到了，第 1 期先放好了"
    assert "放在前面" in words(page)
    assert "下一期是" in words(page)
    (_first, payment) = payments_of(session)
    assert (payment.channel, payment.state) == ("本地收银台", "matched")
    assert yuan(payment.fen) in words(page)
    # Its receipt is a tap away, and the page of the plan says so too.
    receipt = phone.post_form(page, _action="/receipt", _button="要一张收据")
    assert yuan(payment.fen) in words(receipt)
    assert yuan(payment.fen) in words(phone.get(f"/agreement/{agreement}"))


def test_what_is_due_is_chosen_first_and_its_parts_are_told(session, client, clock, agreement):
    phone = signed_in(session, client, clock, agreement, date(2026, 12, 10))
    page = phone.get(f"/agreement/{agreement}/pay")
    checked = [one for one in page.page.iter("input") if one.get("checked") is not None]
    assert checked[0].get("value").startswith("due-")
    assert "今天到期" in words(page)
    page = at_cashier(phone, phone.post_form(page, **chosen(page.page)), "pay")
    assert page.page.first("h1").text() == "收到了，第 1 期还好了"
    assert "这笔钱还了什么" in words(page)
    assert "本金" in words(page)


def test_all_of_it_ends_the_plan_and_leads_to_its_certificate(phone, session, agreement):
    page = phone.get(f"/agreement/{agreement}/payoff")
    page = phone.follow(page, "今天就付这个数")
    checked = [one for one in page.page.iter("input") if one.get("checked") is not None]
    assert checked[0].get("value").startswith("all-")
    value = checked[0].get("value")
    page = at_cashier(phone, phone.post_form(page, amount=value, way="local"), "pay")
    assert page.page.first("h1").text() == "收到了，全部还清了"
    assert plan_state(session, agreement) == "completed"
    page = phone.get(f"/agreement/{agreement}/pay")
    assert page.page.first("h1").text() == "没有要付的"


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("１２３．４５", 12_345), ("1,000", 100_000), ("¥ 0.01", 1), ("88元", 8_800)],
)
def test_an_own_sum_is_read_as_people_write_it(phone, session, agreement, typed, fen):
    page = send(phone, f"/agreement/{agreement}/pay", amount="own", own=typed)
    assert order_of(session, order_id(page)).fen == fen


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "请写这次付多少，例如 500"),
        ("0", "请写比 0 多的数，1 分钱也可以付"),
        ("99999999", "全部还清是 ¥"),
        ("-5", "金额"),
        ("一些", "金额"),
        ("9" * 30, "金额"),
    ],
)
def test_an_own_sum_that_cannot_be_says_why_at_its_field(phone, agreement, typed, told):
    page = send(phone, f"/agreement/{agreement}/pay", amount="own", own=typed)
    assert page.request.path == f"/agreement/{agreement}/pay"
    assert "有一处要改一下" in words(page)
    assert told in words(page)
    assert page.page.by_id("own").get("aria-invalid") == "true"


def test_what_stands_in_the_field_of_an_own_sum_bothers_no_other(phone, agreement):
    page = send(phone, f"/agreement/{agreement}/pay", own="abc")
    assert page.page.first("h1").text().startswith("付 ¥")


def test_a_sum_that_changed_meanwhile_is_shown_anew(phone, agreement):
    page = send(phone, f"/agreement/{agreement}/pay", amount="ahead-12")
    assert "数刚刚变了" in words(page)


@pytest.mark.parametrize("way", ["wechat", "", "local2"])
def test_a_way_that_is_not_there_says_so(phone, agreement, way):
    page = send(phone, f"/agreement/{agreement}/pay", way=way)
    assert "有一处要改一下" in words(page)


def test_the_bank_is_another_way(phone, session, agreement):
    page = send(phone, f"/agreement/{agreement}/pay", way="transfer")
    assert "用下面的账户转" in words(page)
    assert page.page.by_id("transfer-how").text() == "用银行转账"
    assert len(payments_of(session)) == 1


def test_a_second_tap_and_the_back_button_pay_once(phone, agreement, session):
    page = phone.get(f"/agreement/{agreement}/pay")
    first = phone.post_form(page, **chosen(page.page))
    again = phone.post_form(page, **chosen(page.page))
    assert order_id(first) == order_id(again)
    at_cashier(phone, first, "pay")
    # The browser's back button shows the form once more: the money is there already.
    late = phone.post_form(page, **chosen(page.page))
    assert late.page.first("h1").text()[:3] in ("收到了", "这次付")
    assert len(payments_of(session)) == 2


def test_paid_twice_is_told_and_lies_ahead(phone, agreement, session):
    page = send(phone, f"/agreement/{agreement}/pay")
    page = at_cashier(phone, page, "pay_twice")
    assert "又收到 ¥" in words(page)
    assert "放在前面，到下一期的日子自动算进去" in words(page)
    assert [one.state for one in payments_of(session)] == ["matched"] * 3


def test_a_callback_that_comes_late_is_asked_for(phone, agreement, session):
    page = send(phone, f"/agreement/{agreement}/pay")
    waiting = at_cashier(phone, page, "pay_silently")
    assert waiting.page.first("h1").text().startswith("付 ¥")
    page = phone.post_form(waiting, _action="/ask")
    assert page.page.first("h1").text().startswith("收到了")
    assert len(payments_of(session)) == 2
    # It comes after all, and changes nothing.
    cashier = phone.get(f"/dev/cashier/{order_of(session, order_id(page)).number}")
    phone.post_form(cashier, act="late")
    assert len(payments_of(session)) == 2


def test_a_script_is_told_the_state_alone(phone, agreement):
    page = send(phone, f"/agreement/{agreement}/pay")
    token = next(one for one in page.page.iter("input") if one.get("name") == "csrf_token")
    answer = phone.post(
        f"{page.request.path}/ask",
        data={"csrf_token": token.get("value")},
        headers={"Accept": "application/json"},
    )
    assert answer.get_json() == {"state": "waiting"}


@pytest.mark.parametrize("act", ["fail", "time_out"])
def test_a_payment_that_fails_takes_nothing(phone, agreement, session, act):
    page = send(phone, f"/agreement/{agreement}/pay")
    address = page.request.path
    at_cashier(phone, page, act)
    page = phone.get(address)
    page = phone.post_form(page, _action="/ask")
    assert "不用付第二次" in words(page)
    assert len(payments_of(session)) == 1


def test_an_order_that_expired_says_so_calmly(phone, agreement, session, clock, gateways, site):
    page = send(phone, f"/agreement/{agreement}/pay")
    address = page.request.path
    for seconds in (600, 301):
        clock.advance(seconds=seconds)
        page = phone.get(address)
    assert page.page.first("h1").text() == "正在核对有没有付成"
    now = clock.now() + timedelta(seconds=30)
    ask_silent(session, acting(now=now, gateways=gateways, site=site), limit=10)
    page = phone.get(address)
    assert page.page.first("h1").text() == "这张付款单过了时间"
    assert "没有扣款" in words(page)


def test_a_channel_that_is_down_leaves_the_bank(phone, agreement, gateways, monkeypatch):
    def down(*_args, **_values):
        from app.ports.payments import ChannelDown

        raise ChannelDown

    monkeypatch.setattr(type(gateways.cashier), "open", down)
    page = send(phone, f"/agreement/{agreement}/pay")
    assert "付款通道现在没有回应，没有扣款" in words(page)
    assert "用银行转账" in words(page)
    monkeypatch.undo()
    page = phone.post_form(page, _action="/go")
    assert at_cashier(phone, page, "pay").page.first("h1").text().startswith("收到了")


def test_who_signs_in_on_the_way_goes_on_to_the_sum(app, session, client, agreement, clock):
    page = client.get("/pay", follow_redirects=True)
    assert page.request.path == "/sign-in"
    phone = signed_in(session, client, clock, agreement, TODAY)
    assert phone.get("/pay", follow_redirects=True).request.path == f"/agreement/{agreement}/pay"


def test_in_cure_one_sum_mends_it(session, client, clock, agreement, gateways, site):
    from app.services.upholding.noticing import look_at_kept_plans

    later = date(2027, 2, 1)
    covered(session, later - timedelta(days=1))
    phone = signed_in(session, client, clock, agreement, later)
    look_at_kept_plans(session, acting(now=clock.now(), gateways=gateways, site=site), limit=9)
    page = phone.get(f"/agreement/{agreement}/pay")
    checked = [one for one in page.page.iter("input") if one.get("checked") is not None]
    assert checked[0].get("value").startswith("cure-")
    assert "补上没还的" in words(page)
    page = phone.post_form(page, amount=checked[0].get("value"), way="local")
    page = at_cashier(phone, page, "pay")
    assert "还好了" in page.page.first("h1").text()
    assert plan_state(session, agreement) == "active"


def test_without_a_plan_the_loan_is_chosen_and_its_money_is_on_the_way(
    session, client, gateways, borrower
):
    loans = [make_loan(session, borrower), make_loan(session, borrower)]
    phone = sign_in_as(client, session, borrower)
    page = phone.get("/pay", follow_redirects=True)
    assert page.page.first("h1").text() == "付哪一笔？"
    page = phone.get(f"/loan/{loans[1].public_id}/pay")
    page = phone.post_form(page, **chosen(page.page, amount="own", own="100"))
    page = at_cashier(phone, page, "pay")
    assert page.page.first("h1").text() == "已收到，正在入账"
    (payment,) = payments_of(session)
    assert (payment.loan_ref, payment.state) == (loans[1].ref, "matched")
    assert "已收到，正在入账" in words(phone.get(f"/loan/{loans[1].public_id}"))


def test_who_owes_nothing_is_told_so(session, client, gateways):
    phone = sign_in_as(client, session, make_borrower(session, gateways.vault))
    assert phone.get("/pay").page.first("h1").text() == "现在没有要付的"


def test_of_several_loans_each_ones_part_is_told(session, gateways, site, client, clock):
    number = three(session, gateways, site)
    phone = signed_in(session, client, clock, number, date(2026, 12, 10))
    page = at_cashier(phone, send(phone, f"/agreement/{number}/pay"), "pay")
    assert words(page).count("借款尾号") >= 3


@pytest.mark.parametrize("agent", ["MicroMessenger/8.0", "AlipayClient/10"])
def test_in_an_app_a_channel_that_is_not_here_says_where_it_is(
    phone, agreement, gateways, monkeypatch, agent
):
    monkeypatch.setattr(type(gateways.cashier), "scenes", lambda _self: frozenset({"browser"}))
    page = phone.get(f"/agreement/{agreement}/pay", headers={"User-Agent": f"x {agent}"})
    assert "在浏览器打开" in words(page)
    assert [one.get("value") for one in page.page.iter("input") if one.get("name") == "way"] == [
        "transfer"
    ]


def test_few_questions(phone, agreement, database):
    with statements(database.engine) as seen:
        phone.get(f"/agreement/{agreement}/pay")
    assert len(questions(seen)) <= 12
    page = at_cashier(phone, send(phone, f"/agreement/{agreement}/pay"), "pay")
    with statements(database.engine) as seen:
        phone.get(page.request.path)
    assert len(questions(seen)) <= 16
