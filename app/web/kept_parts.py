"""Parts of pages that read the same for everyone of one language, text size and place: written once
and kept. Nothing of a person may stand in one, and whatever else it depends on is part of its key.
"""

from collections.abc import Callable, Hashable
from typing import Any

from flask import Flask, current_app, g, request, url_for
from markupsafe import Markup

from app.web.filters import language, text_size
from app.web.headers import asset

Parts = dict[tuple[Hashable, ...], Markup]
# Of one language, size and place; more than there are: a key that grew would be a mistake.
MOST_KEPT = 500


def install(app: Flask) -> None:
    app.jinja_env.globals.update(kept=kept, drawn=drawn, url_for=address)


def kept(*key: Hashable, caller: Callable[[], Markup]) -> Markup:
    """Return what a template says between `call kept(...)` and its end: written when it is first
    asked for by this key, which tells its name and all that it depends on.
    """
    known = _known()
    found = known.get(key)
    if found is None:
        if len(known) >= MOST_KEPT:
            known.clear()
        found = known[key] = caller()
    return found


def drawn(name: str, small: bool = False) -> Markup:
    """Return the picture beside a text."""
    known = _known()
    found = known.get(("drawn", name, small))
    if found is None:
        sprite, size = asset("img/sprite.svg"), " ah-ico--s" if small else ""
        found = known["drawn", name, small] = Markup(
            '<svg class="ah-ico{}" aria-hidden="true" focusable="false">\n'
            '  <use href="{}#{}"></use>\n</svg>'
        ).format(size, sprite, name)
    return found


def address(endpoint: str, **values: Any) -> str:
    """Return the address of a page as Flask builds it; of one without values once."""
    if values:
        return url_for(endpoint, **values)
    # What begins with a point is of the blueprint whose page this is.
    key = "address", endpoint, request.blueprint if endpoint.startswith(".") else None
    known = _known()
    found = known.get(key)
    if found is None:
        found = known[key] = Markup.escape(url_for(endpoint))
    return found


def _known() -> Parts:
    """What is kept for pages like the one that is being written."""
    page = g._get_current_object()
    found: Parts | None = page.get("parts")
    if found is None:
        every: dict[tuple[str, ...], Parts] = current_app.extensions.setdefault("anhuan_parts", {})
        found = page.parts = every.setdefault((language(), text_size(), request.script_root), {})
    return found
