"""Column maps, from a sample that is none to one that is in use."""

from io import BytesIO
from typing import Any

from tests.support.layouts import FOLDER


def mapping_columns(stage: Any) -> None:
    """A draft that is mistyped, handed over, activated by a second person."""
    with stage.database.sessions() as session:
        desk = stage.desk(session, "mapping", "admin")
        second = stage.desk(session, "activating-maps", "admin")
    page = desk.get("/admin/maps")
    page = desk.post_form(page, name="", _button="读样本")
    broken = (BytesIO(b"1,2\n"), "a.csv")
    page = desk.post_form(page, name="台账", sample=broken, _button="读样本")
    sample = (BytesIO((FOLDER / "collection.csv").read_bytes()), "collection.csv")
    page = desk.post_form(page, name="台账", sample=sample, _button="读样本")
    address = page.request.path
    page = desk.post_form(page, _action=address, _button="存好再试读", heading_row="9")
    page = desk.post_form(page, _action=address, _button="存好再试读", heading_row="1")
    desk.post_form(page, _action=address, _button="存好，交给另一位启用")
    page = second.get(address)
    second.post_form(page, _action=f"{address}/activate", _button="看过了，启用")
