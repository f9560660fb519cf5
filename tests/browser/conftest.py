"""A real browser before a running server: phone and desk, with and without JavaScript."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.databases import Sqlite, opened
from tests.support.live import LiveSite, prepare, running
from tests.support.watching import watch

os.environ.setdefault("XDG_RUNTIME_DIR", f"/tmp/runtime-{os.getuid()}")
LONGEST_WAIT_MS = 30_000  # only what fails waits so long, however busy the machine
expect.set_options(timeout=LONGEST_WAIT_MS)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 900}
DRESSES = {
    "390": {"viewport": PHONE},
    "390-no-js": {"viewport": PHONE, "javascript": False},
    "1366": {"viewport": DESK},
}
QUIET = [
    *(
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-dev-shm-usage",
    ),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
    ),
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    paths = [path for path in found if path]
    assert paths, "no Chromium on this machine: apt-get install chromium"
    return {"executable_path": paths[0], "args": QUIET, "headless": True}


@pytest.fixture(scope="session")
def prepared_site(quick_folder):
    """The demo, loaded once; every test gets a copy."""
    folder = quick_folder / "prepared"
    folder.mkdir()
    migrated = Sqlite(folder).template
    return folder / "site", prepare(folder / "site", migrated, opened)


@pytest.fixture
def site(prepared_site) -> LiveSite:
    folder, demo = prepared_site
    # never the same folder twice: codes of the desk are used once an installation
    own = Path(tempfile.mkdtemp(prefix="site-", dir=folder.parent))
    shutil.copytree(folder, own, dirs_exist_ok=True)
    with running(own, demo) as live:
        yield live
    shutil.rmtree(own)


@pytest.fixture
def open_page(browser, site):
    """open_page(PHONE or DESK, javascript=…, dark=…) -> a page; what went wrong in it fails the
    test.
    """
    contexts, troubles = [], []

    def opening(viewport=PHONE, *, javascript=True, dark=False):
        context = browser.new_context(
            base_url=site.url,
            viewport=viewport,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            has_touch=viewport["width"] < 800,
        )
        context.set_default_timeout(LONGEST_WAIT_MS)
        contexts.append(context)
        context.on("page", lambda page: troubles.append(watch(page, site.url)))
        return context.new_page()

    yield opening
    for context in contexts:
        context.close()
    assert not [one for some in troubles for one in some]


@pytest.fixture
def phone(open_page):
    return open_page(PHONE)


@pytest.fixture
def phone_without_js(open_page):
    return open_page(PHONE, javascript=False)


@pytest.fixture
def desk(open_page):
    return open_page(DESK)


@pytest.fixture
def desk_without_js(open_page):
    return open_page(DESK, javascript=False)
