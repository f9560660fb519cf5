"""Someone holds a paper against the public page, on a phone."""

import pytest
from sqlalchemy import select

from app.models import Borrower
from tests.browser.conftest import PHONE
from tests.factories import make_agreement, make_loan, make_plan
from tests.support.databases import opened
from tests.support.walking import press
from tests.support.watching import look_at


@pytest.fixture
def code(site):
    with opened(site.settings.database_url) as database, database.sessions() as session:
        borrower = session.scalars(select(Borrower).order_by(Borrower.id.desc())).first()
        version = make_plan(
            session, make_loan(session, borrower), state="signed", total_fen=1_161_528
        )
        return make_agreement(session, version).check_code


@pytest.mark.parametrize(
    "dress",
    [{}, {"dark": True}, {"javascript": False}, {"viewport": {"width": 320, "height": 640}}],
    ids=["light", "dark", "no-js", "320"],
)
def test_a_paper_is_held_against_the_page(open_page, code, dress):
    page = open_page(**({"viewport": PHONE} | dress))
    page.goto("/check/?size=large" if "viewport" in dress else "/check/")
    look_at(page)
    page.get_by_label("纸上的核对码").fill("AH-00001-1")
    press(page, "核对", exact=True)
    page.get_by_text("这是协议编号").first.wait_for()
    look_at(page)
    page.get_by_label("纸上的核对码").fill(code.upper())
    press(page, "核对", exact=True)
    page.get_by_role("heading", name="这个编号是真的").wait_for()
    look_at(page)
    page.get_by_label("纸上印的合计是多少").fill("11615.29")
    press(page, "核对合计")
    page.get_by_role("heading", name="对不上，先不要转账").wait_for()
    look_at(page)
    page.get_by_label("纸上印的合计是多少").fill("11,615.28")
    press(page, "核对合计")
    page.get_by_text("合计也对得上").wait_for()
    look_at(page)
    page.reload()
    page.get_by_text("合计也对得上").wait_for()
