"""Holds that run, for who collects."""

from datetime import datetime

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.domain.calendar import BEIJING
from app.services.api_keys.queries import READ_HOLDS
from app.services.contact.held_queries import LoanHeld, held_page
from app.web.api.blueprint import bp
from app.web.api.document import answers, spec
from app.web.api.guard import machine_required
from app.web.api.reading import query
from app.web.api.shapes import HoldsOut, HoldsQuery
from app.web.context import db_session, now


@bp.get("/holds")
@machine_required(READ_HOLDS)
@spec.validate(
    query=HoldsQuery,
    resp=answers(HTTP_200=(HoldsOut, "一页")),
    operation_id="holds",
    skip_validation=True,
)
def holds() -> ResponseReturnValue:
    """现在有效的暂停催收

    一页一页地取，直到 next 为 null。
    """
    asked = query(HoldsQuery)
    page = held_page(db_session(), at=now(), after=asked.after, limit=asked.limit)
    return jsonify(holds=[_told(one) for one in page.holds], next=page.next_after)


def _told(one: LoanHeld) -> dict[str, str | None]:
    return {
        "loan_ref": one.loan_ref,
        "customer_no": one.customer_no,
        "cause": one.cause,
        "held_from": _instant(one.from_at),
        "held_until": _instant(one.until_at) if one.until_at else None,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="seconds")
