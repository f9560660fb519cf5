"""One cell in a lender's unit, written as the built-in file has it. What cannot be is marked, so
that the row is refused for this column and never read in another unit.
"""

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from app.domain.characters import plain_number

# Before a text that does not fit its unit: no column reads it, each tells its own fault.
UNFIT = "?"
_NUMBER = re.compile(r"(-)?[¥￥]?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]*)?(%)?")
_SERIAL = re.compile(r"([0-9]{1,6})(?:\.0*)?")
_FIRST_SERIAL = date(1899, 12, 30)
FEN_OF = {"yuan": 100, "fen": 1, "wan": 1_000_000}
MONTHS, TEN_THOUSAND = 12, 10_000
FOUR_PLACES = Decimal("0.0001")


def number_in(text: str) -> Decimal | None:
    """Return a number as people and programs write it, a percent sign read over; None where it is
    none.
    """
    found = _NUMBER.fullmatch(plain_number(text))
    if found is None:
        return None
    return Decimal(f"{found[1] or ''}{found[2].replace(',', '')}{found[3] or ''}")


def amount_in(parts: list[str], unit: str) -> str:
    """Return the sum of some amounts in yuan with two decimals, one in yuan as it is written; fen
    are never lost.

    Units: `unit` is yuan, fen or wan (ten thousand yuan).
    """
    if len(parts) == 1 and unit == "yuan":
        return parts[0]
    total = Decimal(0)
    for text in parts:
        number = number_in(text)
        fen = None if number is None else number * FEN_OF[unit]
        if fen is None or fen != fen.to_integral_value():
            return UNFIT + text
        if number is not None and number.is_signed():
            return f"-{abs(number)}"  # told as negative, whatever the others come to
        total += fen
    return str((total / 100).quantize(Decimal("0.01")))


def percent_in(text: str, unit: str, *, basis: int) -> str:
    """Return a rate a year in percent with at most four decimals; a percentage as it is written.

    Units: `unit` is percent, fraction, wan_a_day (ten thousandths a day, `basis` days a year) or
    percent_a_month.
    """
    if unit == "percent":
        return text
    number = number_in(text)
    if number is None:
        return UNFIT + text
    if unit == "fraction" and not text.rstrip().endswith(("%", "％")):
        number *= 100
    elif unit == "wan_a_day":
        number = number * basis / 100
    elif unit == "percent_a_month":
        number *= MONTHS
    return _places(number, text)


def uplift_in(penal: str, annual: str) -> str:
    """Return by how many percent the penal rate lies above the annual one, both in percent a year;
    rounded half up to four decimals.
    """
    above, below = number_in(penal), number_in(annual)
    if above is None or below is None:
        return UNFIT + penal
    if not below:
        return "0" if not above else UNFIT + penal
    uplift = ((above / below - 1) * 100).quantize(FOUR_PLACES, ROUND_HALF_UP)
    return str(uplift) if uplift >= 0 else UNFIT + penal


def day_of_serial(text: str) -> str:
    """Return the date that a spreadsheet's number of days means; a date stays as it is."""
    found = _SERIAL.fullmatch(plain_number(text))
    if found is None:
        return text
    return (_FIRST_SERIAL + timedelta(days=int(found[1]))).isoformat()


def _places(number: Decimal, text: str) -> str:
    rounded = number.quantize(FOUR_PLACES)
    if rounded != number:
        return UNFIT + text
    return f"{rounded.normalize():f}"
