"""Work on a case at the desk: owners, asking for a change, what was told in confidence, documents
that failed.
"""

import pytest
from sqlalchemy import select, update

from app.domain.budget import Budget
from app.models import AuditEntry, Borrower, Message, OutboxItem, PlanVersion, Thread
from app.services.hardship.records import Hardship, seal_hardship
from tests.support.cases import case_of, put
from tests.support.clock import NOW
from tests.support.people import make_staff, sign_in_as, sign_in_staff
from tests.support.proposals import submitted

WORDS = "每月先按 900 元，可以吗？这样更稳当。"


@pytest.fixture
def version(session, gateways, site) -> str:
    return submitted(session, gateways.vault, site)


@pytest.fixture
def desk(client, session):
    return sign_in_staff(client, session, make_staff(session, "agent", display_name="李静"))


@pytest.fixture
def colleague(app, session):
    """Signs another member of staff in, in a browser of their own."""

    def come(*roles, name="王芳", username="fang"):
        return sign_in_staff(
            app.test_client(),
            session,
            make_staff(session, *roles, username=username, display_name=name),
        )

    return come


def stored(session, version) -> PlanVersion:
    session.rollback()
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()


def tell(session, vault, version, **told):
    sealed = seal_hardship(Hardship(**told), vault=vault, table="plan_versions", row=version)
    session.execute(
        update(PlanVersion).where(PlanVersion.public_id == version).values(hardship_enc=sealed)
    )
    session.commit()


def take(desk, version, page=None, button="领取"):
    """Press a button about the owner; it sends the answer's form along."""
    address = f"/admin/plan/{version}"
    return desk.post_form(page or desk.get(address), _action=address, _button=button)


def preview(desk, version, **values):
    address = f"/admin/plan/{version}"
    return desk.post_form(desk.get(address), _action=address, _button="预览", **values)


def test_taking_and_releasing(desk, session, version):
    page = take(desk, version)
    assert "在您名下" in page.page.text()
    assert "领取案件" in page.page.text()
    assert "我经办的 1" in desk.get("/admin/?tab=mine").page.text()
    page = take(desk, version, page, "放回")
    assert "还没有人领" in page.page.text()
    assert "放回案件" in page.page.text()


def test_taking_releasing_and_reading_keep_what_was_written(desk, session, gateways, version):
    tell(session, gateways.vault, version, reason="illness", words="住院了")
    address, page = f"/admin/plan/{version}", desk.get(f"/admin/plan/{version}")
    for button in ("领取", "看本人说的难处", "放回"):
        page = desk.post_form(page, _action=address, _button=button, answer="refuse", words=WORDS)
        assert WORDS in page.page.text()
        assert WORDS in desk.get(address).page.text()  # fetched anew, and on the way back


def test_a_preview_can_be_left_and_come_back_to(desk, version):
    shown = preview(desk, version, answer="change", words=WORDS)
    assert "data-once" in shown.text
    assert WORDS in desk.get(f"/admin/plan/{version}").page.text()


def test_what_was_written_is_shown_where_a_colleague_took_the_case_meanwhile(
    desk, colleague, session, version
):
    preview(desk, version, answer="change", words=WORDS)
    supervisor = colleague("supervisor")
    supervisor.post_form(
        supervisor.get(f"/admin/plan/{version}"), _action="/take-over", reason="deadline"
    )
    assert f"您的答复没有发出。写的是：“{WORDS}”" in desk.get(f"/admin/plan/{version}").page.text()


def test_a_colleague_reads_who_has_it_and_cannot_answer(desk, colleague, version):
    other = colleague("agent")
    page = other.get(f"/admin/plan/{version}")
    take(desk, version)
    late = take(other, version, page)  # the second of two tabs
    assert "已经有同事在办：李静" in late.page.text()
    assert "预览" not in late.page.text()
    late = other.post_form(
        page, _action=f"/admin/plan/{version}", answer="approve", reason_code="within_means"
    )
    assert "已经有同事在办：李静" in late.page.text()


def test_a_supervisor_takes_over_with_a_reason(desk, colleague, session, version):
    take(desk, version)
    boss = colleague("supervisor", name="何主管")
    page = boss.post_form(boss.get(f"/admin/plan/{version}"), _action="/take-over")
    assert "请选一个接手的原因" in page.page.text()
    page = boss.post_form(page, _action="/take-over", reason="deadline")
    assert "在您名下" in page.page.text()
    assert "时限快到了" in page.page.text()


def test_the_preview_shows_the_very_sms_and_page_the_borrower_gets(
    desk, app, session, version, gateways
):
    page = preview(desk, version, answer="refuse", reason_code="amount_too_low", words=WORDS)
    shown_sms, shown_page = (
        page.page.by_id("sms-text").text(),
        page.page.by_id("shown-page").text().split(),
    )
    assert stored(session, version).state == "submitted"
    desk.post_form(page, _button="发出")
    session.rollback()
    one = session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc()).limit(1)).one()
    sent = gateways.vault.unseal(
        one.payload_enc, table="outbox", row=one.idempotency_key, column="payload"
    )
    assert shown_sms in sent
    borrower = sign_in_as(app.test_client(), session, session.scalars(select(Borrower)).one())
    read = borrower.get(f"/plan/{version}").page.first("main").text().split()
    assert [word for word in shown_page if word not in read] == []


def test_going_back_from_the_preview_keeps_what_was_typed(desk, version):
    page = preview(desk, version, answer="refuse", reason_code="amount_too_low", words=WORDS)
    page = desk.post_form(page, _button="回去改")
    assert WORDS in page.page.text()
    assert "有一处要改" not in page.page.text()


def test_asking_for_a_change_writes_to_the_borrower_and_leaves_the_case_open(
    desk, app, session, version
):
    page = preview(desk, version, answer="change")
    assert "请写几句" in page.page.text()
    page = preview(desk, version, answer="change", words=WORDS)
    shown = next(
        one for one in page.page.by_id("shown-page").iter("div") if one.has_class("ah-sheet")
    ).text()
    assert WORDS in page.page.text()
    assert session.scalars(select(Thread)).all() == []
    page = desk.post_form(page, _button="发出")
    assert "请本人改一改" in page.page.text()
    found = stored(session, version)
    thread = session.scalars(select(Thread)).one()
    assert (found.state, thread.version_id, thread.about) == ("submitted", found.id, "plan_change")
    assert len(session.scalars(select(Message)).all()) == 1
    assert thread.number in page.page.text()
    assert "等本人回" in page.page.text()
    read = sign_in_as(app.test_client(), session, session.scalars(select(Borrower)).one())
    message = next(
        one
        for one in read.get(f"/messages/{thread.public_id}").page.iter("li")
        if one.has_class("ah-log")
    )
    assert message.text() == shown


def test_a_case_whose_borrower_was_asked_waits_for_them_and_comes_back(desk, app, session, version):
    assert "我们的时限停着，回话后接着算" in desk.get(f"/admin/plan/{version}").page.text()
    page = desk.post_form(preview(desk, version, answer="change", words=WORDS), _button="发出")
    assert "时限停着，回话后还有 7 个工作日" in page.page.text()
    page = desk.get("/admin/")
    assert "没有等着答复的方案" in page.page.text()
    assert "方案" in [a.text() for a in page.page.iter("a")]  # nothing counted beside it
    page = desk.follow(page, "等本人 1")
    for words in ("等本人回", "改一改方案", "等了 0 天", "时限停着", "李静"):
        assert words in page.page.text()
    borrower = session.scalars(select(Borrower)).one()
    phone = sign_in_as(app.test_client(), session, borrower)
    said = phone.follow(phone.get(f"/plan/{version}"), "看客服的话，回复")
    assert WORDS in said.page.text()
    phone.post_form(said, _action=said.request.path, words="可以，就按这个数")
    page = desk.get("/admin/?tab=mine")
    for words in ("1 件等我们答复", "等我们", "答复方案", "最晚 12月2日"):
        assert words in page.page.text()
    page = desk.follow(page, "打开")
    assert "本人回了话" in page.page.text()


def test_income_and_reason_are_for_those_who_decide(desk, colleague, session, gateways, version):
    tell(
        session,
        gateways.vault,
        version,
        reason="income_fell",
        words="厂里停工",
        budget=Budget.of_sums(500_000, 300_000),
    )
    text = desk.get(f"/admin/plan/{version}").page.text()
    assert "难处：收入突然少了" in text
    assert "厂里停工" in text
    assert "占余下" in text
    assert "厂里停工" not in colleague("compliance").get(f"/admin/plan/{version}").get_data(
        as_text=True
    )


def test_the_groups_of_a_month_are_for_those_who_decide(
    desk, colleague, session, gateways, version
):
    budget = Budget(
        people=3,
        incomes={"own": 420_000, "partner": 100_000, "benefits": 0, "other": 0},
        spending={"food": 150_000, "housing": 180_050},
        debts_fen=50_000,
        regular={"JJ990000412": 31_840},
    )
    tell(
        session,
        gateways.vault,
        version,
        reason="many_debts",
        budget=budget,
        ease="in_months",
        ease_months=3,
    )
    text = desk.get(f"/admin/plan/{version}").page.text()
    for words in (
        "难处：还的太多，几家一起还不过来；大约 3 个月会好些",
        "连自己养 3 个人",
        "自己到手的",
        "1,800.50",
        "别家每月要还的",
        "尾号 0412",
        "318.40",
        "¥4,118.90",
    ):
        assert words in text
    assert "补贴" not in text
    for role in ("compliance", "finance"):
        page = colleague(role, username=role).get(f"/admin/plan/{version}").get_data(as_text=True)
        assert "1,800.50" not in page
        assert "4,118.90" not in page


def test_a_sensitive_reason_is_opened_on_record(desk, session, gateways, version):
    tell(session, gateways.vault, version, reason="illness", words="在住院")
    page = desk.get(f"/admin/plan/{version}")
    assert "在住院" not in page.get_data(as_text=True)
    page = desk.post_form(page, _action="/hardship")
    assert "在住院" in page.page.text()
    assert "在住院" not in desk.get(f"/admin/plan/{version}").get_data(as_text=True)
    session.rollback()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "hardship.read")).one()
    assert entry.object_id == version


def test_a_document_that_could_not_be_made_is_seen_and_cleared(desk, session, version):
    put(session, version, "approved", case={"document_fault": "𱁬"}, valid_until_at=NOW)
    links = [a.text() for a in desk.get("/admin/messages").page.iter("a")]
    assert "方案1 件" in links  # every page of the desk tells that something waits
    page = desk.follow(desk.get("/admin/"), "1 份协议文件没有做成")
    assert "文件没做成 1" in page.page.text()
    page = desk.follow(page, "打开")
    assert "𱁬 U+3106C" in page.page.text()
    page = desk.post_form(page, _action="/document-seen")
    assert "𱁬" not in page.page.text()
    assert case_of(session, version).document_fault is None
    assert session.scalars(
        select(AuditEntry.before).where(AuditEntry.action == "agreement.fault_seen")
    ).one() == {"count": 1}
