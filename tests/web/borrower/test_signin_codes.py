"""Codes that go wrong: tried too often, late, asked for elsewhere or too often, in a crowd."""

import pytest

from tests.factories import make_borrower
from tests.web.borrower.test_signin import (
    LAST4,
    MOBILE,
    UNKNOWN,
    ask,
    csrf,
    enter,
    not_the_code,
    without_tokens,
)


@pytest.fixture
def borrower(session, gateways):
    return make_borrower(session, gateways.vault, mobile=MOBILE)


def spend(client, page, sms, times=5):
    for _ in range(times):
        page = client.post_form(page, _action="/sign-in/code", code=not_the_code(sms))
    return page


def test_after_five_wrong_tries_a_new_code_is_needed_and_can_be_had(client, sms, borrower, clock):
    page = spend(client, ask(client), sms, times=4)
    assert "没有对上" in page.page.text()
    clock.advance(seconds=20)
    page = spend(client, page, sms, times=1)
    # also when the page is fetched anew
    for shown in (page, client.get("/sign-in/code")):
        words = shown.page.text()
        assert shown.page.title.startswith("需要一条新的验证码")
        assert "试满了 5 次" in words
        assert "再过 40 秒可以再发一条" in words
        assert "收到的那条" not in words
        assert not [one for one in shown.page.iter("input") if one.get("name") == "code"]
    early = client.post_form(page, _action="/sign-in/again")
    assert "再过 40 秒可以再发一条" in early.page.text()
    clock.advance(seconds=40)
    page = client.get("/sign-in/code")
    assert "现在可以再发一条" in page.page.text()
    page = client.post_form(page, _action="/sign-in/again", _button="重新获取验证码")
    page = client.post_form(page, _action="/sign-in/code", code=sms.code(MOBILE))
    assert page.request.path == "/sign-in/person"


def test_the_last_four_tried_too_often_lead_to_a_new_code(client, sms, borrower, clock):
    page = client.post_form(ask(client), _action="/sign-in/code", code=sms.code(MOBILE))
    for n in range(9):
        assert page.request.path == "/sign-in/person"
        page = client.post_form(page, id_last4=f"{n:04d}")
    assert page.request.path == "/sign-in/code"
    assert page.page.title.startswith("需要一条新的验证码")
    clock.advance(seconds=60)
    page = client.post_form(client.get("/sign-in/code"), _action="/sign-in/again")
    page = client.post_form(page, _action="/sign-in/code", code=sms.code(MOBILE))
    assert client.post_form(page, id_last4=LAST4).request.path == "/sign-in/agree"


def test_a_right_code_tapped_twice_goes_on(client, sms, borrower):
    page = ask(client)
    code = sms.code(MOBILE)
    client.post_form(page, _action="/sign-in/code", code=code)
    page = client.post_form(page, _action="/sign-in/code", code=code)
    assert page.request.path == "/sign-in/person"
    assert "接着核对证件后四位" in client.get("/sign-in/code").page.text()


def test_a_code_that_is_late_says_so_on_its_page(client, sms, borrower, clock):
    page = ask(client)
    clock.advance(minutes=5)
    page = client.post_form(page, _action="/sign-in/code", code=sms.code(MOBILE))
    assert page.page.title.startswith("需要一条新的验证码")


def test_a_second_browser_within_the_minute_gets_a_way_on(app, client, sms, borrower, clock):
    ask(client)
    other = app.test_client()
    clock.advance(seconds=17)
    page = ask(other)
    words = page.page.text()
    assert page.status_code == 429
    assert (
        words.count("43 秒") == 1
    )  # only where it is counted down: beside it, it would stand still
    assert "再过 43 秒可以再发一条" in words
    assert "那一条只能在那边填" in words
    assert "收到的" not in words
    assert 'data-reading="43"' in page.get_data(as_text=True)
    clock.advance(seconds=43)
    page = other.post_form(page, _button="获取验证码")
    page = other.post_form(page, _action="/sign-in/code", code=sms.code(MOBILE))
    assert page.request.path == "/sign-in/person"


def test_a_code_for_another_number_is_no_way_on(client, sms, borrower):
    ask(client)
    assert "去填收到的验证码" not in ask(client, UNKNOWN).page.text()
    page = ask(client)  # the browser's newest code is the other number's now
    assert page.status_code == 429
    assert "去填收到的验证码" not in page.page.text()


@pytest.mark.parametrize("mobile", [MOBILE, UNKNOWN])
def test_a_number_asked_for_too_often_says_from_when_and_whom_to_turn_to(
    app, borrower, clock, mobile, site
):
    for _ in range(5):
        ask(app.test_client(), mobile)
        clock.advance(minutes=2)
    page = ask(app.test_client(), mobile)
    words = page.page.text()
    assert (page.status_code, page.headers["Retry-After"]) == (429, str(50 * 60))
    assert "从今天 11:00 起可以再要验证码" in words
    assert site.hotline in words
    assert "在以前登录过的手机上，现在就可以要" in words
    assert app.test_client().follow(page, "请人给我回电").status_code == 200


def crowd(app, count=30):
    for n in range(count):
        answer = ask(app.test_client(), f"190037500{n:02d}")
        assert answer.status_code == 200


def test_a_carriers_address_shuts_out_nobody(app, client, sms, borrower, clock):
    """Thirty codes for numbers nobody has, from the address all these browsers share."""
    enter(client, sms)
    client.post_form(client.get("/home"), _action="/sign-out")
    clock.advance(minutes=2)
    crowd(app, 40)
    # known here: as ever
    page = client.post_form(ask(client), _action="/sign-in/code", code=sms.code(MOBILE))
    assert page.request.path == "/home"


@pytest.mark.parametrize("last4", ["096x", "9999", LAST4])
def test_a_new_device_in_a_crowd_is_asked_for_the_last_four_and_gets_in(
    app, client, sms, borrower, last4
):
    crowd(app)
    before = len(sms.all())
    page = ask(client)
    assert (page.status_code, page.request.path) == (200, "/sign-in")
    assert "请再填证件号码后四位" in page.page.text()
    page = client.post_form(page, mobile=MOBILE, id_last4=last4)
    # whoever it is, the same page
    assert page.request.path == "/sign-in/code"
    assert len(sms.all()) - before == int(last4 == LAST4)
    if last4 == LAST4:
        page = client.post_form(page, _action="/sign-in/code", code=sms.code(MOBILE))
        page = client.post_form(page, id_last4=LAST4)
        assert page.request.path == "/sign-in/agree"


def test_in_a_crowd_known_and_unknown_numbers_get_the_same_bytes(app, sms, borrower):
    crowd(app)
    answers = []
    for mobile in (MOBILE, UNKNOWN):
        browser = app.test_client()
        page = ask(browser, mobile)
        fields = {"csrf_token": csrf(page), "mobile": mobile, "id_last4": LAST4}
        steps = [page, browser.post("/sign-in", data=fields), browser.get("/sign-in/code")]
        steps += [browser.post("/sign-in/again", data=fields)]
        steps += [browser.get("/sign-in/code")]
        answers.append(
            [(one.status_code, without_tokens(one).replace(mobile, "-")) for one in steps]
        )
    assert answers[0] == answers[1]


def test_another_code_in_a_crowd_asks_for_the_last_four(app, client, sms, borrower, clock):
    page = ask(client)
    clock.advance(minutes=1)
    crowd(app)
    page = client.post_form(client.get("/sign-in/code"), _action="/sign-in/again")
    assert "请再填证件号码后四位" in page.page.text()
    page = client.post_form(page, id_last4=LAST4)
    assert (page.request.path, len(sms.to(MOBILE))) == ("/sign-in/code", 2)
