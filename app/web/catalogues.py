"""Texts of templates in the reader's language, looked up once and kept; macros made once."""

from dataclasses import dataclass, field
from typing import Any

from babel.support import NullTranslations
from flask import Flask, current_app, g
from flask_babel import Babel, Domain, get_domain  # type: ignore[attr-defined]
from jinja2 import Template, pass_eval_context
from jinja2.filters import do_mark_safe
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup, escape


class PartsOnce(Template):
    """A template whose macros are made once for all who import it: none here has globals of its
    own, for which Jinja would compare all names at each import and make the macros anew.
    """

    def _get_default_module(self, _ctx: Context | None = None) -> Any:
        return super()._get_default_module()


class DomainOnce(Domain):  # type: ignore[misc]
    """Looks for the reader's catalogue once a page and not at each text."""

    def get_translations(self) -> Any:
        if "catalogue" not in g:
            g.catalogue = super().get_translations()
        return g.catalogue


@dataclass(frozen=True)
class Texts:
    """A catalogue with what it has said: formats for values, and whole texts without any."""

    catalogue: Any
    formats: dict[str, str] = field(default_factory=dict)
    whole: dict[str, Markup] = field(default_factory=dict)

    def format(self, source: str) -> str:
        """Return a text with its places for values."""
        found = self.formats.get(source)
        if found is None:
            found = self.formats[source] = str(self.catalogue.ugettext(source))
        return found


def install(app: Flask, babel: Babel) -> None:
    """Take the place of Jinja's and Flask-Babel's callables, which look for the catalogue and for
    the text at each text.
    """
    babel.domain_instance = DomainOnce()  # type: ignore[attr-defined]
    app.jinja_env.template_class = PartsOnce
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=gettext,
        ngettext=lambda one, many, count: _texts().catalogue.ungettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals.update(_=_say, gettext=_say)


def gettext(source: str, /, **values: object) -> str:
    """Return a text in the reader's language, with its values."""
    said: str = _texts().catalogue.ugettext(source)
    return said % values if values else said


@pass_eval_context
def _say(evaluated: EvalContext, source: str, /, **values: object) -> str:
    texts = _texts()
    # A text is a format also without values, so that its per cent signs are written alike.
    if not evaluated.autoescape:
        return texts.format(source) % values
    if values:
        # The words are ours, as they are where Jinja says a text. As Markup they would wrap the
        # mapping and each value in it to escape the same.
        safe = {name: one if type(one) is int else escape(one) for name, one in values.items()}
        return do_mark_safe(texts.format(source) % safe)
    whole = texts.whole.get(source)
    if whole is None:
        whole = texts.whole[source] = do_mark_safe(texts.format(source) % values)
    return whole


def _texts() -> Texts:
    try:
        page = g._get_current_object()
    except RuntimeError:  # outside of any page the text stands as it is written
        return Texts(NullTranslations())
    found: Texts | None = page.get("texts")
    if found is None:
        found = page.texts = _known(get_domain().get_translations())
    return found


def _known(catalogue: Any) -> Texts:
    # A catalogue is read once for a language and never edited while it is served.
    known: dict[Any, Texts] = current_app.extensions.setdefault("anhuan_texts", {})
    return known.setdefault(catalogue, Texts(catalogue))
