"""What every page must keep: valid HTML, headings, labels, headers, calm words."""

import re
from collections import Counter
from typing import Any

from tests.support.page_reading import Element, Page
from tests.support.source_rules import BANNED_WORDS

LANGUAGES = {"zh-CN", "zh-Hans", "zh-Hans-CN", "zh-Hant", "zh-Hant-HK", "zh-Hant-TW", "en"}
TELLTALE_WORDS = ("债", "逾期", "催收")
QUOTED = re.compile(r"请换个说法：\S*")  # the words at fault, told to who wrote them
LEFT_BARE = re.compile(
    r"%\(\w+\)|\{\{|\}\}|\{%|%\}|(?<![A-Za-z])None(?![A-Za-z])|&lt;[a-z]+|!!|！！"
)
UNLABELLED_TYPES = {"hidden", "submit", "button", "reset", "image"}
POLICY_PARTS = (
    "default-src 'none'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


def check_page(response: Any, *, partial: bool = False) -> None:
    """Fail with every fault of the page at once."""
    page: Page = response.page
    faults = [
        *page.faults,
        *_ids(page),
        *_labels(page),
        *_inline(page),
        *_words(page),
        *_forms(page),
    ]
    if not partial:
        faults += [*_frame(page), *_references(page)]
    faults += _headers(response)
    where = f"{response.request.method} {response.request.path} ({response.status_code})"
    assert not faults, f"{where}:\n  " + "\n  ".join(faults)


def _frame(page: Page) -> list[str]:
    faults = []
    root = page if page.name == "html" else page.first("html")
    language = root.get("lang") if root else None
    if language not in LANGUAGES:
        faults.append(f"lang is {language!r}")
    headings = [h.text() for h in page.iter("h1")]
    if len(headings) != 1 or not headings[0]:
        faults.append(f"h1: {headings}")
    if not page.title:
        faults.append("no title")
    faults += [f"the title says {word}" for word in TELLTALE_WORDS if word in page.title]
    if len(list(page.iter("main"))) != 1:
        faults.append("not one main")
    return faults


def _ids(page: Page) -> list[str]:
    counted = Counter(one.get("id") for one in page.iter() if one.get("id") is not None)
    return [
        f"id {name!r} stands {count} times"
        for name, count in counted.items()
        if count > 1 or not name.strip()
    ]


def _labels(page: Page) -> list[str]:
    labelled = {label.get("for") for label in page.iter("label") if label.text()}
    wrapped = {id(one.node) for label in page.iter("label") if label.text() for one in label.iter()}
    faults = []
    for one in page.iter("input", "select", "textarea"):
        if (one.get("type") or "text") in UNLABELLED_TYPES:
            continue
        named = one.get("aria-label") or one.get("aria-labelledby")
        if not named and one.get("id") not in labelled and id(one.node) not in wrapped:
            faults.append(f"<{one.name} name={one.get('name')}> has no label")
    faults += [
        f"a button without words: {b.attributes}" for b in page.iter("button") if not _said(b)
    ]
    faults += [f"a link without words: {a.get('href')}" for a in page.iter("a") if not _said(a)]
    faults += [
        f"an image without alt: {i.get('src')}" for i in page.iter("img") if i.get("alt") is None
    ]
    return faults


def _said(one: Element) -> str:
    pictures = "".join(image.get("alt") or "" for image in one.iter("img"))
    return one.text() or one.get("aria-label") or pictures


def _references(page: Page) -> list[str]:
    ids = {one.get("id") for one in page.iter()}
    faults = []
    for one in page.iter():
        for name in (
            "for",
            "aria-labelledby",
            "aria-describedby",
            "aria-controls",
            "aria-errormessage",
        ):
            if name != "for" or one.name in ("label", "output"):
                faults += [
                    f"{name}={part!r} points nowhere"
                    for part in (one.get(name) or "").split()
                    if part not in ids
                ]
        target = one.get("href") or ""
        if one.name == "a" and target.startswith("#") and len(target) > 1 and target[1:] not in ids:
            faults.append(f"{target} points nowhere")
    return faults


def _inline(page: Page) -> list[str]:
    faults = [
        f"inline script: {s.node.text!r:.60}" for s in page.iter("script") if not s.get("src")
    ]
    faults += ["inline style element" for _ in page.iter("style")]
    for one in page.iter():
        for name, value in one.attributes.items():
            if name == "style" or name.startswith("on"):
                faults.append(f"<{one.name} {name}=…>")
            if name in ("href", "src", "action", "formaction"):
                faults += _address(one, value)
    return faults


def _address(one: Element, value: str) -> list[str]:
    if value.strip().lower().startswith(("javascript:", "vbscript:")):
        return [f"script address in <{one.name}>"]
    if one.name in ("script", "link", "img", "iframe", "use", "form") and re.match(
        r"(?i)(https?:)?//", value
    ):
        return [f"<{one.name}> reaches outside: {value}"]
    return []


def _words(page: Page) -> list[str]:
    text = page.text()
    own = QUOTED.sub("", text)
    faults = [f"says {word}" for word in BANNED_WORDS if word in own]
    return faults + [
        f"left bare: …{text[max(0, m.start() - 12) : m.end() + 12]}…"
        for m in LEFT_BARE.finditer(text)
    ]


def _forms(page: Page) -> list[str]:
    faults = []
    for form in page.iter("form"):
        tokens = [one for one in form.iter("input") if one.get("name") == "csrf_token"]
        if (form.get("method") or "get").lower() == "post" and len(tokens) != 1:
            faults.append(f"form {form.get('action')!r} has {len(tokens)} CSRF tokens")
        if (form.get("method") or "get").lower() == "get" and tokens:
            faults.append(f"form {form.get('action')!r} would put its token into the address")
    return faults


def _headers(response: Any) -> list[str]:
    policy = response.headers.get("Content-Security-Policy", "")
    faults = [f"CSP lacks {part}" for part in POLICY_PARTS if part not in policy]
    faults += [
        f"CSP allows {word}"
        for word in ("unsafe-inline", "unsafe-eval", "http:", "*")
        if word in policy
    ]
    return faults + [
        f"{name} is not {value}"
        for name, value in HEADERS.items()
        if response.headers.get(name) != value
    ]
