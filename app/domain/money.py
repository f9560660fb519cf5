"""Money as whole fen: rounding, reading what people type, and writing amounts."""

import re
from fractions import Fraction

from app.domain.characters import plain_number
from app.domain.errors import RuleBroken
from app.domain.texts import N_

FEN_PER_YUAN = 100
PPM = 1_000_000
# Millionths a year. Half of an odd rate is exactly half, and no whole number any more.
Rate = int | Fraction

# Nine digits of yuan are far above any loan we know: more of them are a slip of the hand, and are
# told as one instead of ending as an error of the database.
WHOLE_DIGITS = 9
# Commas must part thousands: "1,5" is refused and never read as 15 (ADR 0001).
_AMOUNT = re.compile(
    rf"([0-9]{{1,{WHOLE_DIGITS}}}|[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,{WHOLE_DIGITS // 3 - 1}}})"
    r"(?:\.([0-9]{1,2}))?"
)
# As people say it: 1万, 1.5万, 2千. Nothing may follow, for 1万5 is read in two ways.
_SPOKEN = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,6}))?([万千])")
_SPOKEN_YUAN = {"万": 10_000, "千": 1_000}
_LONG_WHOLE = re.compile(rf"[0-9]{{{WHOLE_DIGITS + 1},}}(\.[0-9]*)?")
_LONG_FRACTION = re.compile(r"[0-9,]+\.[0-9]{3,}")
# Phones and spreadsheets type a hyphen, a minus sign or an en dash for the same thing.
_SIGNED = re.compile(r"[-\u2212\u2013][0-9,.]+[万千]?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


class MoneyFormat(RuleBroken):
    """What was typed is not an amount; `message` says what to do."""

    code = "money_format"
    message = N_("请用数字写金额，例如 1300")


def div_half_up(n: int, d: int) -> int:
    """Divide exactly and round half up to a whole number; below zero a half goes away from zero.

    Raises: ValueError when d is not above zero.
    Source: M-14.
    """
    if d <= 0:
        raise ValueError(f"divisor {d} is not above zero")
    # Floor division rounds towards minus infinity, so that the sign is taken out first; a refund
    # and a charge of the same size must round alike.
    if n < 0:
        return -((2 * -n + d) // (2 * d))
    return (2 * n + d) // (2 * d)


def parse_yuan(text: str) -> int:
    """Read an amount in yuan as people type it.

    Units:  fen; up to 999,999,999.99 yuan, zero included.
    Raises: MoneyFormat, whose message says what to do.
    Source: quality U13.
    """
    plain = plain_number(text)
    plain = plain.removeprefix("¥").removesuffix("元")
    if not plain:
        raise MoneyFormat(N_("请填写金额，例如 1300"))

    spoken = _SPOKEN.fullmatch(plain)
    if spoken is not None:
        return _spoken_fen(*spoken.groups(default=""))

    found = _AMOUNT.fullmatch(plain)
    if found is None:
        raise _fault(plain)

    whole, fraction = found.group(1).replace(",", ""), found.group(2) or ""
    return int(whole) * FEN_PER_YUAN + int(fraction.ljust(2, "0"))


def _spoken_fen(whole: str, fraction: str, unit: str) -> int:
    fen, rest = divmod(
        int(whole + fraction) * _SPOKEN_YUAN[unit] * FEN_PER_YUAN, int(10 ** len(fraction))
    )
    if rest:
        raise MoneyFormat(N_("金额最多写到分，也就是两位小数，例如 1300.50"))
    return fen


def _fault(plain: str) -> MoneyFormat:
    if _SIGNED.fullmatch(plain):
        return MoneyFormat(N_("金额不能是负数，请去掉前面的减号"))
    if _LONG_FRACTION.fullmatch(plain):
        return MoneyFormat(N_("金额最多写到分，也就是两位小数，例如 1300.50"))
    if _LONG_WHOLE.fullmatch(plain):
        advice = N_("这个金额太大了，请检查一下，整数部分最多 %(digits)s 位")
        return MoneyFormat(advice, digits=WHOLE_DIGITS)

    return MoneyFormat()


def figure(fen: int) -> str:
    """Write fen as 1,234.56."""
    sign = "−" if fen < 0 else ""
    whole, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{sign}{whole:,}.{rest:02d}"


def yuan(fen: int) -> str:
    """Write fen as ¥1,234.56, below zero as −¥1,234.56.

    Source: U-01.
    """
    return f"−¥{figure(-fen)}" if fen < 0 else f"¥{figure(fen)}"


def percent(ppm: Rate, places: int = 2) -> str:
    """Write a rate as a percentage, rounded half up.

    Units: ppm are millionths a year; places 0 to 5.
    """
    scaled = div_half_up(ppm.numerator * 10**places, 10_000 * ppm.denominator)
    sign = "−" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled), 10**places)
    return f"{sign}{whole}.{rest:0{places}d}%" if places else f"{sign}{whole}%"


def exact_percent(ppm: Rate) -> str:
    """Write a rate that amounts are computed with: nothing of it is rounded away, two decimals at
    least.

    Units:   ppm are millionths a year.
    Example: 237250 -> 23.7250%.
    """
    if ppm.denominator > 1:
        return percent(ppm, 5)
    return percent(ppm, 4 if ppm % 100 else 2)


def half_of(rate: Rate) -> Rate:
    """Return exactly half of a rate, in ppm a year.

    Source: rules part 1, half is exactly half.
    """
    half = Fraction(rate, 2)
    return half if half.denominator > 1 else half.numerator


def plain_percent(ppm: int) -> str:
    """Write a share as people say it: exact, without decimals that tell nothing.

    Units:   ppm of a whole.
    Example: 500000 -> 50%, 485000 -> 48.5%.
    """
    return exact_percent(ppm).removesuffix("%").rstrip("0").rstrip(".") + "%"


def capital_rmb(fen: int) -> str:
    """Write an amount in formal capitals, 整 after 元 and 角.

    Units:   fen, zero up to below a trillion yuan.
    Raises:  ValueError outside that range.
    Source:  U-01.
    Example: 140950 -> 人民币壹仟肆佰零玖元伍角整.
    """
    if not 0 <= fen < 10**14:
        raise ValueError(f"{fen} fen cannot be written in capitals")

    whole, rest = divmod(fen, FEN_PER_YUAN)
    jiao, cents = divmod(rest, 10)
    text = f"{_capital_whole(whole)}元" if whole else ""
    if not rest:
        return f"人民币{text or '零元'}整"

    if jiao:
        # 零 stands for the missing 角 only where 元 were named before it: 325.04 reads 元零肆分, but 0.04
        # is 肆分.
        text += f"{_DIGITS[jiao]}角"
    elif whole:
        text += "零"

    return f"人民币{text}{_DIGITS[cents]}分" if cents else f"人民币{text}整"


def _capital_whole(whole: int) -> str:
    text, gap = "", False
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = whole // 10_000**power % 10_000
        if not group:
            gap = gap or bool(text)
            continue

        text += (
            ("零" if text and (gap or group < 1000) else "")
            + _capital_group(group)
            + _GROUPS[power]
        )
        # A group that ends in zero asks for 零 before the next digit, as do whole groups left out.
        gap = group % 10 == 0

    return text


def _capital_group(group: int) -> str:
    text, gap = "", False
    for power in range(3, -1, -1):
        digit = group // 10**power % 10
        if not digit:
            gap = gap or bool(text)
            continue
        text += ("零" if gap else "") + _DIGITS[digit] + _PLACES[power]
        gap = False

    return text
