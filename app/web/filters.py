"""How pages write amounts, dates and explained figures; language and text size of the reader."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask, request, session
from flask_babel import Babel
from markupsafe import Markup

from app.domain.calendar import BEIJING
from app.domain.errors import DomainError
from app.domain.explaining import Phrase
from app.domain.explanation import Line
from app.domain.money import exact_percent, figure, percent, plain_percent, yuan
from app.domain.plan import KIND_NAMES
from app.services.core.languages import LOCALES
from app.web import catalogues
from app.web.catalogues import gettext
from app.web.context import now, site

LANGUAGE_NAMES = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "English"}
SIZES = ("normal", "large")


def install(app: Flask) -> None:
    catalogues.install(app, Babel(app, locale_selector=lambda: LOCALES[language()]))
    app.before_request(_remember_choices)
    app.jinja_env.filters.update(
        refused=words_of,
        yuan=yuan,
        figure=figure,
        percent=percent,
        exact_percent=exact_percent,
        plain_percent=plain_percent,
        fraction_percent=fraction_percent,
        cn_date=cn_date,
        iso_day=iso_day,
        cn_month_day=cn_month_day,
        cn_month=cn_month,
        cn_weekday=cn_weekday,
        cn_weekday_name=cn_weekday_name,
        cn_datetime=cn_datetime,
        cn_from=cn_from,
        said=said,
        translated=translated,
        said_how=said_how,
        phrased=phrased,
        tel=tel,
        whole=whole,
        points=points,
        kind_name=kind_name,
    )
    app.context_processor(_reader)


def language() -> str:
    """The reader's language, one this installation offers."""
    wanted = session.get("lang", "")
    return wanted if wanted in site().languages else site().languages[0]


def text_size() -> str:
    """normal, or large for 长辈版."""
    return "large" if session.get("size") == "large" else "normal"


def _remember_choices() -> None:
    # Kept in the session from any page's address, so that a choice needs no form and no script.
    if (wanted := request.args.get("lang")) in site().languages:
        session["lang"] = wanted
    if (size := request.args.get("size")) in SIZES:
        session["size"] = size


def _reader() -> dict[str, Any]:
    return {
        "language": language(),
        "languages": [(code, LANGUAGE_NAMES[code]) for code in site().languages],
        "text_size": text_size(),
    }


def _local(value: date | datetime) -> date | datetime:
    return value.astimezone(BEIJING) if isinstance(value, datetime) else value


def cn_date(value: date | datetime | None) -> str:
    if value is None:
        return ""
    day = _local(value)
    return gettext("%(year)s年%(month)s月%(day)s日", year=day.year, month=day.month, day=day.day)


def iso_day(text: str) -> str:
    """A date held as 2026-12-10, as people write it."""
    return cn_date(date.fromisoformat(text))


def cn_month_day(value: date | datetime | None) -> str:
    if value is None:
        return ""
    day = _local(value)
    return gettext("%(month)s月%(day)s日", month=day.month, day=day.day)


def cn_weekday_name(value: date) -> str:
    """The weekday alone."""
    names = (
        gettext("周一"),
        gettext("周二"),
        gettext("周三"),
        gettext("周四"),
        gettext("周五"),
        gettext("周六"),
        gettext("周日"),
    )
    return names[value.weekday()]


def cn_weekday(value: date) -> str:
    """A day with its weekday, as people choose it from a list."""
    return f"{cn_month_day(value)} {cn_weekday_name(value)}"


def cn_month(value: date | datetime | None) -> str:
    if value is None:
        return ""
    day = _local(value)
    return gettext("%(year)s年%(month)s月", year=day.year, month=day.month)


def cn_datetime(value: datetime | None) -> str:
    if value is None:
        return ""
    at = value.astimezone(BEIJING)
    return f"{cn_date(at)} {at.hour}:{at.minute:02d}"


def cn_from(value: datetime) -> str:
    """From when something may be done, as people say it; up to the next minute, so that nobody
    comes too early.
    """
    at = (value + timedelta(seconds=59)).astimezone(BEIJING)
    time = f"{at.hour}:{at.minute:02d}"
    days = (at.date() - now().astimezone(BEIJING).date()).days
    if days == 0:
        return gettext("今天 %(time)s", time=time)
    if days == 1:
        return gettext("明天 %(time)s", time=time)
    return f"{cn_date(at)} {time}"


def points(ppm: int) -> str:
    """Write a difference of rates in percentage points."""
    return percent(ppm).removesuffix("%")


def kind_name(kind: str) -> str:
    """Name a kind of plan, in the reader's language."""
    return translated(KIND_NAMES.get(kind, kind))


def fraction_percent(value: Any) -> str:
    """A decimal fraction such as 0.1622 as 16.22%."""
    # A Decimal with four places: two are left, exactly.
    return f"{value * 100:.2f}%"


def translated(text: str, **values: object) -> str:
    """A phrase held as a value, in the reader's language; without values for its places percent
    signs in it are plain text.
    """
    return gettext(text, **values) if text else ""


def words_of(error: DomainError) -> str:
    """What an error says, in the reader's language, days as that language writes them."""
    return translated(error.message, **_told(error.values))


def said(line: Line) -> str:
    """What a line of an explanation is about, in the reader's language."""
    # The phrase is translated first and filled afterwards: values are no part of the catalogue.
    return gettext(line.what_id) % line.values


def phrased(phrase: Phrase) -> str:
    """A sentence of an explanation with its values, days as the reader's language writes them."""
    return gettext(phrase.source) % _told(phrase.values)


def _told(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: cn_date(value) if isinstance(value, date) else value for name, value in values.items()
    }


def said_how(line: Line) -> str:
    """How a line's amount was computed, in the reader's language."""
    return gettext(line.how_id) % line.values if line.how_id else ""


def whole(number: str) -> Markup:
    """A number with hyphens that stays on one line, so that it can be read out and dialled."""
    return Markup('<span class="ah-whole">{}</span>').format(number)


def tel(number: str) -> str:
    """A telephone number as a tel: link needs it."""
    return "".join(c for c in number if c in "+0123456789")
