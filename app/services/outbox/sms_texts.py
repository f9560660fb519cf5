"""Words of text messages, from the templates of app/templates/sms and the catalogue of who reads
them. Pure.
"""

from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from babel.support import NullTranslations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.ports.site import Site
from app.services.core.languages import SOURCE_LANGUAGE, catalogue

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "sms"
# Only for showing what a message looks like, so that missing approved templates are noticed at the
# start and not at the first send.
EXAMPLE_DAY = date(2026, 12, 2)


def sms_text(name: str, *, language: str = SOURCE_LANGUAGE, **values: str | date) -> str:
    """Return the text of one message in a language, dates written as it writes them.

    Raises: TemplateNotFound, UndefinedError for a value the words need and did not get.
    Source: U-05, quality U24: neutral on a lock screen.
    """
    words = catalogue(language)
    said = {
        key: _month_day(value, words) if isinstance(value, date) else value
        for key, value in values.items()
    }
    return _environment(words).get_template(f"{name}.txt").render(**said).strip()


def examples(site: Site, *, language: str = SOURCE_LANGUAGE) -> dict[str, str]:
    """Return every message by name, as it may read in a language."""
    values: dict[str, str | date] = {
        **message_values("AH-00001", site),
        "agreement": "AH-00001-1",
        "code": "123456",
        "minutes": "4",
        "tail": "7745",
        "hours": "24",
        "day": EXAMPLE_DAY,
        "until": EXAMPLE_DAY,
        "by": EXAMPLE_DAY,
    }
    names = sorted(path.stem for path in TEMPLATES.glob("*.txt"))

    return {name: sms_text(name, language=language, **values) for name in names}


def message_values(number: str, site: Site) -> dict[str, str]:
    """Return what every message about a plan or a thread may name."""
    return {**site_values(site), "number": number}


def site_values(site: Site) -> dict[str, str]:
    """Return what any message may name of us: its signature, the hotline, the address of the
    site.
    """
    return {
        "signature": site.sms_signature,
        "hotline": site.hotline,
        "address": site.base_url.rstrip("/"),
    }


def bind_to_site(words: str, site: Site, *, code: str) -> str:
    """Return a message with the line that lets a phone fill its code in on our address only; it
    stands last, as browsers ask.

    Source: U-05.
    """
    return f"{words}\n@{urlsplit(site.base_url).hostname} #{code}"


def _month_day(day: date, words: NullTranslations) -> str:
    """Write a date as 12月2日, as pages do."""
    return words.gettext("%(month)s月%(day)s日") % {"month": day.month, "day": day.day}


# Compiled once a language: a job writes hundreds of messages a turn.
@cache
def _environment(words: NullTranslations) -> Environment:
    """One for each catalogue; where two threads make one at once, either will do."""
    made = Environment(  # nosec B701 - plain text for a phone, never HTML
        loader=FileSystemLoader(TEMPLATES),
        # A missing value stops the message; an SMS with a hole in it must never leave.
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]

    return made
