"""Finance and the money nobody has claimed: lists, one payment, everything that is done with it."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.references import reference_of
from app.models import AuditEntry, Match, Payment
from app.services.claims import file_queries, money_queries
from tests.support.authenticator import enrol, fresh_code
from tests.support.counting import statements
from tests.support.payments import TODAY, make_payment, make_statement, running_plan
from tests.support.people import make_staff, sign_in_staff

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
WHY = "电话里问过本人，是他爱人付的"
OLD = {"arrived_on": TODAY - timedelta(days=4), "paid_on": TODAY - timedelta(days=4)}


@pytest.fixture
def desk(client, session):
    staff = make_staff(session, "finance", username="zheng", display_name="郑敏")
    return sign_in_staff(client, session, staff)


@pytest.fixture
def colleague(app, session):
    staff = make_staff(session, "finance", username="he", display_name="何川")
    return sign_in_staff(app.test_client(), session, staff)


@pytest.fixture
def plan(session, vault):
    return running_plan(session, vault)


@pytest.fixture
def vault(gateways):
    return gateways.vault


@pytest.fixture
def pay(session, vault):
    def store(**values):
        return f"/finance/money/{make_payment(session, vault, **values).public_id}"

    return store


def state_of(session) -> str:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Payment.state)).one()


def claim(desk, page, to, fen="", words=WHY, **more):
    told = {"choice": "other", "shares-0-to": to, "shares-0-fen": fen, "words": words} | more
    return desk.post_form(page, _action="/match", _button="就这样记", **told)


def test_the_list_begins_with_the_oldest_and_shows_no_name(desk, pay):
    pay(payer="李芳", account_tail="5512", remark="替老公还", fen=860_20)
    pay(payer="王强", fen=2_000_00, **OLD)
    page = desk.get("/finance/money")
    text = page.page.text()
    assert "2 笔钱还不知道是谁的" in text
    assert "合计 ¥2,860.20，最早的 11月19日到账" in text
    assert text.index("*强") < text.index("*芳")
    assert "尾号 5512" in text
    assert not any(told in text for told in ("李芳", "王强", "替老公还"))
    assert "付款人不在借款人里" in text
    assert re.search(r"未认领\s*2\s*件", text)
    old = desk.get("/finance/money?tab=old").page.text()
    assert "*强" in old
    assert "*芳" not in old


def test_a_page_goes_on_in_its_tab(desk, pay, monkeypatch):
    monkeypatch.setattr(money_queries, "PAGE_ROWS", 1)
    for days in (9, 8):
        day = TODAY - timedelta(days=days)
        pay(arrived_on=day, paid_on=day)
    second = desk.follow(desk.get("/finance/money?tab=old"), "下一页")
    assert second.request.args["tab"] == "old"
    assert "11月15日" in second.page.text()
    assert "11月14日" not in second.page.text().partition("到账")[2].partition("回到第一页")[0][20:]
    assert desk.get("/finance/money?after=nowhere").status_code == 404


def test_a_suggestion_is_one_tap(desk, session, pay, plan):
    address = pay(payer="李芳", fen=86_000)
    page = desk.get(address)
    assert f"*芳，{reference_of(plan.number)}" in page.page.text()
    assert "付款人和借款人同名" in page.page.text()
    done = desk.post_form(page, _action="/match", _button="就这样记")
    assert done.request.path == address
    text = done.page.text()
    assert "记好了" in text
    assert f"{reference_of(plan.number)} *芳 860.00" in re.sub(r"\s+", " ", text)
    assert "郑敏" in text
    assert state_of(session) == "matched"


def test_of_several_that_are_as_likely_none_is_chosen_for_anyone(desk, session, vault, pay, plan):
    twin = running_plan(session, vault, mobile="19003741009", id_number="990101198901140009")
    page = desk.get(pay(payer="李芳", reason="same_name"))
    html = page.get_data(as_text=True)
    assert html.count('name="choice"') == 3
    assert not re.search(r'name="choice"[^>]* checked', html)
    page = desk.post_form(page, _action="/match", _button="就这样记")
    assert "请选一个" in page.page.text()
    assert 'href="#choice"' in page.get_data(as_text=True)
    assert state_of(session) == "unmatched"
    done = desk.post_form(page, _action="/match", _button="就这样记", choice=twin.number)
    assert "记好了" in done.page.text()
    session.rollback()
    assert session.scalars(select(Match.plan_id)).one() == twin.id


def test_what_was_typed_stays_with_what_to_mend(desk, session, pay, plan):
    page = desk.get(pay(fen=100_00))
    page = claim(desk, page, "AH-77777", "九十", words=WHY)
    html, text = page.get_data(as_text=True), page.page.text()
    assert 'value="AH-77777"' in html
    assert 'value="九十"' in html
    assert "请用数字写金额" in text
    assert WHY in html
    page = claim(desk, page, "AH-77777", "90")
    assert "没有找到 AH-77777" in page.page.text()
    assert 'href="#shares-0-to"' in page.get_data(as_text=True)
    page = claim(desk, page, plan.number, "90")
    assert "各份加起来是 ¥90.00，这笔款是 ¥100.00，还差 ¥10.00" in page.page.text()
    page = claim(desk, page, plan.number, "", words="")
    assert "请写明为什么" in page.page.text()
    assert state_of(session) == "unmatched"
    assert "记好了" in claim(desk, page, plan.number, "").page.text()


def test_a_part_without_a_sum_is_told_at_its_sum(desk, pay, plan):
    page = desk.get(pay(fen=100_00))
    page = claim(desk, page, plan.number, "50", **{"shares-1-to": "AH-1"})
    assert 'href="#shares-1-' in page.get_data(as_text=True)


def test_split_over_as_many_as_are_asked_for(desk, session, vault, pay, plan):
    other = running_plan(session, vault, name="张洋", mobile="19003741001")
    third = running_plan(session, vault, name="王静", mobile="19003741002")
    page = desk.get(pay(fen=300_00))
    parts = {
        "choice": "other",
        "shares-0-to": plan.number,
        "shares-0-fen": "100",
        "shares-1-to": other.number,
        "shares-1-fen": "150.50",
        "words": WHY,
    }
    page = desk.post_form(page, _action="/match", _button="再加一份", **parts)
    html = page.get_data(as_text=True)
    assert f'value="{other.number}"' in html
    assert WHY in html
    last = {"shares-2-to": third.number, "shares-2-fen": "49.50"}
    done = desk.post_form(page, _action="/match", _button="就这样记", **last)
    assert "记好了" in done.page.text()
    sums = session.scalars(select(Match.fen).order_by(Match.number)).all()
    assert sums == [100_00, 150_50, 49_50]


def test_a_double_tap_is_one_match(desk, session, pay, plan):
    page = desk.get(pay())
    for _tap in range(2):
        assert "记好了" in claim(desk, page, plan.number).page.text()
    assert len(session.scalars(select(Match)).all()) == 1


def test_who_comes_second_is_told_and_sees_how_it_is(desk, colleague, pay, plan):
    address = pay()
    mine, theirs = desk.get(address), colleague.get(address)
    claim(colleague, theirs, plan.number)
    page = claim(desk, mine, plan.number)
    text = page.page.text()
    assert "别的同事刚刚认领了这一笔" in text
    assert "何川" in text
    assert "撤回认领" in text


def test_undone_with_a_reason_and_claimed_anew(desk, session, pay, plan):
    page = claim(desk, desk.get(pay()), plan.number)
    page = desk.post_form(page, _action="/undo", **{"undo-words": " "})
    assert "请写明为什么" in page.page.text()
    assert state_of(session) == "matched"
    page = desk.post_form(page, _action="/undo", **{"undo-words": "记错了，同名"})
    text = page.page.text()
    assert "这笔款又在未认领里，由您在办" in text
    assert "记错了，同名" in text
    assert "您在办这一笔" in text
    assert "原来的认领撤销了" in text
    assert state_of(session) == "unmatched"
    assert "记好了" in claim(desk, page, plan.number).page.text()


def test_what_is_nobodys_goes_back_or_stays_after_all(desk, session, pay):
    page = desk.get(pay(payer="某某贸易公司", fen=12_000_00))
    page = desk.post_form(page, _action="/return", **{"return-words": ""})
    assert "请写明为什么" in page.page.text()
    page = desk.post_form(page, _action="/return", **{"return-words": "货款，退给某某贸易"})
    assert "标好了" in page.page.text()
    assert state_of(session) == "returned"
    back = desk.get("/finance/money?tab=returned").page.text()
    assert "12,000.00" in back
    assert "没有未认领的钱" in back
    assert "货款，退给某某贸易" in back
    assert "最近办的" in back
    page = desk.post_form(page, _action="/keep", **{"keep-words": "来电说是还款"})
    assert "不退了" in page.page.text()
    assert state_of(session) == "unmatched"


def test_one_of_finance_has_it_until_another_takes_over(desk, colleague, pay, plan):
    address = pay()
    early = colleague.get(address)
    mine = desk.post_form(desk.get(address), _action="/owner", _button="接过来办")
    assert "您在办这一笔" in mine.page.text()
    assert re.search(r"我在办\s*1", desk.get("/finance/money").page.text())
    theirs = colleague.get(address)
    assert "郑敏在办这一笔" in theirs.page.text()
    assert "就这样记" not in theirs.page.text()
    colleague.post_form(theirs, _action="/owner", _button="接过来办")
    refused = desk.post_form(mine, _action="/owner")
    assert "别的同事在办这一笔" in refused.page.text()
    late = claim(desk, mine, plan.number)
    assert "要接手，请先点接过来" in late.page.text()
    assert f'value="{plan.number}"' in late.get_data(as_text=True)
    taken = desk.post_form(late, _action="/owner", _button="接过来办")
    assert "您在办这一笔" in taken.page.text()
    stale = colleague.post_form(early, _action="/owner", _button="接过来办")
    assert "别的同事刚刚接了这一笔" in stale.page.text()


def test_what_a_bank_wrote_is_read_after_a_code_and_on_record(
    desk, session, gateways, clock, pay, plan
):
    page = desk.get(pay(payer="李芳", remark="替老公还"))
    assert "替老公还" not in page.page.text()
    secret = enrol(session, gateways.vault, "zheng")
    clock.advance(minutes=16)
    confirm = desk.post_form(page, _action="/match", _button="看附言", words="问过了，是他")
    assert "再填一次动态码" in confirm.page.text()
    code = {"step_up-code": fresh_code(secret, clock.now())}
    page = desk.post_form(confirm, _action="/words", **code)
    text = page.page.text()
    assert "替老公还" in text
    assert "李芳" in text
    assert "这次查看已留下记录" in text
    assert "问过了，是他" in text
    query = select(AuditEntry).where(AuditEntry.action == "payment_words_seen")
    assert len(session.scalars(query).all()) == 1
    assert "替老公还" not in desk.get(page.request.path.removesuffix("/words")).page.text()


def test_a_reversal_is_nobodys(desk, session, pay, plan):
    address = pay(reverses_ref="LS-0", reason="reversal_unknown", fen=500)
    text = desk.get(address).page.text()
    assert "冲正 ¥5.00" in text
    assert "LS-0，没有找到这一笔" in text
    assert "就这样记" not in text
    assert "−5.00" in desk.get("/finance/money").page.text()


def test_all_money_by_day_channel_state_and_number(desk, pay, plan):
    pay(channel="支付宝", channel_ref="LS-7", fen=1_00)
    pay(channel="对公", channel_ref="LS-8", fen=2_00, **OLD)
    page = desk.get("/finance/money/all")
    text = page.page.text()
    assert "2026年11月23日到账的" in text
    assert "支付宝 LS-7" in text
    assert "LS-8" not in text
    older = desk.post_form(page, day=str(TODAY - timedelta(days=4)))
    assert "对公 LS-8" in older.page.text()
    found = desk.post_form(page, number="ＬＳ-8")
    assert "流水号 LS-8，每个渠道都找" in found.page.text()
    assert "对公 LS-8" in found.page.text()
    assert "没有找到来款" in desk.get("/finance/money/all?state=matched").page.text()
    assert "没有找到来款" in desk.get("/finance/money/all?channel=别的").page.text()
    wrong = desk.get("/finance/money/all?day=yesterday")
    assert "请写成 2026-11-20 这样的日期" in wrong.page.text()
    assert 'value="yesterday"' in wrong.get_data(as_text=True)
    assert desk.get("/finance/money/all?after=nowhere").status_code == 404


def test_files_with_their_figures_and_since_when_one_lacks(desk, session, plan):
    assert "还没有收到过还款文件" in desk.get("/finance/money").page.text()
    make_statement(session, covers_until_on=TODAY - timedelta(days=3), rejected=0)
    text = desk.get("/finance/money/files").page.text()
    assert "到 2026年11月20日为止的钱都在里面" in text
    assert "从 2026年11月21日起没有收到还款文件" in text
    assert "repayments_2026-11-22.csv" in text
    assert "1,234.56" in text
    assert "从 2026年11月21日起" in desk.get("/finance/money").page.text()
    make_statement(session, covers_until_on=TODAY - timedelta(days=1))
    assert "起没有收到还款文件" not in desk.get("/finance/money/files").page.text()


def test_lines_that_were_not_taken_as_page_and_as_a_safe_file(desk, session, monkeypatch):
    monkeypatch.setattr(file_queries, "PAGE_FAULTS", 1)
    faults = [(3, "金额", "amount", "=cmd|' /C calc'!A0"), (9, "入账日期", "date", "请核对")]
    file = make_statement(session, faults=faults)
    page = desk.get(f"/finance/money/files/{file.public_id}")
    assert "=cmd" in page.page.text()
    assert "请核对" in desk.follow(page, "下一页").page.text()
    taken = desk.get(f"/finance/money/files/{file.public_id}/faults.csv")
    assert taken.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(taken.get_data().decode("utf-8-sig"))))
    assert rows[0] == ["行号", "列", "代码", "怎么改"]
    assert rows[1] == ["3", "金额", "amount", "'=cmd|' /C calc'!A0"]
    assert rows[2][0] == "9"
    for address in ("", "/faults.csv"):
        assert desk.get(f"/finance/money/files/{'x' * 20}{address}").status_code == 404


def test_what_is_not_there_is_absent_in_every_way(desk, pay):
    page = desk.get(pay())
    token = next(
        one.get("value") for one in page.page.iter("input") if one.get("name") == "csrf_token"
    )
    nowhere = f"/finance/money/{'x' * 20}"
    assert desk.get(nowhere).status_code == 404
    words = {"words": WHY, "undo-words": WHY, "return-words": WHY, "keep-words": WHY}
    for act in ("match", "undo", "return", "keep", "owner", "words"):
        data = {"csrf_token": token} | words
        assert desk.post(f"{nowhere}/{act}", data=data).status_code == 404, act


@pytest.mark.parametrize("rows", [100, 1_000])
def test_lists_ask_a_handful_at_any_size(app, desk, session, vault, rows):
    one = make_payment(session, vault, payer="李芳")
    kept = [c.key for c in Payment.__table__.columns if c.key not in ("id", "words_enc")]
    copied = {name: getattr(one, name) for name in kept}
    session.execute(
        Payment.__table__.insert(),
        [
            copied | {"public_id": f"p{number:019d}", "channel_ref": f"C{number}"}
            for number in range(rows)
        ],
    )
    session.commit()
    desk.get("/finance/money")
    for address in ("/finance/money", "/finance/money?tab=old", "/finance/money/all"):
        with statements(app.extensions["anhuan_engine"]) as seen:
            assert desk.get(address).status_code == 200
        assert len(seen) <= 10, seen


def test_a_reversal_that_waits_is_let_to_count(desk, session, pay, plan):
    address = pay(fen=300)
    claim(desk, desk.get(address), plan.number)
    original = session.scalars(select(Payment)).one()
    known = {"reverses_id": original.id, "reverses_ref": original.channel_ref}
    page = desk.get(pay(fen=300, reason="old_value_date", **known))
    assert "这笔冲正等您看" in page.text
    page = desk.post_form(page, _action="/take-back", **{"take_back-words": " "})
    assert "请写明为什么" in page.text
    page = desk.post_form(page, _action="/take-back", **{"take_back-words": WHY})
    assert "冲正生效了" in page.text
    assert "不用记给谁" in page.text
