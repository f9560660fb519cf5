"""How a test walks from page to page: a click counts as done when the page it leads to has loaded."""

from playwright.sync_api import Locator, Page


def follow(what: Locator) -> None:
    """Click what leads to another page (or to the same address again); return when that page has loaded.

    A click alone returns while the old page still stands: a form is sent and a link is followed a moment later.
    """
    page = what.page
    page.wait_for_load_state()  # the old page's own end of loading is not taken for the new one's
    with page.expect_event("load"):
        what.click()


def press(page: Page, name: str, *, exact: bool = False) -> None:
    """Press the button that sends the page's form; a part of its name is enough."""
    follow(page.get_by_role("button", name=name, exact=exact))
