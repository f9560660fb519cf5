"""A file that waits, at the desk: its own figures, why it waits, and the decision of a
supervisor.
"""

import pytest
from sqlalchemy import select

from app.integrations.sheets.csv_book import CsvBook
from app.models import ContestedValue, Loan, NightlyFile, NightlyFileAct
from app.services.nightly.importing import import_book
from tests.support.acting import acting
from tests.support.books import CASES, ListBook, good_cells, id_number
from tests.support.people import make_staff, sign_in_staff

BOOK = CASES / "rate-as-fraction-whole-file" / "loan_book.csv"


@pytest.fixture
def take_in(session, gateways, clock):
    def take(*rows, book=None):
        return import_book(
            session,
            acting(now=clock.now(), vault=gateways.vault),
            book=book or ListBook(list(rows)),
        )

    return take


@pytest.fixture
def waiting(take_in, session):
    # A stored file of the same day: none of its figures may be shown for the one that waits.
    take_in(good_cells(1, differences={"penalty": 137}), good_cells(2, paid=10))
    assert take_in(book=CsvBook(BOOK)).state == "waiting"
    return session.scalars(select(NightlyFile.public_id).order_by(NightlyFile.id.desc())).first()


@pytest.fixture
def desk(client, session):
    def sign_in(role="supervisor"):
        staff = make_staff(session, role, username=role, display_name="周主管")
        return sign_in_staff(client, session, staff)

    return sign_in


def test_a_waiting_file_shows_its_own_figures_and_that_nothing_is_stored(desk, waiting):
    page = desk().get(f"/admin/nightly-files/{waiting}").page
    said = page.text()
    for part in ("没有入库", "0.219 应为 21.9", "3 行不一样", "TJ00000001", "照常导入"):
        assert part in said
    assert "1.37" not in said
    rows = {dt.text(): dd.text() for dt, dd in zip(page.iter("dt"), page.iter("dd"), strict=True)}
    assert (rows["M2"], rows["M0"]) == ("3", "0")


def test_the_supervisor_confirms_it_with_a_reason_and_it_is_stored(desk, waiting, session):
    client = desk()
    address = f"/admin/nightly-files/{waiting}"
    asked = client.post_form(client.get(address), _action=f"{address}/confirm", words="")
    assert "请写明原因" in asked.page.text()
    assert session.scalar(select(NightlyFileAct.id)) is None
    done = client.post_form(asked, _action=f"{address}/confirm", words="已和核心系统核对")
    said = done.page.text()
    assert "已入库" in said
    assert "已和核心系统核对" in said
    assert "周主管" in said
    session.rollback()
    # The loans of the day stand here, those of its other file without a line of this one.
    assert "当天全部借款的笔数" in said
    rows = [one.text() for one in done.page.iter("tr") if "1.37" in one.text()]
    assert rows
    assert all(one.strip().startswith("当天别的文件") for one in rows)
    assert session.scalars(select(Loan).where(Loan.ref == "TJ00000001")).one().annual_ppm == 2_190


def test_the_supervisor_declines_it_and_nothing_is_stored(desk, waiting, session):
    client = desk()
    address = f"/admin/nightly-files/{waiting}"
    done = client.post_form(
        client.get(address), _action=f"{address}/confirm", _button="退回这份文件", words="单位错了"
    )
    assert "有人退回" in done.page.text()
    assert session.scalars(select(Loan).where(Loan.ref == "TJ00000001")).one_or_none() is None
    # An old page: the decision was taken.
    again = client.post(f"{address}/confirm", data={"words": "再来"})
    assert again.status_code in (200, 400)
    session.rollback()
    assert "applied" not in session.scalars(
        select(NightlyFile.state).where(NightlyFile.public_id == waiting)
    )


@pytest.mark.parametrize("role", ["admin", "finance", "compliance"])
def test_others_read_and_have_no_button(desk, waiting, role):
    page = desk(role).get(f"/admin/nightly-files/{waiting}").page
    assert "没有入库" in page.text()
    assert "照常导入" not in page.text()


def test_what_rows_say_differently_of_one_person_is_told_and_decided(
    desk, take_in, session, gateways
):
    other = {"证件号码": id_number(1), "手机号码": "19111111111"}
    take_in(good_cells(1), good_cells(2) | other)
    client = desk()
    file = session.scalars(select(NightlyFile.public_id)).one()
    said = client.get(f"/admin/nightly-files/{file}").page.text()
    assert "同一个人有不同的手机号码" in said
    assert "C10000001、C10000002" in said
    listed = client.follow(client.get("/admin/find"), "等人核对的人")
    assert "191****1111" in listed.page.text()
    page = client.follow(listed, "打开")
    radios = [one for one in page.page.iter("input") if one.get("type") == "radio"]
    assert radios
    assert all(one.has_class("form-check-input") for one in radios)  # the desk's own form
    asked = client.post_form(page, words="本人打来核对过")
    assert "请选一个手机号" in asked.page.text()
    session.rollback()
    row = session.scalars(
        select(ContestedValue.id).where(
            ContestedValue.value_hmac == gateways.vault.fingerprint("19111111111", purpose="mobile")
        )
    ).one()
    done = client.post_form(asked, mobile=str(row), words="本人打来核对过")
    assert "191****1111" in done.page.text()
    assert client.get(page.request.path).status_code == 404
    assert "没有要核对的人" in client.get("/admin/contested").page.text()


def test_two_people_take_a_file_back(app, desk, take_in, session):
    take_in(good_cells(1), good_cells(2))
    take_in(good_cells(1, paid=10), good_cells(2))
    wrong = session.scalars(select(NightlyFile.public_id).order_by(NightlyFile.id.desc())).first()
    address = f"/admin/nightly-files/{wrong}"
    first = desk()
    asked = first.post_form(
        first.get(address), _action="/take-back", _button="提出撤回", words="文件拿错了"
    )
    assert "等另一位同事确认" in asked.page.text()
    staff = make_staff(session, "admin", username="feng", display_name="冯管理员")
    second = sign_in_staff(app.test_client(), session, staff)
    page = second.get(address)
    assert "文件拿错了" in page.page.text()
    done = second.post_form(page, _action="/take-back", _button="同意撤回", words="核对过")
    assert "已撤回" in done.page.text()
    session.rollback()
    session.expire_all()
    assert session.scalars(select(Loan.paid).order_by(Loan.ref)).all() == [8, 8]
    assert "导入错了" not in done.page.text()
