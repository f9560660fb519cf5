"""How a test walks from page to page: a click counts as done when the page it leads to has
loaded.
"""

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Download, Locator, Page

from tests.support.door import Door


@contextlib.contextmanager
def another_page(page: Page) -> Iterator[None]:
    """What happens in the block leads to another page, or to the same address again; it has loaded
    afterwards.

    A click alone returns while the old page still stands: a form is sent and a link is followed a
    moment later.
    """
    page.wait_for_load_state()  # the old page's own end of loading is not taken for the new one's
    with page.expect_event("load"):
        yield


def follow(what: Locator) -> None:
    """Click what leads to another page."""
    with another_page(what.page):
        what.click()


def press(page: Page, name: str, *, exact: bool = False) -> None:
    """Press the button that sends the page's form; a part of its name is enough."""
    follow(page.get_by_role("button", name=name, exact=exact))


def press_twice(page: Page, name: str, door: Door) -> None:
    """Two taps, the second while the first one's answer is still on its way: both are handled, one
    page comes.
    """
    button = page.get_by_role("button", name=name)
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    with another_page(page), door.shut():
        for _tap in range(2):
            with door.posts(1):
                page.mouse.down()
                page.mouse.up()


def download(what: Locator) -> Download:
    """Click what answers with a file."""
    with what.page.expect_download() as taken:
        what.click()
    return taken.value
