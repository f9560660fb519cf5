"""Texts of templates: markup with values escaped, by the reader's catalogue."""

import pytest
from flask import render_template_string


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("{{ _('还款') }}", "还款"),
        ("{{ _('共 %(sum)s 元', sum='<b>') }}", "共 &lt;b&gt; 元"),
        ("{{ _('100%%') }}", "100%"),
        ("{% trans sum='<b>' %}共 {{ sum }} 元，100%{% endtrans %}", "共 &lt;b&gt; 元，100%"),
        ("{{ _('<i>') }}", "<i>"),
        ("{% trans n=2 %}{{ n }} 期{% pluralize %}{{ n }} 期{% endtrans %}", "2 期"),
    ],
)
def test_our_words_are_markup_and_values_are_escaped(app, template, written):
    with app.test_request_context():
        for _again in range(2):
            assert render_template_string(template) == written


def test_a_catalogue_that_words_a_text_otherwise_is_followed(app, monkeypatch):
    from app.web import catalogues

    class Reworded:
        def ugettext(self, source):
            return f"«{source}»"

        def get_translations(self):
            return self

    reworded = Reworded()
    monkeypatch.setattr(catalogues, "get_domain", lambda: reworded)
    with app.test_request_context():
        assert render_template_string("{{ _('还款') }}{{ _('%(n)s 期', n=3) }}") == "«还款»«3 期»"
