"""A year of holidays: the notice as it is published, a table, and what contradicts itself."""

import json
from datetime import date
from pathlib import Path

import pytest

from app.domain.holiday_notice import CalendarUnread, read_notice

STORED = Path(__file__).parents[2] / "migrations/data/calendar_2025_2027.json"
# The shape of the yearly notice; the days are those of 2026.
NOTICE = """各省、自治区、直辖市人民政府：
现将2026年元旦等节假日放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，请妥善安排好值班。
"""
TABLE = "日期,安排,名称\n" + "".join(
    f"2027-{month:02}-{day:02},休,节日\n"
    for month, day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
)


def working(found):
    return [day.on for day in found.days if day.is_working]


def test_the_notice_is_read_whole():
    found = read_notice(NOTICE, 2026)
    off = [day.on for day in found.days if not day.is_working]
    assert len(off) == 3 + 9 + 3 + 5 + 3 + 3 + 7
    assert off[:3] == [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]
    assert working(found) == [
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    ]
    assert {day.name for day in found.days if day.on.month == 2} == {"春节", "春节调休上班"}


def test_the_notice_agrees_with_what_the_first_release_knew():
    """The stored calendar of 2026 was written by hand; weekends off need no row of their own."""
    rows = json.loads(STORED.read_text("utf-8"))
    stored = {
        (row["on"], row["working"])
        for row in rows
        if row["on"].startswith("2026") and date.fromisoformat(row["on"]).weekday() < 5
    }
    found = read_notice(NOTICE, 2026)
    assert stored == {
        (day.on.isoformat(), day.is_working) for day in found.days if day.on.weekday() < 5
    }


def test_days_over_new_year_belong_to_the_notice():
    text = NOTICE.replace(
        "1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班",
        "2025年12月31日（周三）至2026年1月2日（周五）放假调休，共3天",
    )
    found = read_notice(text, 2026)
    assert [day.on for day in found.days][:3] == [
        date(2025, 12, 31),
        date(2026, 1, 1),
        date(2026, 1, 2),
    ]


def test_a_table_is_read():
    found = read_notice("\ufeff" + TABLE + "2027-02-20,班,调休上班\n", 2027)
    assert working(found) == [date(2027, 2, 20)]
    assert len(found.days) == 7


@pytest.mark.parametrize(
    ("text", "year", "words"),
    [
        ("", 2026, "没读出"),
        ("明年的安排还没有", 2026, "没读出"),
        (NOTICE, 2027, "2026 年的通知"),
        (NOTICE.replace("3日（周六）", "3日（周五）"), 2026, "不是周五"),
        (NOTICE.replace("共9天", "共8天"), 2026, "8 天，日期却是 9 天"),
        (NOTICE.replace("5月9日（周六）", "5月8日（周五）"), 2026, "本来就上班"),
        (NOTICE.replace("4月4日（周六）至6日（周一）", "4月6日至4日"), 2026, "前后颠倒"),
        (NOTICE.replace("5月9日（周六）", "2月30日"), 2026, "没有 2月30日"),
        (NOTICE.replace("10月10日", "10月11日"), 2026, "不是周六"),
        (NOTICE.split("七、国庆")[0], 2026, "没有 10月1日"),
        ("日期,安排\n", 2027, "表头"),
        (TABLE + "2027-02-20,上,x\n", 2027, "第 8 行"),
        (TABLE + "2月20日,班,x\n", 2027, "第 8 行"),
        (TABLE + "2027-01-01,休,x\n", 2027, "写了两次"),
        (TABLE + "2030-01-06,班,x\n", 2027, "不在 2027 年"),
    ],
)
def test_what_contradicts_itself_is_told(text, year, words):
    with pytest.raises(CalendarUnread) as told:
        read_notice(text, year)
    assert words in told.value.words
