"""At zero, on a phone: the certificate is there, its PDF is taken away, whoever gets it checks it;
money taken back withdraws it.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.domain.money import yuan
from app.models import Certificate, Loan
from app.wiring import make_gateways
from tests.browser.conftest import PHONE
from tests.support.certificates import as_if_paid, certified, paid_off, signed_of, withdrawn
from tests.support.databases import opened
from tests.support.proposing import heading
from tests.support.signed_in import carry
from tests.support.walking import follow, press
from tests.support.watching import look_at

NARROW = {"width": 320, "height": 640}


def certify(site, kind, *, running=False):
    """A plan paid to its end on this day: agreement, its loan's reference, code, paid in all."""
    vault, now = make_gateways(site.settings).vault, site.clock.now()
    where = site.settings.site
    with opened(site.settings.database_url) as database, database.sessions() as session:
        number = signed_of(session, vault, where, kind)
        ref = session.scalars(select(Loan.ref).order_by(Loan.id.desc())).first()
        if running:
            as_if_paid(session, vault, where, number)
        else:
            paid_off(session, number, on=now.date())
            certified(session, vault, where, number, on=now.date(), now=now)
        one = session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()
        return number, ref, one.public_id, one.check_code, one.text["paid"]["fen"]


@pytest.mark.parametrize(
    "dress",
    [
        {},
        {"dark": True},
        {"javascript": False},
        {"viewport": NARROW},
    ],
    ids=["light", "dark", "no-js", "320"],
)
def test_from_home_to_the_paper_and_to_whoever_checks_it(open_page, site, dress):
    number, ref, public_id, code, fen = certify(site, "reamortise")
    page = open_page(**({"viewport": PHONE} | dress))
    carry(page, site, loan_ref=ref)
    page.goto("/home?size=large" if "viewport" in dress else "/home")
    look_at(page)
    follow(page.get_by_role("link", name="都还清了，看结清证明"))
    expect(heading(page)).to_have_text("都还清了")
    look_at(page)
    for _ in range(2):
        # first a button that makes it, then a link to what is there
        with page.expect_download() as taken:
            page.locator("main").get_by_text("下载证明 PDF").click()
        assert Path(taken.value.path()).read_bytes().startswith(b"%PDF-")
        page.reload()
    look_at(page)

    page.goto(f"/check/{code}")
    expect(heading(page)).to_have_text("这个编号是真的")
    look_at(page)
    page.get_by_label("纸上印的合计是多少").fill("1.00")
    press(page, "核对合计")
    expect(heading(page)).to_have_text("对不上，先不要相信")
    look_at(page)
    page.get_by_label("纸上印的合计是多少").fill(yuan(fen))
    press(page, "核对合计")
    expect(heading(page)).to_have_text("编号和合计都对得上")
    look_at(page)

    with opened(site.settings.database_url) as database, database.sessions() as session:
        withdrawn(session, number, now=site.clock.now() + timedelta(minutes=1))
    page.goto(f"/check/{code}")
    expect(heading(page)).to_have_text("这张证明已经收回")
    look_at(page)
    page.goto(f"/certificate/{public_id}")
    expect(heading(page)).to_have_text("这张证明收回了")
    expect(page.get_by_text("下载证明 PDF")).to_have_count(0)
    look_at(page)


@pytest.mark.parametrize("viewport", [PHONE, NARROW], ids=["390", "320"])
def test_arrears_that_are_paid_have_a_paper_of_their_own(open_page, site, viewport):
    _number, ref, public_id, code, _fen = certify(site, "catch_up", running=True)
    page = open_page(viewport=viewport)
    carry(page, site, loan_ref=ref)
    page.goto(f"/certificate/{public_id}")
    expect(heading(page)).to_have_text("逾期的都还上了")
    expect(page.locator(".ah-paper")).to_contain_text("本证明不是结清证明")
    look_at(page)
    page.goto(f"/check/{code}")
    expect(page.locator(".ah-paper")).to_contain_text("逾期款还清证明")
    look_at(page)
