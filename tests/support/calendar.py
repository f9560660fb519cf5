"""Made-up calendars for tests."""

FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))


def table(year: int, more: str = "") -> str:
    """The fixed holidays of a year as a table, with more lines."""
    days = "".join(f"{year}-{month:02}-{day:02},休,节日\n" for month, day in FIXED)
    return "日期,安排,名称\n" + days + more


# not the real one: what matters is that a weekday is off and a Saturday worked
MADE_UP_2027 = """国务院办公厅关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历除夕、周五）至11日（周四）放假调休，共7天。2月20日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假，共5天。
五、端午节：6月9日（周三）放假。
六、中秋节：9月15日（周三）放假。
七、国庆节：10月1日（周五）至7日（周四）放假，共7天。
"""
