"""Staff on the phone: who is calling, asked one by one; three wrong answers stop it."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app import create_app
from app.domain.id_papers import BIRTH
from app.models import Borrower, Loan
from app.wiring import make_gateways
from tests.support.clock import FixedClock
from tests.support.signed_in import carry
from tests.support.walking import another_page, follow, press
from tests.support.watching import look_at

WITH_OR_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
DESK = {"width": 1366, "height": 768}


@pytest.fixture
def borrower(site) -> Borrower:
    """Whose loan the demo's first borrower has."""
    app = create_app(site.settings, gateways=make_gateways(site.settings), clock=FixedClock())
    with app.extensions["anhuan"].sessions() as session:
        query = select(Borrower).join(Loan, Loan.borrower_id == Borrower.id)
        found = session.scalars(query.where(Loan.ref == site.borrower.loans[0])).one()
        session.expunge(found)
    app.extensions["anhuan_engine"].dispose()
    return found


@pytest.fixture
def id_number(site, borrower) -> str:
    return make_gateways(site.settings).vault.unseal(
        borrower.id_enc, table="borrowers", row=borrower.public_id, column="id"
    )


def on_the_phone(open_page, site, borrower, **dress):
    desk = open_page(DESK, **dress)
    carry(desk, site, username=site.staff("agent").username)
    desk.goto(f"/admin/borrowers/{borrower.public_id}")
    follow(desk.get_by_role("link", name="核对来电"))
    return desk


def is_above_the_fold(page, locator) -> bool:
    box = locator.bounding_box()
    return box["y"] + box["height"] <= page.viewport_size["height"]


@WITH_OR_WITHOUT
def test_two_of_three_right_is_the_borrower(open_page, site, borrower, id_number, javascript):
    desk = on_the_phone(open_page, site, borrower, javascript=javascript)
    press(desk, "开始核对")
    assert is_above_the_fold(desk, desk.get_by_role("button", name="对不对"))
    desk.get_by_label("听到的").fill("1234" if id_number[-4:] != "1234" else "4321")
    press(desk, "对不对")
    expect(desk.locator("main")).to_contain_text("请问您的出生年月日是哪一天")
    expect(desk.get_by_label("听到的")).to_have_value("")
    look_at(desk)
    press(desk, "说不上来，换一问")
    press(desk, "说不上来，换一问")
    desk.get_by_label("听到的").fill(id_number[BIRTH])
    press(desk, "对不对")
    expect(desk.locator("main")).to_contain_text("再对 1 项就算核对过")
    assert id_number[BIRTH] not in desk.content()
    press(desk, "先挂断")
    press(desk, "另一通电话，重新核对")
    desk.get_by_label("听到的").fill(id_number[-4:])
    with another_page(desk):
        desk.get_by_label("听到的").press("Enter")
    expect(desk.locator("main")).to_contain_text("第 2 问")
    desk.get_by_label("听到的").fill(id_number[BIRTH])
    press(desk, "对不对")
    expect(desk.locator("main")).to_contain_text("核对过，是本人")
    look_at(desk)


@WITH_OR_WITHOUT
def test_three_wrong_answers_stop_it_and_are_told(open_page, site, borrower, id_number, javascript):
    desk = on_the_phone(open_page, site, borrower, javascript=javascript)
    press(desk, "开始核对")
    for heard in ("0000", "19010101"):
        desk.get_by_label("听到的").fill(heard)
        press(desk, "对不对")
    expect(desk.locator("main")).to_contain_text("这通电话没有核对过")
    press(desk, "另一通电话，重新核对")
    desk.get_by_label("听到的").fill("0000")
    press(desk, "对不对")
    expect(desk.locator("main")).to_contain_text("以后才能再核对")
    expect(desk.get_by_role("button", name="核对")).to_have_count(0)
    look_at(desk)
