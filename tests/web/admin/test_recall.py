"""An approved offer whose figures changed at the desk: listed, seen in fen, shown word by word,
recalled.
"""

import pytest
from sqlalchemy import select

from app.models import PlanVersion
from app.services.recalls.noticing import notice_changed_figures
from tests.factories import make_loan
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.counters import file_says, version_of
from tests.support.people import make_staff, sign_in_staff
from tests.support.proposals import approved_at_once

WORDS = "有一笔还款后来入了账，按原来的数签会多还。"


@pytest.fixture
def loan(session, borrower):
    return make_loan(session, borrower)


@pytest.fixture
def offer(session, gateways, site, borrower, loan) -> str:
    return approved_at_once(session, gateways.vault, site, borrower=borrower, loan=loan)


@pytest.fixture
def boss(client, session):
    return sign_in_staff(client, session, make_staff(session, "supervisor"))


@pytest.fixture
def changed(session, gateways, site, offer, loan):
    file_says(session, loan, paid=loan.paid + 1)
    notice_changed_figures(session, acting(now=NOW, vault=gateways.vault, site=site), limit=10)
    return offer


def state(session, version) -> str:
    session.rollback()
    return session.scalars(select(PlanVersion.state).where(PlanVersion.public_id == version)).one()


def test_the_queue_leads_to_what_changed(boss, changed):
    page = boss.get("/admin/")
    assert "1 份已同意、没签的方案，借款的数字变了" in page.page.text()
    text = boss.get("/admin/?tab=figures").page.text()
    for words in ("数字变了 1", "看变了多少", "和同意时不一样"):
        assert words in text
    assert "没有要看的" not in text


def test_while_nothing_changed_there_is_nothing_to_recall(boss, offer):
    text = boss.get(f"/admin/plan/{offer}").page.text()
    assert "收回这一版" not in text
    assert "借款的数字变了" not in text
    assert "数字变了" not in boss.get("/admin/").page.text()


def test_the_case_says_in_fen_what_changed_and_begins_the_reason(boss, session, changed, loan):
    page = boss.get(f"/admin/plan/{changed}")
    text = page.page.text()
    for words in ("借款的数字变了", "本人现在签不了", "收回这一版"):
        assert words in text
    then = version_of(session, changed).terms["loans"][0]["payoff_fen"]
    said = page.page.by_id("recall").text()
    assert f"{loan.product} {loan.ref[-4:]} 按提方案那天算，原来是 ¥{then / 100:,.2f}" in said


def test_shown_word_by_word_then_recalled(boss, session, changed):
    address = f"/admin/plan/{changed}/recall"
    page = boss.get(f"/admin/plan/{changed}")
    shown = boss.post_form(page, _action=address, _button="预览", recall=WORDS)
    there = shown.page.by_id("shown-page").text()
    for words in ("这份方案我们收回了", "不是您的原因：借款的数字变了", WORDS, "到 11月26日"):
        assert words in there
    assert "有变化，请登录安还看" in shown.page.by_id("sms-text").text()
    assert state(session, changed) == "approved"
    edited = boss.post_form(shown, _action=address, _button="回去改")
    assert edited.page.by_id("recall").text() == WORDS
    shown = boss.post_form(edited, _action=address, _button="预览", recall=WORDS)
    done = boss.post_form(shown, _button="收回并告诉本人")
    text = done.page.text()
    assert "已收回，本人能看到原因" in text
    assert "收回已经发出的一版" in text
    assert WORDS in text
    assert state(session, changed) == "recalled"


def test_what_changed_meanwhile_is_shown_again(boss, session, changed, loan):
    """Put right again before it was sent: nothing is recalled, and what was written stays."""
    address = f"/admin/plan/{changed}/recall"
    page = boss.get(f"/admin/plan/{changed}")
    shown = boss.post_form(page, _action=address, _button="预览", recall=WORDS)
    file_says(session, loan, paid=loan.paid - 1)
    refused = boss.post_form(shown, _button="收回并告诉本人")
    assert "借款的数字和同意时一样，已经同意的不能收回" in refused.page.text()
    assert state(session, changed) == "approved"


def test_an_agent_who_did_not_approve_it_sees_what_changed_only(desk, changed):
    text = desk.get(f"/admin/plan/{changed}").page.text()
    assert "借款的数字变了" in text
    assert "收回这一版" not in text
