"""Languages people read and the catalogues of translations/ that hold their words."""

from functools import cache
from pathlib import Path

from babel.support import NullTranslations, Translations

TRANSLATIONS = Path(__file__).resolve().parents[3] / "translations"
SOURCE_LANGUAGE = "zh-Hans"  # the texts in the code are written in it
LOCALES = {SOURCE_LANGUAGE: "zh_Hans_CN", "zh-Hant": "zh_Hant", "en": "en"}


def catalogue(language: str) -> NullTranslations:
    """Return the compiled words of a language; what it lacks comes from the source language's
    catalogue, then from the source text.
    """
    source = LOCALES[SOURCE_LANGUAGE]
    return _read(TRANSLATIONS, LOCALES.get(language, source), source)


# Kept for the life of the process: catalogues change with a release only.
@cache
def _read(folder: Path, locale: str, source: str) -> NullTranslations:
    found = Translations.load(folder, [locale])
    if locale != source:
        # The source language has a catalogue of its own, because some texts are reworded there
        # without touching the key in the code.
        found.add_fallback(_read(folder, source, source))
    return found
