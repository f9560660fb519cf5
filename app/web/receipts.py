"""Where providers tell what became of the messages they took."""

import structlog
from flask import Blueprint, Flask, abort, g, jsonify, request
from flask.typing import ResponseReturnValue

from app.ports.sms import ReceiptsUnreadable
from app.services.outbox.receipts import take_receipts
from app.web.access import public
from app.web.context import db_session, gateways, visitor_context

bp = Blueprint("receipts", __name__)
log = structlog.get_logger()


def install(app: Flask) -> None:
    """A provider has no page of ours and so no token of a form; it has the key in its address."""
    app.extensions["csrf"].exempt(bp)


@bp.post("/sms/receipts/<provider>/<key>")
@public
def receipts(provider: str, key: str) -> ResponseReturnValue:
    """Store what a provider tells; without its key there is no such page."""
    found = gateways().receipts.get(provider)
    if found is None or not found.is_its_key(key):
        g.refused_why = "receipt_key"
        abort(404)
    try:
        told = found.read(request.get_data())  # bounded like every request
    except ReceiptsUnreadable:
        g.refused_why = "receipt_unreadable"
        abort(400)
    count = take_receipts(db_session(), visitor_context(), provider=provider, receipts=told)
    log.info("sms_receipts", provider=provider, kept=count.kept, unknown=count.unknown)
    return jsonify(dict(found.thanks))
