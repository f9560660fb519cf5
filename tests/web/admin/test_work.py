"""The page of the background work: what failed is seen and tried again by an administrator."""

import json
from datetime import date

import pytest

from app.ports.work import Order, Task
from app.services.work.runs import note_run
from app.services.work.tasks import TASKS
from tests.factories import make_agreement, make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.money import covered
from tests.support.people import make_staff, sign_in_staff


def broken(_piece):
    raise OSError("planted")


@pytest.fixture
def desk(client, database):
    with database.sessions() as session:
        sign_in_staff(client, session, make_staff(session, "admin"))
    return client


def all_ran(database, gateways):
    with database.sessions() as session:
        for task in TASKS:
            note_run(session, acting(gateways=gateways), name=task.name)


def fail(database, gateways):
    with database.engine.begin() as connection:
        gateways.work.enqueue(connection, Order("exports", {"export": "e1"}))
    gateways.work.drain([Task("exports", attempts=1)], broken)


def test_silence_is_told_and_goes_when_work_goes_on(desk, database, gateways):
    assert desk.get("/admin/work").text.count("没有动静，请看后台进程") == len(TASKS)
    all_ran(database, gateways)
    page = desk.get("/admin/work").text
    assert "没有动静，请看" not in page
    assert page.count("正常") == len(TASKS)


def test_what_failed_is_tried_again_by_a_button(desk, database, gateways):
    fail(database, gateways)
    page = desk.get("/admin/work")
    assert "没做成 1 件" in page.text
    after = desk.post_form(page, _button="再试一次")
    assert "导出会再试一次。" in after.text
    assert "没做成 0 件" in after.text
    seen = []
    gateways.work.drain([Task("exports")], seen.append)
    assert len(seen) == 1


def test_a_second_tap_finds_nothing(desk, database, gateways):
    fail(database, gateways)
    page = desk.get("/admin/work")
    desk.post_form(page, _button="再试一次")
    assert desk.post_form(page, _button="再试一次").status_code == 404


def test_ready_tells_of_the_work_under_a_key_of_its_own(client, database, gateways):
    told = json.loads(client.get("/readyz").text)
    assert (told["database"], told["work"]["state"]) == ("ok", "look")
    assert "outbox" in told["work"]["silent"]
    all_ran(database, gateways)
    answer = client.get("/readyz")
    assert (answer.status_code, json.loads(answer.text)["work"]["state"]) == (200, "ok")
    fail(database, gateways)
    answer = client.get("/readyz")
    # pages go on: nothing is gained by closing them too
    assert (answer.status_code, json.loads(answer.text)["work"]["failed_pieces"]) == (200, 1)


def test_a_file_of_repayments_that_lacks_is_told(desk, database, gateways):
    def told():
        return json.loads(desk.get("/readyz").text)["repayments"]

    assert told() == {"state": "ok", "covered_until": None}
    assert "还款文件没有到" not in desk.get("/admin/work").text
    with database.sessions() as session:
        loan = make_loan(session, make_borrower(session, gateways.vault))
        make_agreement(session, make_plan(session, loan))
        session.commit()
    assert told() == {"state": "look", "covered_until": None}
    assert "还没有收到过还款文件" in desk.get("/admin/work").text
    with database.sessions() as session:
        covered(session, date(2026, 11, 10))
    assert told() == {"state": "look", "covered_until": "2026-11-10"}
    assert "收到的钱只记到 2026年11月10日" in desk.get("/admin/work").text
    with database.sessions() as session:
        covered(session, date(2026, 11, 22))
    assert told() == {"state": "ok", "covered_until": "2026-11-22"}
