"""Judging one row of a nightly file: what it says, the first thing wrong with it, where it departs
from our figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.domain.arrears import OwnFigures, own_figures
from app.domain.loan import LoanTerms, Method
from app.domain.nightly_fields import (
    MAX_PERIODS,
    MESSAGES,
    RowFault,
    or_zero,
    read_amount,
    read_date,
    read_maybe_date,
    read_method,
    read_mobile,
    read_number,
    read_paper,
    read_percent,
    read_text,
    read_whole,
    read_words,
)
from app.domain.schedule import ScheduleImpossible, due_dates

CUSTOMER, REF, CONTRACT = "客户编号", "借据号", "合同编号"
NAME, ID_TYPE, ID_NUMBER, MOBILE = "姓名", "证件类型", "证件号码", "手机号码"
PRODUCT, METHOD = "产品名称", "还款方式"
START, MATURITY, AS_OF = "放款日期", "到期日期", "数据日期"
PRINCIPAL, LEFT, OVERDUE = "放款金额(元)", "剩余本金", "逾期本金"
INTEREST, PENALTY, FEE = "应收利息", "应收罚息", "应收费用"
ANNUAL, UPLIFT, BASIS = "年利率(%)", "罚息上浮(%)", "计息基准"
PERIODS, PAID, DUE_DAY = "总期数", "已还期数", "还款日"
SINCE, DAYS, REMARK = "逾期起始日", "逾期天数", "备注"

REQUIRED_COLUMNS = (
    CUSTOMER,
    REF,
    CONTRACT,
    NAME,
    ID_TYPE,
    ID_NUMBER,
    MOBILE,
    PRODUCT,
    METHOD,
    START,
    MATURITY,
    AS_OF,
    PRINCIPAL,
    LEFT,
    OVERDUE,
    INTEREST,
    PENALTY,
    FEE,
    ANNUAL,
    UPLIFT,
    BASIS,
    PERIODS,
    PAID,
    DUE_DAY,
    SINCE,
    DAYS,
)
COLUMNS = (*REQUIRED_COLUMNS, REMARK)
# Fees are not among them: they are the lender's own and nothing of ours stands beside them.
COMPONENTS = ("left", "overdue_principal", "interest", "penalty")
ID_CARD = "身份证"
BASES = (360, 365)
NUMBER_CHARS = 40
PRODUCT_CHARS = 80
# A remark is not a document; more is a cell that has swallowed others.
REMARK_CHARS = 20_000
# Twenty-seven years; the column holds no more than four digits anyway.
MAX_DAYS_PAST_DUE = 9999


class Person(NamedTuple):
    """Whose loan it is; the number of the paper as `domain.id_papers` has it."""

    customer_no: str
    name: str
    id_number: str
    mobile: str


class FileFigures(NamedTuple):
    """What the file says is owed.

    Units: fen.
    """

    left: int
    overdue_principal: int
    interest: int
    penalty: int
    fee: int


@dataclass(frozen=True, slots=True)
class BookRow:
    """One good row of a nightly file."""

    person: Person
    ref: str
    contract_no: str
    product: str
    terms: LoanTerms
    maturity_on: date
    paid: int
    figures: FileFigures
    overdue_since_on: date | None
    days_past_due: int
    remark: str
    # Only of a loan whose plan was signed: the core system may have moved the date for it.
    is_maturity_off: bool = False


class Comparison(NamedTuple):
    """A row beside our own figures; differences is file minus engine by component, in fen, without
    zeros.
    """

    owed: OwnFigures
    differences: dict[str, int]
    is_different: bool


def judge_row(
    cells: Mapping[str, str],
    *,
    as_of: date,
    is_ref_taken: bool,
    is_customer_taken: bool,
    has_plan: bool = False,
) -> BookRow:
    """Read one row, its cells by column and without blanks around them.

    The caller tells whether an earlier good row has the same loan number, and whether the customer
    number is known with another ID number, and whether a plan on the loan is or was kept: there a
    date of maturity that is not the contract's is told as a difference.
    Raises: RowFault, the first in the order of the format's columns.
    """
    # The checks go in the order of the columns, so that the first fault told is the first one seen
    # in the file.
    _customer(cells[CUSTOMER], is_customer_taken)
    ref = _ref(cells[REF], is_ref_taken)
    contract_no = read_number(cells[CONTRACT], CONTRACT, NUMBER_CHARS)
    person = _person(cells, as_of)
    product = read_text(cells[PRODUCT], PRODUCT, PRODUCT_CHARS)
    method = read_method(cells[METHOD], METHOD)
    start_on, maturity_on = _dates(cells, as_of)
    is_maturity_off = _is_maturity_off(cells, start_on, maturity_on)
    if is_maturity_off and not has_plan:
        raise RowFault(MATURITY, "maturity")

    principal_fen, figures = _amounts(cells)
    terms, paid = _terms(cells, method, start_on, principal_fen)
    since, days = _overdue(cells, as_of, figures)

    return BookRow(
        person=person,
        ref=ref,
        contract_no=contract_no,
        product=product,
        terms=terms,
        maturity_on=maturity_on,
        paid=paid,
        figures=figures,
        overdue_since_on=since,
        days_past_due=days,
        remark=read_words(cells[REMARK], REMARK, REMARK_CHARS),
        is_maturity_off=is_maturity_off,
    )


def compare(row: BookRow, *, as_of: date, ceiling_ppm: int) -> Comparison:
    """Compute a row's loan from its terms and set the file's figures beside ours.

    Units:  fen; the fee is the file's own.
    Raises: RowFault when the principal is too small for so many instalments.
    Source: rules part 1, a loan whose figures differ is marked.
    """
    try:
        # Without the days on which nothing accrued: the core system does not know them, and a loan
        # is not marked as different for our own promise (ADR 0005).
        owed = own_figures(
            row.terms, paid=row.paid, fee_fen=row.figures.fee, as_of=as_of, ceiling_ppm=ceiling_ppm
        )
    except ScheduleImpossible as impossible:
        raise RowFault(PRINCIPAL, "amount", impossible.message) from None

    pairs = zip(COMPONENTS, row.figures, owed.ours, strict=False)
    differences = {name: theirs - mine for name, theirs, mine in pairs if theirs != mine}

    # Equal amounts with another oldest unpaid date differ too: the day decides stage and penalty.
    is_different = bool(differences) or owed.since != row.overdue_since_on or row.is_maturity_off
    return Comparison(owed, differences, is_different)


def _customer(text: str, is_taken: bool) -> None:
    read_number(text, CUSTOMER, NUMBER_CHARS)
    if is_taken:
        raise RowFault(CUSTOMER, "customer_conflict")


def _ref(text: str, is_taken: bool) -> str:
    if not text:
        raise RowFault(REF, "missing_ref")
    if is_taken:
        raise RowFault(REF, "duplicate_ref")
    return read_number(text, REF, NUMBER_CHARS)


def _person(cells: Mapping[str, str], as_of: date) -> Person:
    name = read_text(cells[NAME], NAME, NUMBER_CHARS)
    id_number = read_paper(cells[ID_TYPE], cells[ID_NUMBER], (ID_TYPE, ID_NUMBER), as_of=as_of)
    return Person(cells[CUSTOMER], name, id_number, read_mobile(cells[MOBILE], MOBILE))


def _dates(cells: Mapping[str, str], as_of: date) -> tuple[date, date]:
    start_on = read_date(cells[START], START)
    if start_on > as_of:
        raise RowFault(START, "date", MESSAGES["later_than_file"])

    maturity_on = read_date(cells[MATURITY], MATURITY)
    if maturity_on <= start_on:
        raise RowFault(MATURITY, "date", MESSAGES["not_after_start"])
    if read_date(cells[AS_OF], AS_OF) != as_of:
        raise RowFault(AS_OF, "date", MESSAGES["other_date"])

    return start_on, maturity_on


def _is_maturity_off(cells: Mapping[str, str], start_on: date, maturity_on: date) -> bool:
    """Tell whether the last due date is not the one that start, day and number of periods make."""
    try:
        periods = read_whole(cells[PERIODS], PERIODS, 1, MAX_PERIODS)
        due_day = read_whole(cells[DUE_DAY], DUE_DAY, 1, 31)
    except RowFault:
        # Told for its own column.
        return False
    return due_dates(start_on, due_day, periods)[-1] != maturity_on


def _amounts(cells: Mapping[str, str]) -> tuple[int, FileFigures]:
    principal_fen = read_amount(cells[PRINCIPAL], PRINCIPAL)
    if not principal_fen:
        raise RowFault(PRINCIPAL, "amount", MESSAGES["nothing_lent"])

    left = read_amount(cells[LEFT], LEFT)
    overdue = read_amount(cells[OVERDUE], OVERDUE, may_be_none=True)
    # Overdue principal is part of what is left; more of it means that columns were swapped.
    if overdue > left:
        raise RowFault(OVERDUE, "total")

    rest = (
        read_amount(cells[column], column, may_be_none=True) for column in (INTEREST, PENALTY, FEE)
    )
    return principal_fen, FileFigures(left, overdue, *rest)


def _terms(
    cells: Mapping[str, str], method: Method, start_on: date, principal_fen: int
) -> tuple[LoanTerms, int]:
    annual_ppm = read_percent(cells[ANNUAL], ANNUAL)
    uplift_ppm = read_percent(cells[UPLIFT], UPLIFT)
    basis = read_whole(cells[BASIS], BASIS, min(BASES), max(BASES), code="basis")
    if basis not in BASES:
        raise RowFault(BASIS, "basis")

    periods = read_whole(cells[PERIODS], PERIODS, 1, MAX_PERIODS)
    paid = read_whole(cells[PAID], PAID, 0, periods)
    due_day = read_whole(cells[DUE_DAY], DUE_DAY, 1, 31)
    terms = LoanTerms(
        principal_fen=principal_fen,
        annual_ppm=annual_ppm,
        uplift_ppm=uplift_ppm,
        day_basis=basis,
        method=method,
        periods=periods,
        start_on=start_on,
        due_day=due_day,
    )

    return terms, paid


def _overdue(
    cells: Mapping[str, str], as_of: date, figures: FileFigures
) -> tuple[date | None, int]:
    since = read_maybe_date(cells[SINCE], SINCE)
    days = read_whole(or_zero(cells[DAYS]), DAYS, 0, MAX_DAYS_PAST_DUE, code="dpd")
    # Date and days tell the same thing twice; where they disagree nobody knows which is right.
    if days != ((as_of - since).days if since else 0) or (since and not days):
        raise RowFault(DAYS, "dpd")
    # Principal past due and no day since when: one of the two is of another day.
    if since is None and figures.overdue_principal:
        raise RowFault(DAYS, "dpd", MESSAGES["not_overdue"])
    return since, days
