"""A version of a map: its maker changes it, another person activates it, one is in use a name."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.domain.maps.column_map import MapFaulty
from app.integrations.sheets.delimited import DelimitedTable
from app.models import AuditEntry, ColumnMapVersion
from app.services.maps import drafting
from app.services.maps.reading_queries import NoSuchMap, active_map
from app.services.maps.samples import NoHeadings, opened
from app.services.maps.steps import MapChanged, MapOver
from tests.support.acting import acting
from tests.support.layouts import FOLDER, ROWS, table_of
from tests.support.maps import drafted, hand, in_use, map_row, save


@pytest.fixture
def begun(session, vault, wu):
    return drafted(session, vault, wu)


def test_a_sample_is_sealed_and_gone_once_the_map_is_in_use(session, vault, wu, chen, begun):
    assert "侯嘉雅".encode() not in begun.sample_enc
    sample = opened(acting(vault=vault), begun)
    assert len(sample.kept) == ROWS + 1
    assert list(sample.kept[1].cells)[:3] == ["JJ26710000002", "HT26710000002", "侯嘉雅"]
    assert in_use(session, vault, wu, chen).sample_enc is None


def test_versions_of_a_name_are_counted_and_one_is_in_use(session, vault, wu, chen):
    first = in_use(session, vault, wu, chen, called="台账")
    assert active_map(session, name="台账")[1] == "台账 第 1 版"
    second = in_use(session, vault, chen, wu, called="台账")
    assert (first.number, second.number) == (1, 2)
    assert map_row(session, first.public_id).state == "replaced"
    assert active_map(session, name="台账")[1] == "台账 第 2 版"
    with pytest.raises(NoSuchMap, match="在用的有：台账"):
        active_map(session, name="别的")


def test_who_made_it_never_activates_it_from_no_account(session, vault, wu, chen, begun):
    hand(session, vault, wu, begun.public_id)
    row = map_row(session, begun.public_id)
    asked = {"public_id": row.public_id, "edition": row.edition}
    with pytest.raises(drafting.MapMakerActivates):
        drafting.activate_map(session, acting(staff=wu, vault=vault), **asked)
    with pytest.raises(MapChanged):
        drafting.activate_map(session, acting(staff=chen, vault=vault), **asked | {"edition": 1})
    drafting.activate_map(session, acting(staff=chen, vault=vault), **asked)
    drafting.activate_map(session, acting(staff=chen, vault=vault), **asked)  # once
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert actions == [f"column_map.{one}" for one in ("drafted", "edited", "handed", "activated")]


def test_only_its_maker_changes_it_and_only_while_it_is_a_draft(session, vault, wu, chen, begun):
    with pytest.raises(drafting.NotTheMapMaker):
        save(session, vault, chen, begun.public_id)
    hand(session, vault, wu, begun.public_id)
    with pytest.raises(MapOver):
        save(session, vault, wu, begun.public_id)
    drafting.take_back_map(session, acting(staff=wu, vault=vault), public_id=begun.public_id)
    save(session, vault, wu, begun.public_id)
    drafting.drop_map(session, acting(staff=chen, vault=vault), public_id=begun.public_id)
    drafting.drop_map(session, acting(staff=chen, vault=vault), public_id=begun.public_id)
    row = map_row(session, begun.public_id)
    assert (row.state, row.sample_enc) == ("dropped", None)
    with pytest.raises(MapOver):
        save(session, vault, wu, begun.public_id)
    save_nothing = {"public_id": "x", "edition": 1, "values": {}}
    with pytest.raises(NotFound):
        drafting.save_map(session, acting(staff=wu, vault=vault), **save_nothing)


@pytest.mark.parametrize(
    "columns",
    [
        {"借据号": {}},
        {"借据号": {"of": ["没有的列"]}},
        {"剩余本金": {"of": ["本金"], "unit": "斤"}},
    ],
)
def test_what_cannot_read_its_own_sample_is_kept_but_not_handed_over(
    session, vault, wu, begun, columns
):
    values = {**begun.values, "columns": {**begun.values["columns"], **columns}}
    save(session, vault, wu, begun.public_id, values=values)
    with pytest.raises(MapFaulty):
        hand(session, vault, wu, begun.public_id)
    assert map_row(session, begun.public_id).values == values


@pytest.mark.parametrize("name", ["", "  ", "甲" * 41, 'a"b', "a/b"])
def test_a_name_is_short_and_plain(session, vault, wu, name):
    with pytest.raises(drafting.MapNameFaulty):
        drafting.begin_map(
            session, acting(staff=wu, vault=vault), name=name, table=table_of("plain.csv")
        )
    assert session.scalars(select(ColumnMapVersion)).all() == []


def test_a_file_without_headings_is_told(session, vault, wu, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1,2,3\n4,5,6\n", encoding="utf-8")
    with pytest.raises(NoHeadings):
        drafting.begin_map(
            session, acting(staff=wu, vault=vault), name="台账", table=DelimitedTable(path)
        )


def test_codes_further_down_and_the_last_rows_are_in_the_sample(session, vault, wu, tmp_path):
    lines = (FOLDER / "collection.csv").read_text(encoding="gb18030").splitlines()
    many = [lines[0], *lines[1:] * 4]
    many[200] = many[200].replace("\t16.2\t1\t", "\t16.2\t7\t").replace("\t27.375\t2\t", "\t1\t7\t")
    path = tmp_path / "many.csv"
    path.write_text("\n".join([*many, "合计\t100"]), encoding="gb18030")
    public_id = drafting.begin_map(
        session, acting(staff=wu, vault=vault), name="台账", table=DelimitedTable(path)
    )
    row = map_row(session, public_id)
    sample = opened(acting(vault=vault), row)
    assert sample.kept[-1].cells == ["合计", "100"]
    assert len(sample.kept) < 130
    assert set(row.values["columns"]["还款方式"]["codes"]) >= {"1", "2", "3"}
