"""Texts of templates in the reader's language: the catalogue is looked for once a request."""

from typing import Any

from flask import Flask, g
from flask_babel import get_domain  # type: ignore[attr-defined]


def install(app: Flask) -> None:
    """Take the place of Flask-Babel's callables, which look for the catalogue at each text."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda source: _catalogue().ugettext(source),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
    )


def _catalogue() -> Any:
    if "catalogue" not in g:
        g.catalogue = get_domain().get_translations()
    return g.catalogue
