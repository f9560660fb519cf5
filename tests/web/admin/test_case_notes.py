"""Beyond one's authority at the desk: handed up with a summary; notes; the next case."""

from dataclasses import replace

import pytest

from tests.support.people import make_staff, sign_in_staff
from tests.support.proposals import ANSWERS, submitted

NOTE = "电话里说孩子 3 月开学，想第一期再低些。"
SUMMARY = "60 期超出我的权限；本人说能按月还，收入也对得上。"


@pytest.fixture
def version(session, gateways, site) -> str:
    return submitted(session, gateways.vault, site, answers=replace(ANSWERS, monthly_fen=15_000))


@pytest.fixture
def boss(app, session):
    staff = make_staff(session, "supervisor", username="he", display_name="何主管")
    return sign_in_staff(app.test_client(), session, staff)


def address(version):
    return f"/admin/plan/{version}"


def send(client, page, version, button, **values):
    return client.post_form(page, _action=address(version), _button=button, **values)


def test_a_note_is_kept_and_what_was_written_as_an_answer_stays(desk, version):
    page = send(desk, desk.get(address(version)), version, "记下", note=NOTE, words="还没写完的话")
    assert "备注 1" in page.page.text()
    assert NOTE in page.page.by_id("notes").text() or NOTE in page.page.text()
    assert page.page.by_id("words").text() == "还没写完的话"
    assert page.page.by_id("note").text() == ""


def test_a_note_without_words_is_told_at_its_field(desk, version):
    page = send(desk, desk.get(address(version)), version, "记下", note=" ")
    assert "请写几句" in page.page.by_id("note-fix").text()
    assert page.page.title.startswith("错误：")


def test_beyond_authority_it_is_handed_up_with_a_summary(desk, boss, version):
    page = desk.get(address(version))
    assert "超出您的权限" in page.page.text()
    page = send(desk, page, version, "交给主管", summary="")
    assert "请写几句" in page.page.by_id("summary-fix").text()
    page = send(desk, page, version, "交给主管", summary=SUMMARY)
    for words in ("已交给主管", "等主管来领", SUMMARY):
        assert words in page.page.text()
    assert "预览" not in page.page.text()
    assert "没人领 0" in desk.get("/admin/").page.text()

    page = boss.follow(boss.get("/admin/"), "等主管 1")
    assert "交给主管" in page.page.text()
    page = boss.follow(page, "打开")
    # first of all, and again among the notes
    assert page.page.text().index(SUMMARY) < page.page.text().index("是谁，欠多少")
    assert "预览" in page.page.text()
    assert "您不再经办" not in page.page.text()  # a supervisor hands nothing up


def test_a_note_can_still_be_added_by_who_handed_it_up(desk, version):
    page = send(desk, desk.get(address(version)), version, "交给主管", summary=SUMMARY)
    page = desk.post_form(page, _action="/notes", note=NOTE)
    assert "备注 2" in page.page.text()


def test_after_an_answer_the_next_case_is_a_link_away(desk, session, gateways, site):
    first, second = (submitted(session, gateways.vault, site) for _ in range(2))
    page = desk.get(address(first))
    page = send(desk, page, first, "预览", answer="approve", reason_code="within_means")
    page = desk.post_form(page, _button="发出")
    page = desk.follow(page, "办下一件")
    assert page.request.path == address(second)
    page = send(desk, page, second, "预览", answer="approve", reason_code="within_means")
    page = desk.follow(desk.post_form(page, _button="发出"), "办下一件")
    assert page.request.path == "/admin/"
    assert "没有别的要办的了" in page.page.text()


def test_the_next_after_a_case_that_is_none_is_not_found(desk):
    assert desk.get(f"/admin/plan/{'x' * 20}/next").status_code == 404
