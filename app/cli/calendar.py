"""The working calendar of a year."""

from pathlib import Path

import click

from app.cli.console import Answer, answering, today
from app.cli.database import context, opened
from app.domain.holiday_notice import CalendarUnread, read_notice
from app.services.calendar.loading import load_calendar_year
from app.services.calendar.queries import known_until
from app.services.core.context import Actor

ACTOR = Actor("cli:calendar-load")
ENCODINGS = ("utf-8-sig", "gb18030")


@click.command("calendar-load", help="导入一年的放假调休安排：通知全文，或 日期,安排,名称 三列的表")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=click.IntRange(2000, 2999), help="哪一年；不写就是还缺的那一年")
@answering
def calendar_load(file: Path, year: int | None) -> Answer:
    text = _text(file)
    with opened() as session:
        wanted = year or max(known_until(session).year + 1, today().year)
        found = read_notice(text, wanted)
        changed = load_calendar_year(session, context(ACTOR), found=found)
    off = sum(not day.is_working for day in found.days)
    values = {
        "year": found.year,
        "days_off": off,
        "days_on": len(found.days) - off,
        "changed": changed,
    }
    return Answer(
        values,
        [f"{found.year} 年：休 {off} 天，调休上班 {len(found.days) - off} 天，改动 {changed} 天"],
    )


def _text(file: Path) -> str:
    raw = file.read_bytes()
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CalendarUnread


COMMANDS = (calendar_load,)
