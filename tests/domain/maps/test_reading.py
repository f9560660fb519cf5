"""A lender's rows read by a map, beside the same loan in the built-in file."""

from datetime import date

import pytest

from app.domain.maps.column_map import MapFaulty, map_of
from app.domain.maps.reading import MappedRows, day_in, is_closing, row_of
from app.domain.nightly_row import COLUMNS
from tests.support.books import AS_OF, good_cells

CELLS = good_cells(7)


def read(columns, row, **more):
    """The cells of one row in which every other column is called as ours."""
    plain = {name: {"of": [name]} for name in COLUMNS if name not in columns}
    told = map_of({"columns": plain | columns, **more})
    headers = [name for name in COLUMNS if name not in columns] + list(row)
    values = [CELLS[name] for name in COLUMNS if name not in columns] + list(row.values())
    return MappedRows(told, headers, as_of=AS_OF).cells(values)


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ({"还款日": {"way": "start_day"}}, {}),
        ({"逾期天数": {"way": "from_since"}}, {}),
        ({"逾期起始日": {"way": "from_days"}}, {}),
        ({"数据日期": {"way": "file_name"}}, {}),
        ({"证件类型": {"constant": "身份证"}, "计息基准": {"constant": "360"}}, {}),
        ({"已还期数": {"of": ["当前期数"], "way": "before_current"}}, {"当前期数": "9"}),
        (
            {"已还期数": {"of": ["当前", "欠"], "way": "before_overdue"}},
            {"当前": "10", "欠": "2"},
        ),
        ({"还款方式": {"of": ["方式"], "codes": {"1": "等额本息"}}}, {"方式": "1"}),
        ({"罚息上浮(%)": {"of": ["罚息率"], "unit": "penal_fraction"}}, {"罚息率": "0.234"}),
    ],
)
def test_each_way_comes_to_what_the_file_would_say(columns, row):
    found = read(columns, row)
    for name in columns:
        assert found[name].removesuffix(".0000") == CELLS[name], name
    assert {name: found[name] for name in COLUMNS if name not in columns} == {
        name: CELLS[name] for name in COLUMNS if name not in columns
    }


def test_marks_of_nothing_are_nothing():
    columns = {
        "逾期起始日": {"of": ["逾期日"]},
        "逾期天数": {"way": "from_since"},
        "应收费用": {"of": ["违约金", "滞纳金"]},
    }
    row = {"逾期日": "/", "违约金": "/", "滞纳金": "3.00"}
    found = read(columns, row, nothing=["/"])
    assert (found["逾期起始日"], found["逾期天数"], found["应收费用"]) == ("", "0", "3.00")


def test_a_heading_that_is_not_there_or_stands_twice_is_named():
    told = map_of({"columns": {name: {"of": [name]} for name in COLUMNS}})
    with pytest.raises(MapFaulty, match="没有“借据号”"):
        MappedRows(told, [one for one in COLUMNS if one != "借据号"], as_of=AS_OF)
    with pytest.raises(MapFaulty, match="2 列叫“借据号”"):
        MappedRows(told, [*COLUMNS, "借据号"], as_of=AS_OF)
    by_place = map_of({"columns": {name: {"of": [f"#{n}"]} for n, name in enumerate(COLUMNS, 1)}})
    rows = MappedRows(by_place, ["甲"] * len(COLUMNS), as_of=AS_OF)
    assert rows.cells([CELLS[name] for name in COLUMNS]) == CELLS
    assert row_of(CELLS) == [CELLS[name] for name in COLUMNS]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("assets_20261120.csv", date(2026, 11, 20)),
        ("个人消费贷款台账（2026年11月20日）", date(2026, 11, 20)),
        ("台账2026-1-5终稿", date(2026, 1, 5)),
        ("20261120-20261121.csv", None),
        ("20261331.csv", None),
        ("20260230.csv", None),
        ("台账.csv", None),
    ],
)
def test_the_day_in_a_name_or_title(text, day):
    assert day_in(text) == day


@pytest.mark.parametrize(
    ("cells", "closes"),
    [
        (["合计", "", "", "100.00", "", ""], True),
        (["", "以上共", "61", "", "", ""], False),
        (["制表人：", "张三", "", "", "", ""], True),
        (["合计", "1", "2", "3", "4", "5"], False),  # as full as a row of a loan
        (["JJ1", "", "", "", "", ""], False),
        ([], False),
    ],
)
def test_rows_that_only_close_a_table(cells, closes):
    assert is_closing(cells, ("合计", "制表"), 6) is closes
