"""Words of text messages, from the templates of app/templates/sms. Pure."""

from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.ports.site import Site

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "sms"


def _environment() -> Environment:
    made = Environment(  # nosec B701 - plain text for a phone, never HTML
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        extensions=["jinja2.ext.i18n"],
    )
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    return made


_MADE = _environment()


def sms_text(name: str, **values: str) -> str:
    """Return the text of one message.

    Raises: TemplateNotFound, UndefinedError for a value the words need and did not get.
    Source: U-05, quality U24: neutral on a lock screen.
    """
    return _MADE.get_template(f"{name}.txt").render(**values).strip()


def examples(site: Site) -> dict[str, str]:
    """Return every message by name, as it may read."""
    values = message_values("AH-00001-1", site)
    values |= {
        "agreement": "AH-00001-1",
        "code": "123456",
        "minutes": "4",
        "day": "12月2日",
        "until": "12月2日",
        "by": "12月2日",
    }
    return {path.stem: sms_text(path.stem, **values) for path in sorted(TEMPLATES.glob("*.txt"))}


def message_values(number: str, site: Site) -> dict[str, str]:
    """Return what every message about a plan or a thread may name."""
    return {"signature": site.sms_signature, "number": number, "hotline": site.hotline}


def month_day(day: date) -> str:
    """Write a date as 12月2日."""
    return f"{day.month}月{day.day}日"
