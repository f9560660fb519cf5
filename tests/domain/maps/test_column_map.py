"""What a map says, kept as JSON and taken back; what cannot be a map."""

import pytest

from app.domain.maps.column_map import MapFaulty, map_of, values_of
from app.domain.nightly_row import COLUMNS, REQUIRED_COLUMNS

PLAIN = {"columns": {name: {"of": [name]} for name in COLUMNS}}


def changed(column, **values):
    return {**PLAIN, "columns": PLAIN["columns"] | {column: values}}


def test_a_map_comes_back_as_it_was_kept():
    told = values_of(map_of(PLAIN | {"heading_row": 3, "nothing": ["--"], "sheet": "明细"}))
    assert values_of(map_of(told)) == told
    assert list(told["columns"]) == list(COLUMNS)


@pytest.mark.parametrize(
    ("values", "column"),
    [
        (changed("借据号"), "借据号"),
        (changed("借据号", constant="JJ1"), "借据号"),
        (changed("借据号", of=["甲", "乙"]), "借据号"),
        (changed("剩余本金", of=["甲"], unit="元"), "剩余本金"),
        (changed("姓名", of=["甲"], unit="fen"), "姓名"),
        (changed("还款日", way="from_days"), "还款日"),
        (changed("已还期数", of=["甲"], way="before_overdue"), "已还期数"),
        (changed("产品名称", of=["甲" * 81]), "产品名称"),
        (changed("余额", of=["甲"]), "余额"),
        (PLAIN | {"heading_row": 51}, ""),
        (PLAIN | {"delimiter": "、"}, ""),
        (PLAIN | {"encoding": "big5"}, ""),
    ],
)
def test_what_cannot_be_a_map_says_where(values, column):
    with pytest.raises(MapFaulty) as told:
        map_of(values)
    assert told.value.column == column


def test_days_and_since_do_not_follow_from_each_other():
    values = changed("逾期天数", way="from_since")
    values["columns"]["逾期起始日"] = {"way": "from_days"}
    with pytest.raises(MapFaulty, match="互相推算"):
        map_of(values)


@pytest.mark.parametrize("column", [one for one in REQUIRED_COLUMNS if one != "数据日期"])
def test_every_required_column_comes_from_somewhere(column):
    columns = {name: told for name, told in PLAIN["columns"].items() if name != column}
    with pytest.raises(MapFaulty):
        map_of({"columns": columns})
