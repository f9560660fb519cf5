"""One year's holidays and worked weekends, read from the published notice or a table of days."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from app.domain.errors import RuleBroken
from app.domain.texts import N_

# The holidays of the sun's calendar: a notice that lacks one was not pasted whole.
FIXED_DAYS = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
WEEKDAYS = "一二三四五六日"
# A notice sets some fifty days apart; far more is another document.
MOST_DAYS = 80
MAX_NAME_CHARS = 40
HEADINGS = ("日期", "安排", "名称")
OFF, ON = "休", "班"
_SATURDAY = 5
_YEAR = re.compile(r"(20\d\d)年")
_HOLIDAY = re.compile(r"[一二三四五六七八九十]+、\s*([^：:。]{1,20})[：:](.+)")
_DAY = re.compile(r"(?:(20\d\d)年)?(?:(\d{1,2})月)?(\d{1,2})日(?:[（(]([^（）()]*)[）)])?")
_LENGTH = re.compile(r"(?:共|放假)(\d{1,2})天")
_TO = re.compile(r"\s*(?:至|到|—|-|～)\s*$")


class CalendarUnread(RuleBroken):
    """The text is no calendar of that year, or contradicts itself; `values` say where."""

    code = "calendar_unread"
    message = N_("没读出放假安排，请把通知全文贴进来，或用 日期,安排,名称 三列的表")


@dataclass(frozen=True, slots=True)
class SetDay:
    """A day that departs from the plain week."""

    on: date
    is_working: bool
    name: str


@dataclass(frozen=True, slots=True)
class HolidayNotice:
    """Every day set apart for one year, in order; a notice may reach a few days beyond its year."""

    year: int
    days: tuple[SetDay, ...]


def read_notice(text: str, year: int) -> HolidayNotice:
    """Return the year as the text says it: the notice itself, or a table 日期,安排,名称 with 休 or 班.

    Raises: CalendarUnread when nothing is found, a weekday or a count contradicts its date, a
    workday is no weekend day, a day is told twice, or a fixed holiday is missing.
    Source: U-03.
    """
    text = text.lstrip("\ufeff")
    is_table = text.lstrip().startswith(HEADINGS[0])
    days = sorted(_table(text) if is_table else _notice(text, year), key=lambda day: day.on)
    _check(days, year)
    return HolidayNotice(year, tuple(days))


def _table(text: str) -> Iterator[SetDay]:
    rows = csv.reader(text.strip().splitlines())
    if tuple(cell.strip() for cell in next(rows)) != HEADINGS:
        raise CalendarUnread(N_("表头请写成 日期,安排,名称"))
    for number, row in enumerate(rows, 2):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) != len(HEADINGS) or cells[1] not in (OFF, ON):
            raise CalendarUnread(N_("第 %(line)s 行读不懂，安排请写 休 或 班"), line=number)
        try:
            on = date.fromisoformat(cells[0])
        except ValueError:
            raise CalendarUnread(
                N_("第 %(line)s 行的日期请写成 2027-02-05 这样"), line=number
            ) from None
        yield SetDay(on, cells[1] == ON, cells[2][:MAX_NAME_CHARS])


def _notice(text: str, year: int) -> Iterator[SetDay]:
    told = _YEAR.search(text)
    if told and int(told[1]) != year:
        raise CalendarUnread(
            N_("这是 %(told)s 年的通知，要的是 %(year)s 年"), told=told[1], year=year
        )
    for line in text.splitlines():
        holiday = _HOLIDAY.match("".join(line.split()))
        if holiday:
            yield from _holiday(holiday[1][:MAX_NAME_CHARS], holiday[2], year)


def _holiday(name: str, words: str, year: int) -> Iterator[SetDay]:
    for sentence in words.split("。"):
        if "上班" in sentence:
            for on in _days(sentence, year):
                yield SetDay(on, True, f"{name}调休上班")
        elif "放假" in sentence or "补休" in sentence:
            off = list(_days(sentence, year))
            length = _LENGTH.search(sentence)
            if length and int(length[1]) != len(off):
                raise CalendarUnread(
                    N_("%(name)s写的是 %(told)s 天，日期却是 %(found)s 天"),
                    name=name,
                    told=length[1],
                    found=len(off),
                )
            yield from (SetDay(on, False, name) for on in off)


def _days(sentence: str, year: int) -> Iterator[date]:
    """Every day a sentence names, those between 'A 至 B' included; a month goes on until another
    is named.
    """
    month, before, end = None, None, 0
    for found in _DAY.finditer(sentence):
        month = int(found[2]) if found[2] else month
        on = _date(int(found[1] or year), month, int(found[3]), found[4] or "")
        if before and _TO.search(sentence[end : found.start()]):
            if not before < on <= before + timedelta(days=MOST_DAYS):
                raise CalendarUnread(N_("“%(words)s”前后颠倒"), words=sentence[:40])
            yield from (before + timedelta(days=n) for n in range(1, (on - before).days))
        yield on
        before, end = on, found.end()


def _date(year: int, month: int | None, day: int, note: str) -> date:
    try:
        on = date(year, month or 0, day)
    except ValueError:
        raise CalendarUnread(
            N_("没有 %(month)s月%(day)s日 这一天"), month=month or "", day=day
        ) from None
    weekday = re.search(rf"周([{WEEKDAYS}])", note)
    if weekday and weekday[1] != WEEKDAYS[on.weekday()]:
        raise CalendarUnread(
            N_("%(year)s年%(month)s月%(day)s日不是周%(weekday)s，请看看年份"),
            year=on.year,
            month=on.month,
            day=on.day,
            weekday=weekday[1],
        )
    return on


def _check(days: list[SetDay], year: int) -> None:
    if not days or len(days) > MOST_DAYS:
        raise CalendarUnread
    for one, next_one in pairwise(days):
        if one.on == next_one.on:
            raise CalendarUnread(N_("%(day)s 写了两次"), day=one.on.isoformat())
    for day in days:
        if day.is_working and day.on.weekday() < _SATURDAY:
            raise CalendarUnread(N_("%(day)s 本来就上班，请核对"), day=day.on.isoformat())
        if abs(day.on.year - year) > 1:
            raise CalendarUnread(N_("%(day)s 不在 %(year)s 年"), day=day.on.isoformat(), year=year)
    off = {day.on for day in days if not day.is_working}
    for month, on_day in FIXED_DAYS:
        if date(year, month, on_day) not in off:
            raise CalendarUnread(
                N_("没有 %(month)s月%(day)s日，请把 %(year)s 年的通知全文贴进来"),
                month=month,
                day=on_day,
                year=year,
            )
