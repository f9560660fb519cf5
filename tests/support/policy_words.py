"""Numbers of the policy as words would say them, and another policy none of whose numbers is an
old one.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.money import plain_percent, yuan
from app.models import PolicyVersion
from tests.domain.examples import POLICY, POLICY_VALUES
from tests.support.clock import NOW

NUMBERS: Mapping[str, int] = MappingProxyType(
    {key: value for key, value in POLICY_VALUES.items() if key != "version"}
    # told on pages, and not in a stored version yet
    | {"evidence_days": POLICY.clocks.evidence_days}
)
# the end of a key tells what is counted; the first that fits
UNITS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("_working_days", ("个工作日",)),
    ("_days", ("天", "日内")),
    ("_months", ("个月",)),
    ("_years", ("年",)),
    ("_seconds", ("秒",)),
    ("periods", ("期",)),
    ("_notice", ("期",)),
    ("_people", ("人",)),
    ("", ("次", "条")),
)
HOURS = ("quiet_from_hour", "quiet_until_hour")
DIGITS = "零一二三四五六七八九"
START = r"(?<![\d.,:%+第])"  # the second person (第二人) is not two
OTHERS: Mapping[str, int] = MappingProxyType(
    {
        "quiet_from_hour": 21,
        "quiet_until_hour": 9,
        "code_valid_seconds": 360,
        "code_resend_seconds": 75,
        "reading_seconds": 9,  # what a test read, it read for ten seconds
        "ceiling_ppm": 230_000,
        "waiver_penalty_ppm": 310_000,
        "settlement_waiver_penalty_ppm": 990_000,
        "surplus_share_ppm": 480_000,
        "fastest_without_income_ppm": 1_310_000,
    }
)


def unit_of(key: str) -> tuple[str, ...]:
    """What a number of the policy counts, as words say it."""
    if key in HOURS:
        return (":00", "点")
    return next(units for end, units in UNITS if key.endswith(end))


def spellings(key: str, value: int) -> list[str]:
    """Every way words may say a number of the policy, as patterns."""
    if key.endswith("_ppm"):
        half = ["一半"] if value == 500_000 else []
        return [rf"{START}{re.escape(plain_percent(value)[:-1])}(?:\.0+)?%", *half]
    if key.endswith("_fen"):
        whole = yuan(value).removesuffix(".00")
        return [re.escape(whole) + r"(?![\d,]|\.[1-9]|\.0[1-9])", rf"{START}{value // 100} ?元"]
    found = [_counted(value, unit) for unit in unit_of(key)]
    if key.endswith("_working_days") and value == 1:
        found.append("一个工作日")
    if key.endswith("_seconds") and value % 60 == 0:
        found.append(_counted(value // 60, "分钟"))
    if key in HOURS and value > 12:
        found.append(_counted(value - 12, "点"))
    return found


def old_numbers(text: str, own: Iterable[str] = ()) -> list[str]:
    """Where a text says a number of the first policy; `own` are patterns of what it may say for
    reasons of its own.
    """
    for pattern in own:
        text = re.sub(pattern, "", text)
    return [
        f"{key}: …{text[max(0, found.start() - 12) : found.end() + 8]}…"
        for key, value in NUMBERS.items()
        for pattern in spellings(key, value)
        for found in re.finditer(pattern, text)
    ]


def other_values() -> dict[str, int]:
    """A policy that works, and no number of which counts as much as an old one of its unit."""
    return {key: OTHERS.get(key) or _next_free(key, value) for key, value in NUMBERS.items()}


def put_in_force(session: Session, values: Mapping[str, int], version: str = "other") -> None:
    """Make a version of the policy the one in force."""
    before = session.scalars(select(PolicyVersion).where(PolicyVersion.is_active)).one()
    before.is_active = False
    session.flush()
    stored = {**values, "version": version}
    session.add(
        PolicyVersion(version=version, values=stored, made_by="-", made_at=NOW, is_active=True)
    )
    session.commit()


def _counted(value: int, unit: str) -> str:
    words = (
        rf"|(?<![第{DIGITS}十百]){_numeral(value)}" if 1 < value < 100 else ""
    )  # one is also "a"
    return rf"(?:{START}{value} ?{words}){unit}"


def _numeral(value: int) -> str:
    tens, rest = divmod(value, 10)
    if not tens:
        return f"[{DIGITS[value]}{'两' if value == 2 else ''}]"
    return (DIGITS[tens] if tens > 1 else "") + "十" + (DIGITS[rest] if rest else "")


def _next_free(key: str, value: int) -> int:
    step = 1_100 if key.endswith("_fen") else 1
    taken = {one for name, one in NUMBERS.items() if unit_of(name) == unit_of(key)}
    found = value + step
    while found in taken:
        found += step
    return found
