"""A made-up nightly file of any size, for load work: fictional people, amounts of our own engine,
some faults.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from app.domain.calendar import add_months
from app.domain.id_papers import check_digit
from app.domain.loan import LoanTerms, Method
from app.domain.nightly_row import (
    COLUMNS,
    CONTRACT,
    CUSTOMER,
    DAYS,
    ID_CARD,
    ID_NUMBER,
    ID_TYPE,
    LEFT,
    METHOD,
    MOBILE,
    NAME,
    OVERDUE,
    PRODUCT,
    REF,
    REMARK,
    START,
)
from app.domain.schedule import ScheduleImpossible, due_dates
from app.services.nightly.rows import DATE_STYLES, Style, loan_cells

REGION = "990101"  # a division that does not exist, so that no real person has such a number
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰文思"
PRODUCTS = ("信用付", "大期贷", "好期贷", "装修分期", "零零花")
METHODS = (
    Method.EQUAL_INSTALMENT,
    Method.EQUAL_INSTALMENT,
    Method.EQUAL_PRINCIPAL,
    Method.INTEREST_FIRST,
)
ANNUALS = (72_000, 108_000, 146_000, 156_000, 182_500, 219_000, 239_800, 240_000)
UPLIFTS = (0, 300_000, 500_000)
PERIODS = (3, 6, 9, 12, 18, 24, 36)
FEES = (0, 0, 0, 2_000, 9_900)
# What an export must disarm (V1.2.10) comes in by a file.
FORMULA = '=HYPERLINK("http://x.invalid","点我")'
FAULT_EVERY = 60
DIFFERENCE_EVERY = 150
PAYING_EVERY = 50
# One for each kind of fault, in turn; the counts of a made file can be told beforehand.
DAMAGE = (
    {MOBILE: "12345"},
    {LEFT: "约三千"},
    {START: "2025-02-30"},
    {OVERDUE: "-0.00"},
    {METHOD: "随借随还"},
    {REF: ""},
    {ID_NUMBER: "9.90101E+17"},
    {DAYS: "9998"},
)


class _Days(NamedTuple):
    """The day of the file, and the one its contracts are drawn for."""

    as_of: date
    drawn_on: date


@dataclass(frozen=True)
class _Customer:
    number: str
    name: str
    id_number: str
    mobile: str


def made_rows(
    *, borrowers: int, seed: int, as_of: date, ceiling_ppm: int, drawn_on: date | None = None
) -> Iterator[list[str]]:
    """Yield the headers, then the rows; the same seed and date give the same file.

    Where it was drawn for an earlier day it is the file of the same loans on a later one: a few
    have paid another instalment.
    """
    yield list(COLUMNS)
    drawn_on = drawn_on or as_of
    random = Random(seed)  # noqa: S311 - made-up data, no secret
    serial = 0

    for index in range(1, borrowers + 1):
        customer = _customer(random, index)
        for _ in range(random.choice((1, 1, 1, 2, 2, 3))):
            serial += 1
            days = _Days(as_of, drawn_on)
            cells = _book_row(random, customer, serial, days, ceiling_ppm)
            yield [cells[column] for column in COLUMNS]


def _customer(random: Random, index: int) -> _Customer:
    born = date(1965, 1, 1) + timedelta(days=random.randrange(14_000))
    first = f"{REGION}{born:%Y%m%d}{random.randrange(1000):03d}"
    name = random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2, 2))))
    return _Customer(
        f"C26{index:08d}", name, first + check_digit(first), f"190{index % 100_000_000:08d}"
    )


def _book_row(
    random: Random, customer: _Customer, serial: int, days: _Days, ceiling_ppm: int
) -> dict[str, str]:
    style = Style(random.choice(DATE_STYLES), random.randrange(7) == 0)
    differences = {} if serial % DIFFERENCE_EVERY else {"penalty": 137}
    while True:
        terms, paid = _contract(random, days.drawn_on)
        if days.as_of > days.drawn_on and serial % PAYING_EVERY == 0:
            paid = min(paid + 1, terms.periods)
        try:
            loan = loan_cells(
                terms,
                paid=paid,
                fee_fen=random.choice(FEES),
                as_of=days.as_of,
                ceiling_ppm=ceiling_ppm,
                style=style,
                differences=differences,
            )
        except ScheduleImpossible:
            # Some drawn contracts are impossible; another is drawn, from the same seed.
            continue

        break

    cells = {
        CUSTOMER: customer.number,
        NAME: customer.name,
        ID_TYPE: ID_CARD,
        ID_NUMBER: ("'" if serial % 9 == 0 else "") + customer.id_number,
        MOBILE: ("+86 " if serial % 20 == 0 else "") + customer.mobile,
        PRODUCT: random.choice(PRODUCTS),
        REF: f"JJ26{serial:010d}",
        CONTRACT: f"HT26{serial:010d}",
        REMARK: FORMULA if serial % 300 == 0 else "",
        **loan,
    }

    return cells if serial % FAULT_EVERY else cells | DAMAGE[serial // FAULT_EVERY % len(DAMAGE)]


def _contract(random: Random, as_of: date) -> tuple[LoanTerms, int]:
    periods = random.choice(PERIODS)
    start_on = add_months(as_of, -random.randrange(1, periods + 6)) - timedelta(
        days=random.randrange(28)
    )
    terms = LoanTerms(
        principal_fen=random.randrange(500, 60_000) * 100,
        annual_ppm=random.choice(ANNUALS),
        uplift_ppm=random.choice(UPLIFTS),
        day_basis=random.choice((360, 365)),
        method=random.choice(METHODS),
        periods=periods,
        start_on=start_on,
        due_day=start_on.day,
    )
    due = sum(1 for day in due_dates(start_on, start_on.day, periods) if day < as_of)

    return terms, max(0, due - random.choice((0, 1, 1, 2, 2, 3, 4, 6)))
