"""Words of column maps at the desk: units, ways, states, what custom calls a delimiter."""

from collections.abc import Mapping

from app.domain.id_papers import LABELS
from app.domain.loan import METHODS_BY_NAME
from app.domain.maps.column_map import CONSTANTS, WAYS, units_of
from app.domain.nightly_row import (
    BASES,
    BASIS,
    DAYS,
    ID_TYPE,
    METHOD,
    PAID,
)
from app.domain.texts import N_
from app.web.filters import translated

STATES: Mapping[str, str] = {
    "draft": N_("草稿"),
    "handed": N_("等另一位启用"),
    "active": N_("在用"),
    "replaced": N_("换成新的一版了"),
    "dropped": N_("作废"),
}
UNITS: Mapping[str, str] = {
    "yuan": N_("元"),
    "fen": N_("分"),
    "wan": N_("万元"),
    "percent": N_("百分数，一年"),
    "fraction": N_("小数，一年"),
    "wan_a_day": N_("万分之几，一天"),
    "percent_a_month": N_("百分数，一个月"),
    "penal_percent": N_("罚息利率，百分数"),
    "penal_fraction": N_("罚息利率，小数"),
    "penal_wan_a_day": N_("罚息利率，万分之几一天"),
    "penal_percent_a_month": N_("罚息利率，百分数一个月"),
    "date": N_("日期"),
    "serial": N_("表格里的日期数字"),
}
WAY_WORDS: Mapping[str, str] = {
    "start_day": N_("放款日期的那一天"),
    "from_days": N_("数据日期减去逾期天数"),
    "from_since": N_("数据日期减去逾期起始日"),
    "before_current": N_("当前期数减 1"),
    "before_overdue": N_("第一列减去第二列"),
    "file_name": N_("文件名里的日期"),
    "title": N_("表头上面的日期"),
}
SIGNS: Mapping[str, str] = {
    ",": N_("逗号"),
    "\t": N_("制表符"),
    ";": N_("分号"),
    "|": N_("竖线"),
}


def said(words: Mapping[str, str], code: str) -> str:
    return translated(words.get(code, code))


def unit_choices(column: str) -> list[tuple[str, str]]:
    """The units a column can be in, the built-in one first; none where there is no choice."""
    return [(one, said(UNITS, one)) for one in units_of(column)]


def way_choices(column: str) -> list[tuple[str, str]]:
    """How a column may follow where it has no cells."""
    return [(one, said(WAY_WORDS, one)) for one in WAYS.get(column, ()) if column != PAID]


def cell_ways(column: str) -> list[tuple[str, str]]:
    """What may be done with the cells of a column."""
    return [(one, said(WAY_WORDS, one)) for one in WAYS.get(column, ()) if column == PAID]


def meanings(column: str) -> list[str]:
    """What a code of a column can mean."""
    if column == METHOD:
        return list(dict.fromkeys(one.label for one in METHODS_BY_NAME.values()))
    if column == ID_TYPE:
        return [translated(one) for one in LABELS.values()]
    return [str(one) for one in BASES] if column == BASIS else []


def may_be_constant(column: str) -> bool:
    return column in CONSTANTS


def is_plain(column: str, told: Mapping[str, object]) -> bool:
    """Whether a column is read as it stands: nothing of it needs a person's look."""
    of = told.get("of") or ()
    units = units_of(column)
    usual = units[0] if units else ""
    is_usual = told.get("unit", usual) == usual and not told.get("way") and not told.get("codes")
    return isinstance(of, list) and len(of) == 1 and is_usual and column != DAYS
