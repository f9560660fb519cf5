"""A table that holds more rows than a sheet goes on in the next one."""

import pytest

from app.ports.sheets import Column, Sheet, SheetFull
from app.services.finance.laying_out import laid_out

A, B = Sheet("甲", (Column("号"),)), Sheet("乙", (Column("号"),))


@pytest.mark.parametrize(
    ("rows", "most", "names", "places"),
    [
        ((3, 9), None, (["甲"], ["乙"]), [[0], [1]]),
        ((0, 0), 4, (["甲"], ["乙"]), [[0], [1]]),
        ((4, 4), 4, (["甲"], ["乙"]), [[0], [1]]),
        ((5, 4), 4, (["甲-1", "甲-2"], ["乙"]), [[0, 1], [2]]),
        ((3, 9), 4, (["甲"], ["乙-1", "乙-2", "乙-3"]), [[0], [1, 2, 3]]),
    ],
)
def test_each_table_has_the_sheets_it_needs(rows, most, names, places):
    found = laid_out((A, B), rows=rows, most=most)
    assert tuple([sheet.name for sheet in one.sheets] for one in found) == names
    assert [list(one.places) for one in found] == places


def test_rows_fill_one_sheet_after_the_other():
    _, table = laid_out((A, B), rows=(1, 5), most=2)
    assert [table.next_place() for _ in range(5)] == [1, 1, 2, 2, 3]


def test_more_rows_than_were_told_have_no_sheet():
    (table,) = laid_out((A,), rows=[2], most=2)
    assert [table.next_place() for _ in range(2)] == [0, 0]
    with pytest.raises(SheetFull):
        table.next_place()
