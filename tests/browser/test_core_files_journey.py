"""Finance takes what the core system was told of a day."""

import csv

import pytest

from app.wiring import make_gateways
from tests.browser.conftest import PHONE
from tests.support.authenticator import sign_in_at_desk
from tests.support.core_files import core_files_of_yesterday
from tests.support.databases import opened
from tests.support.walking import download, follow
from tests.support.watching import look_at

SMALL_DESK = {"width": 1366, "height": 768}


@pytest.fixture
def told(site):
    with opened(site.settings.database_url) as database:
        core_files_of_yesterday(database, make_gateways(site.settings), site.settings.site)


@pytest.mark.parametrize(
    ("size", "dress"),
    [(SMALL_DESK, {}), (PHONE, {}), (PHONE, {"dark": True}), (PHONE, {"javascript": False})],
    ids=["desk", "phone", "dark", "no-js"],
)
def test_from_the_exports_to_a_file_of_yesterday(open_page, site, told, size, dress, tmp_path):
    page = open_page(size, **dress)
    sign_in_at_desk(page, site, site.staff("finance"), "/finance/exports")
    page.wait_for_url("**/finance/exports")
    follow(page.get_by_role("link", name="给核心系统的文件"))
    page.get_by_role("heading", name="2026年11月22日").wait_for()
    look_at(page)
    file = download(page.get_by_role("button", name="plans.csv"))
    assert file.suggested_filename == "20261122-plans.csv"
    file.save_as(tmp_path / "taken.csv")
    with open(tmp_path / "taken.csv", encoding="utf-8", newline="") as lines:
        head, total = csv.reader(lines)
    assert (head[1], total[:2]) == ("事件", ["合计", "0 行"])
