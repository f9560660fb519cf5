"""Finance exports: purpose, password, progress, download; nobody else's files."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select

from app.models import AuditEntry, Export
from tests.support.authenticator import enrol, fresh_code
from tests.support.clock import NOW
from tests.support.exporting import signed, work
from tests.support.people import make_staff, sign_in_staff
from tests.support.reading_back import csv_rows, table

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def agreement(session, gateways, site):
    return signed(session, gateways.vault, site)


@pytest.fixture
def desk(client, session):
    staff = make_staff(session, "finance", username="zheng")
    return sign_in_staff(client, session, staff)


def count(session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Export))


def ask(desk, *, form="csv", purpose="11月对账", query=""):
    return desk.post_form(desk.get(f"/finance/exports/new{query}"), form=form, purpose=purpose)


def test_from_the_register_to_the_file(desk, session, database, gateways, agreement):
    page = desk.follow(desk.get("/finance/?from=2026-11-01&to=2026-11-30"), "导出筛选结果")
    assert "2026年11月1日到2026年11月30日签署，1 份" in page.page.text()
    jobs = desk.post_form(page, form="csv", purpose="11月对账")
    assert jobs.request.path == "/finance/exports"
    assert "排队中，共 1 份" in jobs.page.text()
    assert 'hx-trigger="every 2s"' in jobs.get_data(as_text=True)
    work(database, gateways)
    part = desk.get("/finance/exports", headers={"HX-Request": "true"})
    assert "hx-trigger" not in part.get_data(as_text=True)
    done = desk.follow(jobs, "看最新进度")
    assert "1 份协议，合计" in done.page.text()
    file = desk.post_form(done, _action="/1")
    disposition = file.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert "filename*=UTF-8''" in disposition
    assert "协议台账-20261123-100000.csv" in unquote(disposition)
    assert file.headers["Cache-Control"] == "no-store"
    rows, _total, note = table(csv_rows(file.get_data()))
    assert [row["协议号"] for row in rows] == [agreement.number]
    assert "用途：11月对账" in note
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_kind == "export")
    ).all()
    assert actions == ["export.asked", "export.made", "export.taken"]


def test_without_a_purpose_nothing_is_exported_and_nothing_typed_is_lost(desk, session, agreement):
    page = ask(desk, form="pdf", purpose="  ", query="?from=2026-11-01")
    assert "请写明导出做什么用" in page.page.text()
    assert count(session) == 0
    again = desk.post_form(page, purpose="审计")
    assert "协议 PDF" in again.page.text()
    assert "2026年11月1日起签署" in again.page.text()
    assert count(session) == 1


def test_a_double_tap_asks_once(desk, session):
    page = desk.get("/finance/exports/new")
    for _ in range(2):
        assert desk.post_form(page, form="csv", purpose="对账").status_code == 200
    assert count(session) == 1


def test_the_sixth_in_an_hour_is_told_when_to_come_again(desk, session):
    for number in range(5):
        ask(desk, purpose=f"对账 {number}")
    refused = ask(desk, purpose="再来一次")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "一小时内的导出次数到上限了" in refused.page.text()
    assert 'value="再来一次"' in refused.get_data(as_text=True)
    assert count(session) == 5


def test_exporting_asks_for_a_code_again_and_is_not_pressed_twice(
    desk, session, gateways, clock, agreement
):
    page, secret = (
        desk.get("/finance/exports/new?from=2026-11-01"),
        enrol(session, gateways.vault, "zheng"),
    )
    clock.advance(minutes=16)
    confirm = desk.post_form(page, form="xlsx", purpose="11月对账")
    assert "再填一次动态码" in confirm.page.text()
    assert count(session) == 0
    done = desk.post_form(confirm, _action="exports", **code(secret, clock))
    assert done.request.path == "/finance/exports"
    assert count(session) == 1
    assert session.scalars(select(Export.format)).one() == "xlsx"


def test_the_page_of_an_export_is_opened_after_a_code(desk, session, gateways, clock, agreement):
    secret = enrol(session, gateways.vault, "zheng")
    clock.advance(minutes=16)
    confirm = desk.get("/finance/exports/new?from=2026-11-01", follow_redirects=True)
    assert confirm.request.path == "/admin/confirm"
    page = desk.post_form(confirm, _action="confirm", **code(secret, clock))
    assert page.request.path == "/finance/exports/new"
    assert "2026年11月1日起签署" in page.page.text()


def test_taking_asks_for_a_code_again_and_hands_the_file_over(
    desk, session, database, gateways, clock, agreement
):
    ask(desk)
    work(database, gateways)
    page, secret = desk.get("/finance/exports"), enrol(session, gateways.vault, "zheng")
    clock.advance(minutes=16)
    confirm = desk.post_form(page, _action="/1")
    assert "再填一次动态码" in confirm.page.text()
    assert any(a.get("href") == "/finance/exports" for a in confirm.page.iter("a"))
    taken = desk.post_form(confirm, _action="/1", **code(secret, clock))
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert session.scalar(select(func.count()).where(AuditEntry.action == "export.taken")) == 1


def code(secret, clock):
    return {"step_up-code": fresh_code(secret, clock.now())}


def test_anothers_export_is_as_absent_as_none(client, desk, session, database, gateways, agreement):
    ask(desk)
    work(database, gateways)
    public_id = session.scalars(select(Export.public_id)).one()
    sign_in_staff(client, session, make_staff(session, "finance", username="qian"))
    page = client.get("/finance/exports/new").page
    token = next(one.get("value") for one in page.iter("input") if one.get("name") == "csrf_token")
    for address in (f"/finance/exports/{public_id}/1", f"/finance/exports/{'x' * 20}/1"):
        assert client.post(address, data={"csrf_token": token}).status_code == 404
    assert "还没有导出过" in client.get("/finance/exports").page.text()


def test_compliance_sees_and_takes_everyones(client, desk, session, database, gateways, agreement):
    ask(desk)
    work(database, gateways)
    sign_in_staff(client, session, make_staff(session, "compliance", username="han"))
    page, public_id = (
        client.get("/finance/exports"),
        session.scalars(select(Export.public_id)).one(),
    )
    assert (
        client.post_form(page, _action=f"{public_id}/2")
        .headers["Content-Disposition"]
        .startswith("attachment")
    )
    assert client.get("/finance/exports/new").status_code == 403


def test_lapsed_files_are_told(desk, session, database, gateways, agreement):
    ask(desk)
    work(database, gateways)
    session.execute(Export.__table__.update().values(finished_at=NOW - timedelta(days=7)))
    session.commit()
    text = desk.get("/finance/exports").page.text()
    assert "文件已删除" in text
    assert "下载" not in text
