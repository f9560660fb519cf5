"""What a browser notices while a test walks: errors, strangers, weight, accessibility."""

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from weakref import WeakKeyDictionary

from playwright.sync_api import Page, Request

AXE = (Path(__file__).resolve().parents[1] / "browser" / "vendor" / "axe.min.js").read_text(
    encoding="utf-8"
)
PAGE_BYTES, PAGE_REQUESTS = 60_000, 8
SHOTS = os.environ.get("SHOTS")  # a folder for a picture of every page that was looked at
# everything in one task: axe waits for timers, so they become promises and nothing of the page
# comes in between
# (without scripts a page's timers never fire at all)
RUN = (
    "(async () => { const timer = window.setTimeout;"
    "window.setTimeout = (act, _ms, ...given) => (Promise.resolve().then(() => act(...given)), 0);"
    "try {" + AXE + ";"
    "return JSON.stringify((await axe.run(document, {resultTypes: ['violations']})).violations);"
    "} finally { window.setTimeout = timer; } })()"
)
OPEN = "document.querySelectorAll('main details').forEach(part => { part.open = true; })"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# by how much the content of a desk's card is wider than the card
STICKS_OUT = (
    "[...document.querySelectorAll('.dk-card, .dk-kpi')]"
    ".map(card => [card.innerText.slice(0, 20), card.scrollWidth - card.clientWidth])"
    ".filter(([_, wider]) => wider > 1)"
)
# pages another one is about to replace
leaving: WeakKeyDictionary[Page, Request] = WeakKeyDictionary()


def watch(page: Page, url: str) -> list[str]:
    """Collect script errors, refused resources, missing files and requests to strangers."""
    troubles: list[str] = []

    def answered(response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            troubles.append(f"{response.status} {response.url}")

    def said(message) -> None:
        # the browser reports every 4xx page as an error too; tests of refusals look at those
        # themselves
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(message.text)

    def asked(request: Request) -> None:
        if request.is_navigation_request():
            leaving[page] = request
        if not request.url.startswith((url, "data:", "about:")):
            troubles.append(f"asked a stranger: {request.url}")

    def gave_up(request: Request) -> None:
        if leaving.get(page) is request:
            del leaving[page]

    page.on("response", answered)
    page.on("console", said)
    page.on("request", asked)
    page.on("requestfailed", gave_up)
    page.on("load", lambda: leaving.pop(page, None))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    return troubles


@contextlib.contextmanager
def standing(page: Page) -> Iterator[None]:
    """The page has loaded, and none is on its way to replace it: not before the block, not in
    it.
    """
    page.wait_for_load_state()
    was, coming = page.url, [leaving[page]] if page in leaving else []

    def asked(request: Request) -> None:
        if request.is_navigation_request():
            coming.append(request)

    page.on("request", asked)
    try:
        yield
    finally:
        page.remove_listener("request", asked)
        assert not coming, (
            f"{was} gave way to {coming[0].url} while it was looked at; follow() waits for that"
        )


def axe(page: Page) -> None:
    """No accessibility rule of WCAG 2.2 AA or good practice is broken on the page as it stands."""
    with standing(page):
        found = page.evaluate(RUN)
    told = [
        f"{v['id']}: {v['help']}\n    " + "\n    ".join(n["html"] for n in v["nodes"][:3])
        for v in json.loads(found)
    ]
    assert not told, f"{page.url}\n  " + "\n  ".join(told)


def fits_the_screen(page: Page) -> None:
    """Nothing makes the page scroll sideways, or lies across the edge of its card."""
    with standing(page):
        wide, out = page.evaluate(WIDER), page.evaluate(STICKS_OUT)
    assert wide <= 0, f"{page.url} is {wide}px too wide"
    assert not out, f"{page.url}: {out}"


def look_at(page: Page) -> None:
    """Everything that folds is open, nothing is broken for anyone, nothing sticks out."""
    with standing(page):
        page.evaluate(OPEN)
        axe(page)
        fits_the_screen(page)
        if SHOTS:
            name = page.title().partition(" - ")[0].replace("/", "")
            page.screenshot(
                path=Path(SHOTS, f"{page.viewport_size['width']}-{name}.png"), full_page=True
            )


def weigh(page: Page, address: str) -> tuple[int, int]:
    """Requests and bytes over the wire of one page fetched with an empty cache."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[int] = []
    session.on(
        "Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"]))
    )
    page.goto(address, wait_until="networkidle")
    session.detach()
    return len(sizes), sum(sizes)
