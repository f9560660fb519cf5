"""What two administrators make: column maps from a sample, a version of the policy."""

from io import BytesIO
from typing import Any

from app.services.policies.drafting import drop_draft
from tests.support.acting import acting
from tests.support.layouts import FOLDER

WORDS = "这个数要还很久，想和您一起再看看。"


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


def drafting_the_policy(stage: Any) -> None:
    """A draft that was begun, mistyped, handed over, and waits for a second person."""
    with stage.database.sessions() as session:
        desk = stage.desk(session, "drafting", "admin")
        second = stage.desk(session, "activating", "admin")
        # One is open at a time.
        drop_draft(session, acting(), public_id=stage.world.policy_draft)
    page = desk.post_form(desk.get("/admin/policies"), _button="起草下一版")
    address = page.request.path
    page = desk.post_form(page, _action=address, _button="存草稿", visit_people=WORDS)
    page = desk.post_form(page, _action=address, _button="交给另一位", visit_people="17")
    second.follow(second.get("/admin/policies"), "打开草稿")
