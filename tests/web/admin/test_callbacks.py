"""Calls people asked for, at the desk: list, one of them, the full number, the note."""

import pytest
from sqlalchemy import select

from app.models import AuditEntry, CallbackRequest
from app.services.callbacks import queries as callback_queries
from app.services.signin.sessions import STEP_UP
from tests.factories import make_borrower
from tests.support.authenticator import enrol, fresh_code
from tests.support.callbacks import MOBILE, NAME, WORDS
from tests.support.callbacks import ask_callback as ask
from tests.support.people import make_staff, sign_in_staff

NOTE = "已核对身份，换成新号码"


@pytest.fixture
def asked(session, gateways) -> str:
    return ask(session, gateways.vault)


def state(session) -> str:
    session.rollback()
    return session.scalars(select(CallbackRequest.state)).one()


def looks(session) -> int:
    session.rollback()
    return len(
        session.scalars(select(AuditEntry).where(AuditEntry.action == "callback.number_seen")).all()
    )


def test_the_list_is_masked_and_opens(desk, asked):
    page = desk.get("/admin/callbacks")
    text = page.page.text()
    for words in (
        "1 个人等我们回电",
        "*思",
        "138****5678",
        "手机号换了",
        "上午（9:00–12:00）",
        "HD-0000",
    ):
        assert words in text
    assert MOBILE not in text
    assert NAME not in text
    assert desk.follow(page, "打开").request.path == f"/admin/callbacks/{asked}"


def test_looking_at_the_number_keeps_the_note(desk, asked):
    address = f"/admin/callbacks/{asked}"
    page = desk.post_form(desk.get(address), _action=address, _button="看完整号码", note=NOTE)
    assert MOBILE in page.page.text()
    assert NOTE in page.page.text()
    assert NOTE in desk.get(address).page.text()


def test_the_navigation_leads_there(desk, asked):
    assert desk.follow(desk.get("/admin/"), "回电").request.path == "/admin/callbacks"


def test_the_list_goes_on_to_the_next_page(desk, session, gateways, monkeypatch):
    monkeypatch.setattr(callback_queries, "PAGE_ROWS", 2)
    for _ in range(3):
        ask(session, gateways.vault)
    page = desk.follow(desk.get("/admin/callbacks"), "下一页")
    assert "HD-00003" in page.page.text()
    assert "HD-00001" not in page.page.text()
    assert desk.follow(page, "回到第一页").request.full_path == "/admin/callbacks?state=open"


def test_a_request_shows_its_words_and_no_number(desk, session, asked):
    text = desk.get(f"/admin/callbacks/{asked}").page.text()
    assert WORDS in text
    assert "核对是不是本人" in text
    assert MOBILE not in text
    assert NAME not in text
    assert looks(session) == 0


def test_the_full_number_on_asking_and_on_record(desk, session, asked):
    page = desk.post_form(desk.get(f"/admin/callbacks/{asked}"), _action="/number")
    assert page.status_code == 200
    assert MOBILE in page.page.text()
    assert NAME in page.page.text()
    assert page.headers["Cache-Control"] == "no-store"
    assert looks(session) == 1
    assert MOBILE not in desk.get(f"/admin/callbacks/{asked}").page.text()


def test_a_code_is_asked_again_before_the_number(desk, session, gateways, clock, asked):
    page, secret = desk.get(f"/admin/callbacks/{asked}"), enrol(session, gateways.vault)
    clock.advance(seconds=STEP_UP.total_seconds() + 1)
    shown = desk.post_form(page, _action="/number")
    assert "再填一次动态码" in shown.page.text()
    assert MOBILE not in shown.page.text()
    assert looks(session) == 0
    code = {"step_up-code": fresh_code(secret, clock.now())}
    assert MOBILE in desk.post_form(shown, _action="/number", **code).page.text()
    assert looks(session) == 1


def test_what_is_asked_before_the_number_is_called_by_its_name(desk, asked):
    page = desk.get(f"/admin/callbacks/{asked}")
    assert "要填一次动态码" in page.page.text()
    assert "密码" not in page.page.text()


def test_a_note_closes_the_request_and_can_be_read(desk, session, asked):
    page = desk.get(f"/admin/callbacks/{asked}")
    for _ in range(2):  # a double tap
        shown = _note(desk, page)
        assert NOTE in shown.page.text()
        assert "客服 2073" in shown.page.text()
    assert state(session) == "answered"
    assert "没有等着回电的人" in desk.get("/admin/callbacks").page.text()
    assert "*思" in desk.get("/admin/callbacks?state=answered").page.text()


def _note(desk, page, note=NOTE):
    token = next(
        one.get("value") for one in page.page.iter("input") if one.get("name") == "csrf_token"
    )
    key = next(
        one.get("value") for one in page.page.iter("input") if one.get("name") == "request_key"
    )
    sent = {"csrf_token": token, "request_key": key, "note": note}
    return desk.post(page.request.path, data=sent, follow_redirects=True)


def _try(desk, page, button="没人接", next_at="2026-11-23T15:30"):
    return desk.post_form(page, _action="/attempt", _button=button, next_at=next_at)


@pytest.mark.parametrize(
    ("button", "next_at", "told"),
    [
        ("没人接", "2026-11-23T15:30", "2026年11月23日 15:30"),
        ("约了别的时间", "2026-11-27 09:00", "2026年11月27日 9:00"),
    ],
)
def test_a_call_that_was_tried_keeps_it_open_with_the_next_time(
    desk, session, asked, button, next_at, told
):
    page = desk.get(f"/admin/callbacks/{asked}")
    for _ in range(2):  # a double tap
        shown = _try(desk, page, button, next_at)
        assert shown.page.text().count(f"{button} · 下次 {told}") == 1
    assert "经办 客服 2073" in shown.page.text()
    assert state(session) == "open"
    listed = desk.get("/admin/callbacks").page.text()
    for words in ("打过 1 次", "客服 2073", f"最晚 {told}"):
        assert words in listed


@pytest.mark.parametrize(
    ("next_at", "told"),
    [
        ("", "请写下次的日期和时间"),
        ("明天", "请写下次的日期和时间"),
        ("2026-11-23T09:00", "下次的时间要在今后"),
        ("2026-11-23T23:00", "8:00 到 22:00 之间，最晚 11月24日 22:00"),
    ],
)
def test_a_next_time_that_cannot_be_is_told_and_kept(desk, session, asked, next_at, told):
    shown = _try(desk, desk.get(f"/admin/callbacks/{asked}"), next_at=next_at)
    assert told in shown.page.text()
    field = next(one for one in shown.page.iter("input") if one.get("name") == "next_at")
    assert (field.get("value") or "") == next_at
    assert "还没有打过" in shown.page.text()


def test_one_who_calls_back_until_let_go_of(app, desk, session, asked):
    address = f"/admin/callbacks/{asked}"
    taken = desk.post_form(desk.get(address), _action="/owner", _button="领取")
    assert "经办 客服 2073" in taken.page.text()
    boss = make_staff(session, "supervisor", username="zhou", display_name="周主管")
    other = sign_in_staff(app.test_client(), session, boss)
    seen = other.get(address)
    assert "客服 2073在办" in seen.page.text()
    assert not [one for one in seen.page.iter("textarea")]
    free = other.post_form(seen, _action="/owner", _button="放回")
    assert "还没人领" in free.page.text()
    assert NOTE in _note(other, free).page.text()
    assert state(session) == "answered"


def test_a_number_is_found_and_leads_straight_to_it(desk, session, gateways, asked):
    number = session.scalars(select(CallbackRequest.number)).one()
    page = desk.post_form(desk.get("/admin/find"), text=f" {number.lower()}")
    assert page.request.path == f"/admin/callbacks/{asked}"
    assert desk.post_form(desk.get("/admin/find"), text="HD-99999").request.path == "/admin/find"


def test_asked_while_signed_in_it_stands_on_the_borrowers_page(desk, session, gateways):
    borrower = make_borrower(session, gateways.vault)
    page = desk.get(f"/admin/borrowers/{borrower.public_id}")
    assert "没有登录后约过回电" in page.page.text()
    asked = ask(session, gateways.vault, borrower_id=borrower.id)
    page = desk.get(f"/admin/borrowers/{borrower.public_id}")
    assert "手机号换了 · 等回电" in page.page.text()
    assert desk.follow(page, "HD-").request.path == f"/admin/callbacks/{asked}"


def test_a_missing_note_is_told_and_closes_nothing(desk, session, asked):
    shown = _note(desk, desk.get(f"/admin/callbacks/{asked}"), note="  ")
    assert "请写几句谈好了什么" in shown.page.text()
    assert shown.page.title.startswith("错误：")
    assert state(session) == "open"


def test_coming_second_is_told(app, desk, session, asked):
    other = sign_in_staff(
        app.test_client(), session, make_staff(session, "supervisor", username="lin")
    )
    page = other.get(f"/admin/callbacks/{asked}")
    _note(desk, desk.get(f"/admin/callbacks/{asked}"))
    shown = _note(other, page, note="我也打了")
    assert "已经有同事办好了" in shown.page.text()
    assert NOTE in shown.page.text()


def test_a_borrower_who_was_signed_in_can_be_opened(desk, session, gateways):
    borrower = make_borrower(session, gateways.vault)
    page = desk.get(f"/admin/callbacks/{ask(session, gateways.vault, borrower_id=borrower.id)}")
    assert "核对是不是本人" not in page.page.text()
    assert desk.follow(page, "看借款").request.path == f"/admin/borrowers/{borrower.public_id}"


def test_compliance_reads_and_does_nothing(client, session, asked):
    desk = sign_in_staff(client, session, make_staff(session, "compliance"))
    text = desk.get(f"/admin/callbacks/{asked}").page.text()
    assert WORDS in text
    assert "看完整号码" not in text
    assert "回过电了" not in text


@pytest.mark.parametrize("path", ["/admin/callbacks/{}", "/admin/callbacks?after={}"])
def test_an_unknown_one_is_not_found(desk, path):
    assert desk.get(path.format("x" * 20)).status_code == 404
