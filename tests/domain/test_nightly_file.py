"""Every accepted loan of the example file comes out to the fen."""

import csv
from datetime import date
from decimal import Decimal

import pytest

from app.domain.arrears import arrears
from app.domain.arrears_lines import explain
from app.domain.loan import METHODS_BY_NAME, LoanTerms
from tests.domain.examples import CEILING, section_figures, section_sums
from tests.support.example_book import EXAMPLE, EXPECTED

AS_OF = date.fromisoformat(EXPECTED["as_of"])
DIFFERENCES = {
    (one["ref"], one["component"]): one["file_minus_engine_fen"]
    for one in EXPECTED["discrepancies"]
}
COMPONENTS = ("left", "overdue_principal", "interest", "penalty", "fee")


def _ppm(fraction):
    return int(Decimal(fraction) * 1_000_000)


def _terms(loan):
    return LoanTerms(
        principal_fen=loan["principal"],
        annual_ppm=_ppm(loan["annual"]),
        uplift_ppm=_ppm(loan["uplift"]),
        day_basis=loan["basis"],
        method=METHODS_BY_NAME[loan["method"]],
        periods=loan["periods"],
        start_on=date.fromisoformat(loan["start"]),
    )


def _owed(loan, as_of=AS_OF):
    return arrears(
        _terms(loan), paid=loan["paid"], fee_fen=loan["fee"], as_of=as_of, ceiling_ppm=CEILING
    )


def _figures(owed):
    values = (
        owed.principal_left_fen,
        owed.overdue_principal_fen,
        owed.interest_fen,
        owed.penalty_fen,
        owed.fee_fen,
    )
    return dict(zip(COMPONENTS, values, strict=True))


def test_every_loan_is_reproduced_with_its_days_bucket_and_excess():
    buckets = dict.fromkeys(EXPECTED["dpd_buckets"], 0)
    for loan in EXPECTED["loans"]:
        owed = _owed(loan)
        ours = {
            name: fen + DIFFERENCES.get((loan["ref"], name), 0)
            for name, fen in _figures(owed).items()
        }
        assert ours == {name: loan[name] for name in COMPONENTS}, loan["ref"]
        assert owed.excess_fen == loan["over_ceiling"], loan["ref"]
        assert owed.days_past_due == loan["dpd"], loan["ref"]
        assert (owed.overdue[0].due_on.isoformat() if owed.overdue else "") == (
            loan["since"] or ""
        ), loan["ref"]
        buckets[owed.bucket] += 1
    assert buckets == EXPECTED["dpd_buckets"]


def test_the_files_own_figures_differ_only_where_the_list_says():
    with EXAMPLE.open(encoding="gb18030", newline="") as book:
        by_line = dict(enumerate(csv.DictReader(book), start=2))
    columns = ("剩余本金", "逾期本金", "应收利息", "应收罚息", "应收费用")
    found = {}
    for loan in EXPECTED["loans"]:
        row, ours = by_line[loan["line"]], _figures(_owed(loan))
        for name, column in zip(COMPONENTS, columns, strict=True):
            theirs = int(Decimal(row[column].replace(",", "")) * 100)
            if theirs != ours[name]:
                found[loan["ref"], name] = theirs - ours[name]
    assert found == DIFFERENCES


@pytest.mark.parametrize(
    "as_of", [AS_OF, date(2026, 11, 23), date(2027, 2, 28), date(2026, 10, 20)]
)
def test_the_lines_of_every_loan_sum_to_its_figures(as_of):
    for loan in EXPECTED["loans"][::7]:
        owed = _owed(loan, as_of)
        assert section_sums(explain(_terms(loan), owed)) == section_figures(owed), loan["ref"]
