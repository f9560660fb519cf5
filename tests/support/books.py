"""Nightly files in memory: good rows to start from, written cell by cell."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from app.domain.id_papers import check_digit
from app.domain.loan import METHODS_BY_NAME, LoanTerms
from app.domain.nightly_row import COLUMNS
from app.ports.book import BookLine
from app.services.nightly.rows import Style, loan_cells

AS_OF = date(2026, 11, 20)
CEILING_PPM = 240_000
# Small files as they came, a folder for each thing that went wrong.
CASES = Path(__file__).resolve().parents[1] / "data" / "cases"


def id_number(number: int) -> str:
    first = f"99010119850101{number % 1000:03d}"
    return first + check_digit(first)


def good_cells(
    number: int = 1, *, as_of: date = AS_OF, differences=None, paid: int = 8, **overrides: str
):
    """The cells of one good row, its loan two instalments past due."""
    terms = LoanTerms(
        principal_fen=1_200_000 + number * 100,
        annual_ppm=156_000,
        uplift_ppm=500_000,
        day_basis=360,
        method=METHODS_BY_NAME["等额本息"],
        periods=24,
        start_on=date(2026, 1, 18),
        due_day=18,
    )
    loan = loan_cells(
        terms,
        paid=paid,
        fee_fen=0,
        as_of=as_of,
        ceiling_ppm=CEILING_PPM,
        style=Style(),
        differences=differences or {},
    )
    person = {
        "客户编号": f"C1{number:07d}",
        "姓名": "罗涵敏",
        "证件类型": "身份证",
        "证件号码": id_number(number),
        "手机号码": f"190{number:08d}",
        "产品名称": "装修分期",
        "借据号": f"JJ1{number:07d}",
        "合同编号": f"HT1{number:07d}",
        "备注": "",
    }
    return person | loan | overrides


@dataclass
class ListBook:
    """A book whose rows are given as cells by column."""

    rows: list[dict[str, str]]
    sha256: str = "0" * 64
    name: str = "loan_book.csv"
    headers: tuple[str, ...] = field(default=COLUMNS)
    header_line: int = 1
    told: dict = field(default_factory=dict)

    def lines(self):
        for number, row in enumerate(self.rows, start=2):
            yield BookLine(number, [row.get(header, "") for header in self.headers])
