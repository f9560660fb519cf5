"""The catalogue of a language: its own words, then those of the source language, then the source
text.
"""

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from app.services.core import languages
from app.services.core.languages import LOCALES, SOURCE_LANGUAGE, catalogue


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(languages, "TRANSLATIONS", tmp_path)
    for locale, words in (("en", {"好": "good"}), ("zh_Hans_CN", {"好": "很好", "坏": "不好"})):
        made = Catalog(locale=locale)
        for source, translation in words.items():
            made.add(source, translation)
        path = tmp_path / locale / "LC_MESSAGES" / "messages.mo"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_mo(file, made)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["good", "不好", "无"]),
        ("zh-Hans", ["很好", "不好", "无"]),
        ("zh-Hant", ["很好", "不好", "无"]),  # it has no catalogue here
        ("xx", ["很好", "不好", "无"]),  # nobody's language is the source language
    ],
)
def test_what_a_language_lacks_is_said_as_the_source_language_says_it(language, words):
    assert [catalogue(language).gettext(one) for one in ("好", "坏", "无")] == words


def test_a_language_is_read_once():
    assert catalogue("en") is catalogue("en")


def test_the_source_language_is_one_of_them():
    assert SOURCE_LANGUAGE in LOCALES
