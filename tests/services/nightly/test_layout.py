"""Which cell is which column, and which rows are of a loan."""

import pytest

from app.domain.nightly_fields import MESSAGES, RowFault
from app.domain.nightly_row import COLUMNS
from app.ports.book import BookLine
from app.services.nightly.layout import Layout, rows_of_loans
from tests.support.books import good_cells

USUAL = Layout.of(COLUMNS)
CELLS = [good_cells(1)[column] for column in COLUMNS]


def test_headings_are_known_in_any_order_with_blanks_marks_and_full_width():
    found = Layout.of(("\ufeff备 注", "部门", "", "放款金额（元）", "年利率(％)", "借\u200b据号"))
    assert found.known == {"备注": 0, "放款金额(元)": 3, "年利率(%)": 4, "借据号": 5}
    assert found.unknown == {"部门": 1}
    assert "客户编号" in found.missing


@pytest.mark.parametrize(("fault", "message"), [("quote", "quote"), ("text", "long_line")])
def test_a_row_that_cannot_be_parted_is_told_as_such(fault, message):
    with pytest.raises(RowFault) as told:
        USUAL.cells(BookLine(2, CELLS, fault))
    assert (told.value.field, told.value.code) == ("", fault)
    assert told.value.message == MESSAGES[message]


def test_only_a_remark_keeps_what_a_formula_looks_like():
    line = BookLine(2, [*CELLS[:-1], '="00012345"'])
    line.cells[COLUMNS.index("借据号")] = '="00012345"'
    cells = USUAL.cells(line)
    assert (cells["借据号"], cells["备注"]) == ("00012345", '="00012345"')


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        (" JJ10000001", "JJ10000001"),
        ("19003740000", ""),
        ("99010119850101001X", ""),
        ("罗涵敏", ""),
        ("J" * 41, ""),
    ],
)
def test_of_a_row_out_of_place_only_what_looks_like_a_number_of_ours_is_told(text, ref):
    cells = CELLS.copy()
    cells[COLUMNS.index("借据号")] = text
    assert USUAL.ref_of(BookLine(2, cells, "quote")).get("借据号", "") == ref


def test_sums_at_the_end_are_left_out_and_others_stay():
    def lines(*firsts):
        return [BookLine(number, [first, "1"]) for number, first in enumerate(firsts, start=2)]

    rows = rows_of_loans(iter(lines("C1", "合计", "C2", "小 计：", "总计")))
    assert [line.cells[0] for line in rows] == ["C1", "合计", "C2"]
    damaged = BookLine(2, ["合计"], "quote")
    assert list(rows_of_loans(iter([damaged]))) == [damaged]
