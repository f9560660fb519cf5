"""Texts of templates in the reader's language, looked up once a catalogue instead of at each use."""

from functools import cache
from typing import Any

from flask import Flask, g
from flask_babel import get_translations
from markupsafe import Markup

KEPT = "anhuan_texts"  # goes with its catalogue


def install(app: Flask) -> None:
    """Take the place of Flask-Babel's callable, which looks for the catalogue at each text."""
    # Like Jinja's newstyle: markup, and a pattern even where no values are given.
    app.jinja_env.globals.update(_=_text, gettext=_text)


def _text(source: str, /, **values: Any) -> Markup:
    if "texts" not in g:
        g.texts = _texts_of(get_translations())
    plain, pattern = g.texts
    found: Markup = pattern(source) % values if values else plain(source)
    return found


def _texts_of(catalogue: Any) -> Any:
    """Return what looks up a text, and a pattern, of a catalogue; each remembers what it found."""
    if KEPT not in vars(catalogue):
        pattern = cache(lambda source: Markup(catalogue.ugettext(source)))  # noqa: S704 - our words
        setattr(catalogue, KEPT, (cache(lambda source: pattern(source) % {}), pattern))
    return vars(catalogue)[KEPT]
