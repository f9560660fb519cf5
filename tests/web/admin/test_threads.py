"""The desk's inbox: tabs with clocks, one owner, the answer with its SMS shown before, complaints
kept apart.
"""

import pytest
from sqlalchemy import select

from app.models import Staff, Thread
from app.services.threads import desk_queries as thread_desk_queries
from tests.factories import make_loan
from tests.support.people import make_staff, sign_in_staff
from tests.support.threads import WORDS, add, review, write

REPLY = "已经核对，今天改好"


@pytest.fixture
def asked(session, gateways, borrower) -> str:
    return write(session, gateways.vault, borrower)


@pytest.fixture
def complained(session, gateways, borrower) -> str:
    return write(session, gateways.vault, borrower, about="staff", words="说话不客气")


@pytest.fixture
def colleague(app, session):
    staff = make_staff(session, "agent", username="lin", display_name="林客服")
    return sign_in_staff(app.test_client(), session, staff)


@pytest.fixture
def supervisor(app, session):
    staff = make_staff(session, "supervisor", username="zhou", display_name="周主管")
    return sign_in_staff(app.test_client(), session, staff)


def stored(session, thread) -> Thread:
    session.rollback()
    return session.scalars(select(Thread).where(Thread.public_id == thread)).one()


def act(desk, thread, button):
    return desk.post_form(desk.get(f"/admin/messages/{thread}"), _action="/act", _button=button)


def answer(desk, thread, words=REPLY, page=None):
    page = page or desk.get(f"/admin/messages/{thread}")
    form = next(
        one for one in page.page.iter("form") if one.get("action") == f"/admin/messages/{thread}"
    )
    hidden = {one.get("name"): one.get("value") for one in form.iter("input")}
    return desk.post(
        f"/admin/messages/{thread}", data=hidden | {"words": words}, follow_redirects=True
    )


def test_the_way_back_leads_to_the_tab_one_came_from(desk, asked):
    act(desk, asked, "领取")
    thread = desk.follow(desk.get("/admin/messages?tab=mine"), "打开")
    assert desk.follow(thread, "回到列表").request.full_path == "/admin/messages?tab=mine"


def test_taking_and_releasing_keep_what_was_written(desk, asked):
    address, page = f"/admin/messages/{asked}", desk.get(f"/admin/messages/{asked}")
    for button in ("领取", "放回"):
        page = desk.post_form(page, _action=address, _button=button, words=REPLY)
        assert REPLY in page.page.text()


def test_the_list_is_masked_has_its_clock_and_opens(desk, session, asked):
    page = desk.get("/admin/messages")
    text = page.page.text()
    for words in ("1 件等我们答复", "*敏", "这里有一项不对", "ZX-0", "1 天", "还没人领"):
        assert words in text
    assert "罗涵敏" not in text
    assert WORDS not in text
    assert desk.follow(page, "打开").request.path == f"/admin/messages/{asked}"


def test_the_navigation_counts_what_waits(desk, asked, complained):
    page = desk.get("/admin/callbacks")
    link = next(one for one in page.page.iter("a") if one.get("href") == "/admin/messages")
    assert link.text() == "消息2 件"


def test_complaints_have_a_tab_of_their_own(desk, asked, complained):
    page = desk.follow(desk.get("/admin/messages"), "投诉 1")
    assert "TS-0" in page.page.text()
    assert "15 天" in page.page.text()
    assert "ZX-0" not in page.page.text()


def test_a_thread_shows_words_loans_and_the_message_before_it_goes(desk, session, borrower, asked):
    loan = make_loan(session, borrower)
    page = desk.get(f"/admin/messages/{asked}")
    text = page.page.text()
    assert WORDS in text
    assert f"我们回复您了，编号 {stored(session, asked).number}" in text
    assert "罗涵敏" not in text
    assert (
        desk.follow(page, f"装修分期 {loan.ref[-4:]}").request.path
        == f"/admin/loans/{loan.public_id}"
    )
    assert desk.follow(page, "看借款人").request.path == f"/admin/borrowers/{borrower.public_id}"


def test_an_answer_is_sent_once_and_moves_to_the_answered(desk, session, asked):
    page = desk.get(f"/admin/messages/{asked}")
    for _ in range(2):  # a double tap
        shown = answer(desk, asked, page=page)
        assert REPLY in shown.page.text()
    assert shown.page.text().count(REPLY) == 1
    assert stored(session, asked).state == "answered"
    assert "没有等着答复的消息" in desk.get("/admin/messages").page.text()
    assert "已答复" in desk.get("/admin/messages?tab=answered").page.text()


def test_words_at_fault_are_told_and_kept(desk, session, asked):
    shown = answer(desk, asked, words="再不还就坐 牢")
    assert "不能对借款人说的词，请换个说法：坐牢" in shown.page.text()
    assert "再不还就坐 牢" in shown.get_data(as_text=True)
    assert shown.page.title.startswith("错误：")
    assert "请写几句话" in answer(desk, asked, words=" ").page.text()
    assert stored(session, asked).state == "open"


def test_taken_by_one_and_let_go_of(desk, colleague, session, asked):
    mine = act(desk, asked, "领取")
    assert "客服 2073" in mine.page.text()
    other = colleague.get(f"/admin/messages/{asked}")
    assert "客服 2073在办" in other.page.text()
    assert not [one for one in other.page.iter("textarea")]
    assert "is-mine" in desk.get("/admin/messages?tab=mine").get_data(as_text=True)
    act(desk, asked, "放回")
    assert REPLY in answer(colleague, asked).page.text()


def test_coming_second_is_told_and_the_words_stay(desk, colleague, session, asked):
    page = colleague.get(f"/admin/messages/{asked}")
    answer(desk, asked)
    shown = answer(colleague, asked, words="我也看了", page=page)
    assert "已经有同事在办" in shown.page.text()
    assert "我也看了" in shown.page.text()


def test_who_is_complained_of_stands_aside_for_good(desk, colleague, session, complained):
    act(desk, complained, "领取")
    shown = act(desk, complained, "回避")
    assert "要由另一位同事处理" in shown.page.text()
    assert not [one for one in shown.page.first("main").iter("button")]
    assert REPLY in answer(colleague, complained).page.text()


def test_new_facts_start_the_clock_anew(desk, session, gateways, borrower, complained, clock):
    act(desk, complained, "领取")
    assert "重新计时" not in desk.get(f"/admin/messages/{complained}").page.text()
    add(session, gateways.vault, borrower, complained, words="还有录音")
    before = stored(session, complained).answer_by_at
    clock.advance(hours=20)
    sign_in_staff(desk, session, session.scalars(select(Staff)).one(), now=clock.now())
    shown = act(desk, complained, "重新计时")
    assert "从今天重新算起" in shown.page.text()
    assert stored(session, complained).answer_by_at > before


def test_after_an_answer_the_second_level_is_a_supervisors(
    desk, supervisor, session, gateways, borrower, complained
):
    answer(desk, complained)
    review(session, gateways.vault, borrower, complained, words="不同意")
    shown = desk.get(f"/admin/messages/{complained}")
    assert "要由没有答复过的主管重新看" in shown.page.text()
    text = answer(supervisor, complained, words="重新看过，您说得对").page.text()
    assert "重新看过，您说得对" in text
    assert act(supervisor, complained, "办结").page.text().count("已经办结") == 1


def test_a_word_before_the_answer_keeps_the_clock(desk, session, complained):
    before = stored(session, complained).answer_by_at
    page = desk.get(f"/admin/messages/{complained}")
    address = f"/admin/messages/{complained}"
    shown = desk.post_form(page, _action=address, _button="先回复一声", words="收到了，正在查")
    assert "收到了，正在查" in shown.page.text()
    assert "答复才算办完" in shown.page.text()
    row = stored(session, complained)
    assert (row.state, row.answer_by_at, row.answered_at) == ("open", before, None)
    answered = answer(desk, complained)
    assert stored(session, complained).state == "answered"
    assert "先回复一声，还没办完" not in answered.page.text()


def test_thanks_are_seen_in_the_inbox_until_they_are_read(
    desk, session, gateways, borrower, complained
):
    answer(desk, complained)
    assert "本人又写了话" not in desk.get("/admin/messages?tab=answered").page.text()
    add(session, gateways.vault, borrower, complained, words="谢谢")
    page = desk.get("/admin/messages?tab=answered")
    assert "本人又写了话" in page.page.text()
    assert "谢谢" in desk.follow(page, "打开").page.text()
    assert "本人又写了话" not in desk.get("/admin/messages?tab=answered").page.text()
    assert "没有等着答复的消息" in desk.get("/admin/messages").page.text()


def test_compliance_reads_and_does_nothing(client, session, complained, asked):
    desk = sign_in_staff(client, session, make_staff(session, "compliance"))
    page = desk.get(f"/admin/messages/{complained}")
    assert "说话不客气" in page.page.text()
    assert not [one for one in page.page.first("main").iter("button", "textarea")]
    assert "我在办" not in [
        a.text() for a in desk.get("/admin/messages?tab=complaint").page.iter("a")
    ]


def test_the_list_goes_on_to_the_next_page(desk, session, gateways, borrower, monkeypatch):
    monkeypatch.setattr(thread_desk_queries, "PAGE_ROWS", 2)
    for number in range(3):
        write(session, gateways.vault, borrower, words=f"{number}")
    last = session.scalars(select(Thread.number).order_by(Thread.id.desc())).first()
    first = desk.get("/admin/messages")
    assert last not in first.page.text()
    page = desk.follow(first, "下一页")
    assert last in page.page.text()
    assert desk.follow(page, "回到第一页").request.path == "/admin/messages"


@pytest.mark.parametrize("path", ["/admin/messages/{}", "/admin/messages?after={}"])
def test_an_unknown_one_is_not_found(desk, path):
    assert desk.get(path.format("x" * 20)).status_code == 404
