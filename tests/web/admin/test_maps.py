"""Column maps at the desk: made from a sample by one, activated by another, nothing lost."""

from io import BytesIO

import pytest
from sqlalchemy import select

from app.models import ColumnMapVersion
from tests.support.layouts import CODES, FOLDER, HEADINGS, ROWS, SHEETS
from tests.support.page_reading import find_form
from tests.support.people import make_staff, sign_in_staff


@pytest.fixture
def wu(client, session):
    staff = make_staff(session, "admin", username="wu", display_name="吴一")
    return sign_in_staff(client, session, staff)


@pytest.fixture
def chen(app, session):
    staff = make_staff(session, "admin", username="chen", display_name="陈二")
    return sign_in_staff(app.test_client(), session, staff)


def begin(desk, _file="collection.csv", **typed):
    sample = (BytesIO((FOLDER / _file).read_bytes()), _file)
    told = {"name": "台账", "sheet": SHEETS.get(_file, ""), "sample": sample} | typed
    return desk.post_form(desk.get("/admin/maps"), _button="读样本", **told)


def save(desk, page, button="存好再试读", **typed):
    return desk.post_form(page, _action=page.request.path, _button=button, **typed)


def typed(page, name):
    """What stands in the fields of a name, in their order."""
    return [value for one, value in find_form(page.page, page.request.path).values if one == name]


def meant(page, name):
    """What each code means, as the page asks for it."""
    fields = {one for one, _value in find_form(page.page, page.request.path).values}
    codes = [one for one in fields if one.endswith("-code")]
    return {
        one.replace("-code", "-means"): [CODES[name][code] for code in typed(page, one)]
        for one in codes
    }


def only(session):
    session.rollback()
    return session.scalars(select(ColumnMapVersion)).one()


@pytest.mark.parametrize("name", CODES)
def test_each_layout_is_proposed_tried_and_shown(wu, name):
    page = begin(wu, name)
    text = page.page.text()
    assert f"样本 {name}" in text
    assert typed(page, "heading_row") == [str(HEADINGS.get(name, 1))]
    if CODES[name]:
        # Codes of their own are what nobody can guess: then all is read.
        assert " 0 行读得进" in f" {text.partition('试读好了，')[2]}"
        text = save(wu, page, **meant(page, name)).page.text()
    assert f"{ROWS} 行读得进" in text
    for personal in ("侯嘉雅", "990101197301068002", "19007300001", "190-0730-0001"):
        assert personal not in page.get_data(as_text=True)


def test_made_by_one_and_activated_by_another(wu, chen, session):
    page = begin(wu, "plain.csv")
    page = save(wu, page, nothing="-- /")
    assert f"{ROWS} 行读得进" in page.page.text()
    page = save(wu, page, button="存好，交给另一位启用")
    text = page.page.text()
    assert "等另一位启用" in text
    assert "看过了，启用" not in text

    page = chen.follow(chen.get("/admin/maps"), "打开")
    page = chen.post_form(page, _action="/activate", _button="看过了，启用")
    text = page.page.text()
    assert "在用" in text
    assert "样本已经删了" in text
    row = only(session)
    assert (row.state, row.values["nothing"]) == ("active", ["--", "/"])


def test_a_wrong_heading_row_is_told_kept_and_mended(wu, session):
    page = save(wu, begin(wu), heading_row="9", nothing="无")
    assert "还读不了样本" in page.page.text()
    row = only(session)
    assert (row.values["heading_row"], row.values["nothing"]) == (9, ["无"])
    page = save(wu, page, button="存好，交给另一位启用")
    assert only(session).state == "draft"
    page = save(wu, page, heading_row="1")
    assert "还读不了样本" not in page.page.text()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"name": ""}, "请给列对照起一个名字"),
        ({"name": "甲/乙"}, "不要用斜线和引号"),
        ({"sample": (BytesIO(b""), "")}, "请选一个样本文件"),
        ({"sample": (BytesIO(b""), "a.csv")}, "文件是空的"),
        ({"sample": (BytesIO(b"1,2\n3,4\n"), "a.csv")}, "没有看到表头"),
        ({"sample": (BytesIO(b"PK\x03\x04broken"), "a.xlsx")}, "打不开"),
    ],
)
def test_a_sample_that_is_none_is_told_and_the_name_stays(wu, session, told, words):
    page = begin(wu, **told)
    assert words in page.page.text()
    assert session.scalars(select(ColumnMapVersion)).all() == []
    assert ("name", told.get("name", "台账")) in find_form(page.page, "/admin/maps").values


def test_an_old_page_saves_nothing_over_a_newer_one(wu):
    page = begin(wu)
    save(wu, page, nothing="甲")
    text = save(wu, page, nothing="乙").page.text()
    assert "刚才在别处改过" in text


def test_a_colleague_sees_and_cannot_change(wu, chen):
    address = begin(wu).request.path
    text = chen.get(address).page.text()
    assert "存好再试读" not in text
    page = chen.get(address)
    page = chen.post_form(page, _action=f"{address}/act", act="drop")
    assert "作废" in page.page.text()
