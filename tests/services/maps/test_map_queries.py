"""A version as the desk sees it: tried on its sample, nothing of a person shown whole."""

import pytest

from app.domain.errors import NotFound
from app.services.maps.map_queries import map_rows, map_view
from tests.support.acting import acting
from tests.support.layouts import CODES, DAY, ROWS
from tests.support.maps import drafted, in_use, save


@pytest.mark.parametrize("name", CODES)
def test_a_sample_is_read_as_the_file_will_be(session, vault, wu, name):
    row = drafted(session, vault, wu, name)
    view = map_view(session, acting(staff=wu, vault=vault), public_id=row.public_id)
    assert view.fault is None
    assert (view.trial.good, view.trial.refused) == (ROWS, 0)
    assert view.trial.principal_fen == 309_386_200
    first = view.trial.rows[0].cells
    assert first["数据日期"].replace("/", "").replace("-", "") == f"{DAY:%Y%m%d}"
    assert (first["姓名"], first["手机号码"]) == ("*雅", "190****0001")
    assert "侯嘉雅" not in repr(view)
    assert "990101197301068002" not in repr(view)


def test_what_keeps_it_from_reading_names_the_column(session, vault, wu):
    row = drafted(session, vault, wu)
    values = {**row.values, "columns": {**row.values["columns"], "借据号": {}}}
    save(session, vault, wu, row.public_id, values=values)
    view = map_view(session, acting(staff=wu, vault=vault), public_id=row.public_id)
    assert (view.trial, view.fault.column) == (None, "借据号")


def test_codes_of_the_sample_are_asked_for(session, vault, wu):
    row = drafted(session, vault, wu, "core.txt")
    view = map_view(session, acting(staff=wu, vault=vault), public_id=row.public_id)
    assert {one: set(codes) for one, codes in view.codes.items()} == {
        "证件类型": {"01"},
        "计息基准": {"A"},
        "还款方式": {"RPT01", "RPT02", "RPT03"},
    }


def test_the_list_begins_with_what_waits(session, vault, wu, chen):
    in_use(session, vault, wu, chen, "plain.csv", called="甲")
    drafted(session, vault, wu, "plain.csv", called="乙")
    in_use(session, vault, chen, wu, "plain.csv", called="丙")
    found = map_rows(session)
    assert [(one.name, one.state, one.made_by) for one in found] == [
        ("乙", "draft", "吴一"),
        ("丙", "active", "陈二"),
        ("甲", "active", "吴一"),
    ]
    gone = map_view(session, acting(staff=wu, vault=vault), public_id=found[1].public_id)
    assert (gone.trial, gone.headings, gone.may_activate) == (None, (), False)
    with pytest.raises(NotFound):
        map_view(session, acting(staff=wu, vault=vault), public_id="nothing")
