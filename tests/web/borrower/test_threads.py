"""Writing to customer service: from any page, number and clock at once, nothing typed is lost, the
answer is seen.
"""

import pytest
from sqlalchemy import func, select

from app.models import Message, Thread
from app.services.core.policy import active_policy
from app.services.signin.sessions import start_session
from app.services.threads import queries as thread_queries
from app.services.threads.answering import answer_thread
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.people import TOKEN
from tests.support.proposals import submitted
from tests.support.threads import WORDS, actor_at_desk, handler, write

REPLY = "已经核对，今天改好"


def threads(session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Thread))


def reply(session, vault, site, thread, *, words=REPLY, username="mei"):
    mei = handler(session, username=username)
    answer_thread(
        session,
        acting(actor=actor_at_desk(mei), vault=vault, site=site, staff=mei),
        thread_public_id=thread,
        words=words,
        request_key="k",
    )


def box(page) -> str:
    return "".join(next(page.page.iter("textarea")).node.itertext())


def chosen(page) -> str:
    return next(
        one.get("value") for one in page.page.iter("option") if one.get("selected") is not None
    )


def test_a_question_gets_its_number_and_its_clock_at_once(phone, session):
    page = phone.get("/messages/new")
    assert "2026年11月24日 22:00" in page.page.text()
    shown = phone.post_form(page, words=WORDS, about="my_details")
    number = session.scalars(select(Thread.number)).one()
    text = shown.page.text()
    for words in (
        number,
        "已收到，最晚 2026年11月24日 22:00 答复",
        "手机号或资料要改",
        WORDS,
        "客服同事答复，会署名",
    ):
        assert words in text
    assert number.startswith("ZX-")
    assert number in phone.get("/messages").page.text()


def test_a_complaint_says_number_clock_and_the_second_level(phone, session):
    page = phone.get("/messages/new?about=complain")
    assert "15 天内答复，最晚 12月8日" in page.page.text()
    text = phone.post_form(page, words="昨天晚上十一点还打电话", about="contact").page.text()
    assert session.scalars(select(Thread.number)).one().startswith("TS-")
    for words in (
        "投诉 TS-",
        "最晚 2026年12月8日 答复",
        "核查",
        "12378",
        "只管征信机构的事",
        "12363",
    ):
        assert words in text
    assert "发给客服" not in text  # it may be about them


@pytest.mark.parametrize("address", ["/messages/new", "/messages/new?about=complain"])
def test_what_it_is_about_is_chosen_and_not_preset(phone, session, address):
    page = phone.get(address)
    assert chosen(page) == ""
    shown = phone.post_form(page, words=WORDS)
    assert "请选一件事" in shown.page.text()
    assert (box(shown), threads(session)) == (WORDS, 0)


def test_sent_twice_it_is_one(phone, session):
    page = phone.get("/messages/new")
    for _ in range(2):
        phone.post_form(page, words=WORDS, about="talk")
    assert threads(session) == 1


@pytest.mark.parametrize("words", ["", " \n "])
def test_what_was_typed_is_not_lost_when_something_is_missing(phone, session, words):
    shown = phone.post_form(phone.get("/messages/new?about=credit"), words=words)
    assert "请写几句话" in shown.page.text()
    assert shown.page.title.startswith("错误：")
    assert chosen(shown) == "credit"
    long = "长" * 1001
    assert box(phone.post_form(shown, words=long)) == long
    assert threads(session) == 0


def test_what_is_to_be_mended_is_told_in_page_order(phone):
    page = phone.post_form(phone.get("/messages/new"), words="")
    fixes = next(one for one in page.page.iter("div") if one.has_class("ah-fixes"))
    assert [one.get("href") for one in fixes.iter("a")] == ["#about", "#words"]


def test_too_many_in_an_hour_are_told_and_kept_in_the_box(phone, session):
    for number in range(active_policy(session)[1].limits.messages_per_hour):
        phone.post_form(phone.get("/messages/new"), words=f"第 {number} 条", about="talk")
    shown = phone.post_form(phone.get("/messages/new"), words="再一条", about="talk")
    assert (shown.status_code, shown.headers["Retry-After"], box(shown)) == (429, "3600", "再一条")


def test_what_was_typed_outlives_the_session(phone, session, borrower, clock):
    page = phone.get("/messages/new?about=credit")
    clock.advance(minutes=16)
    gone = phone.post_form(page, words="写了一半", about="credit")
    assert "sign-in" in gone.request.path
    sign_in_kept(phone, session, borrower, clock)
    shown = phone.get("/messages/new?about=credit")
    assert (box(shown), chosen(shown), threads(session)) == ("写了一半", "credit", 0)


def sign_in_kept(client, session, borrower, clock):
    """Sign in again in the same browser: the new session takes over from the old one."""
    with client.session_transaction() as cookie:
        cookie[TOKEN] = start_session(
            session, acting(now=clock.now()), borrower_id=borrower.id, old_token=cookie[TOKEN]
        )
    session.commit()


def test_a_figure_that_looks_wrong_names_its_loan(phone, session, borrower):
    loan = make_loan(session, borrower)
    page = phone.follow(phone.get(f"/loan/{loan.public_id}"), "这里有一项不对")
    assert (chosen(page), loan.ref[-4:] in box(page), "装修分期" in box(page)) == (
        "figure_wrong",
        True,
        True,
    )


def test_paid_names_plan_and_amount(phone, session, gateways, site, borrower):
    version = submitted(session, gateways.vault, site, borrower=borrower)
    page = phone.get(f"/messages/new?about=paid&version={version}&instalment=2")
    assert "方案 AH-" in box(page)
    assert "第 2 期 ¥" in box(page)
    shown = phone.post_form(page, words=f"{box(page)}今天")
    assert phone.follow(shown, "看这份方案").request.path == f"/plan/{version}"
    assert box(phone.get("/messages/new?about=paid")) == "我已经付款，日期和金额是："


def test_a_contact_that_was_not_right_is_a_complaint(phone):
    page = phone.follow(phone.get("/contacts"), "有一次联络不合适")
    assert chosen(page) == "contact"
    assert "哪里让您不满意" in page.page.text()


@pytest.mark.parametrize(
    ("topic", "heading"), [("complain", "哪里让您不满意"), ("figure_wrong", "给客服留言")]
)
def test_signed_in_the_old_topics_of_callbacks_lead_here(phone, client, topic, heading):
    page = phone.get(f"/callback?topic={topic}", follow_redirects=True)
    assert page.request.path == "/messages/new"
    assert heading in page.page.first("h1").text()


def test_not_signed_in_callbacks_stay_and_writing_leads_to_sign_in(client):
    assert client.get("/callback?topic=complain").status_code == 200
    page = client.follow(client.get("/help"), "登录后给客服留言")
    assert page.request.path == "/sign-in"
    assert "/callback?topic=complain" in [a.get("href") for a in client.get("/help").page.iter("a")]


def test_every_page_leads_to_a_person_in_the_same_order(phone, client, app):
    def foot(page):
        found = next(one for one in page.page.iter("footer"))
        return [one.get("href") for one in found.first("ul").iter("a")]

    pages = ["/home", "/contacts", "/messages", "/messages/new", "/help"]
    assert {tuple(foot(phone.get(path))) for path in pages} == {
        ("/messages", "tel:4000000000", "tel:12356", "/help#complain")
    }
    visitor = app.test_client()
    assert {tuple(foot(visitor.get(path))) for path in ("/", "/help", "/sign-in")} == {
        ("/callback?topic=talk", "tel:4000000000", "tel:12356", "/help#complain")
    }


def test_an_answer_shows_at_home_until_it_is_read(phone, session, gateways, site, borrower):
    thread = write(session, gateways.vault, borrower)
    reply(session, gateways.vault, site, thread)
    home = phone.get("/home")
    assert "有 1 条新回复" in home.page.text()
    assert "有新回复" in phone.get("/messages").page.text()
    shown = phone.follow(home, "看回复")
    assert shown.request.path == f"/messages/{thread}"
    for words in (REPLY, "客服 2073"):
        assert words in shown.page.text()
    assert "新回复" not in phone.get("/home").page.text()
    session.rollback()
    assert session.scalars(select(Message.read_at).order_by(Message.id.desc())).first() == NOW


def test_a_thread_goes_on_and_ends(phone, session, gateways, site, borrower):
    thread = write(session, gateways.vault, borrower)
    reply(session, gateways.vault, site, thread)
    page = phone.get(f"/messages/{thread}")
    shown = _add(phone, page)
    assert "还有一个问题" in shown.page.text()
    assert "由客服 2073答复" in shown.page.text()
    ended = phone.post_form(shown, _action="/end")
    assert "已经办结" in ended.page.text()
    assert "还有一个问题" in ended.page.text()
    late = _add(phone, page, words="再说")
    assert "请另写一条" in late.page.text()
    assert "再说" in late.page.text()


def test_thanks_are_no_review_which_is_a_button_of_its_own(
    phone, session, gateways, site, borrower
):
    thread = write(session, gateways.vault, borrower, about="contact")
    page = phone.get(f"/messages/{thread}")
    assert "申请核查" not in [one.text() for one in page.page.iter("button")]
    reply(session, gateways.vault, site, thread)
    shown = _add(phone, phone.get(f"/messages/{thread}"), words="谢谢")
    assert "谢谢" in shown.page.text()
    assert _state(session, thread) == "answered"
    send = {"_action": f"/messages/{thread}", "_button": "不同意答复，申请核查"}
    missing = phone.post_form(shown, **send, words=" ")
    assert "请写几句话" in missing.page.text()
    assert _state(session, thread) == "answered"
    asked = phone.post_form(missing, **send, words="录音里不是这样")
    assert "录音里不是这样" in asked.page.text()
    assert _state(session, thread) == "open"
    assert "不同意答复，申请核查" not in asked.page.text()
    # From a page that was open all the while
    late = phone.post_form(missing, **send, words="再申请一次")
    assert "正在办" in late.page.text()
    assert box(late) == "再申请一次"


def _state(session, thread) -> str:
    session.rollback()
    return session.scalars(select(Thread.state).where(Thread.public_id == thread)).one()


def _add(phone, page, words="还有一个问题"):
    forms = [
        one for one in page.page.first("main").iter("form") if one.first("textarea") is not None
    ]
    hidden = {one.get("name"): one.get("value") for one in forms[0].iter("input")}
    return phone.post(page.request.path, data=hidden | {"words": words}, follow_redirects=True)


def test_what_was_typed_in_a_thread_stays_with_its_fault(phone, session, gateways, borrower):
    page = phone.get(f"/messages/{write(session, gateways.vault, borrower)}")
    shown = _add(phone, page, words=" ")
    assert "请写几句话" in shown.page.text()


def test_words_are_shown_as_text_and_never_as_markup(phone, session):
    page = phone.get("/messages/new")
    shown = phone.post_form(page, words="<b>急</b><script>x</script>", about="talk")
    assert "<b>急</b>" in shown.page.text()


def test_the_list_goes_on_to_older_ones(phone, session, gateways, borrower, monkeypatch):
    monkeypatch.setattr(thread_queries, "PAGE_ROWS", 2)
    for number in range(3):
        write(session, gateways.vault, borrower, words=f"{number}")
    numbers = list(session.scalars(select(Thread.number).order_by(Thread.id)))
    page = phone.get("/messages")
    assert numbers[0] not in page.page.text()
    assert numbers[0] in phone.follow(page, "看更早的消息").page.text()


@pytest.mark.parametrize(
    "path",
    ["/messages/{}", "/messages?after={}", "/messages/new?loan={}", "/messages/new?version={}"],
)
def test_what_is_not_ones_own_is_not_found(phone, session, gateways, site, path):
    other = make_borrower(
        session, gateways.vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
    )
    loan = make_loan(session, other)
    version = submitted(session, gateways.vault, site, borrower=other, loan=loan)
    things = {"loan": loan.public_id, "version": version}
    thing = next(
        (one for name, one in things.items() if f"{name}=" in path),
        write(session, gateways.vault, other),
    )
    answers = [phone.get(path.format(one)) for one in (thing, "x" * 20)]
    assert [one.status_code for one in answers] == [404, 404]
