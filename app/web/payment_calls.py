"""Where channels tell what became of orders and refunds: signed, stored first, then done."""

import structlog
from flask import Blueprint, Flask, Response, abort, g, request
from flask.typing import ResponseReturnValue

from app.ports.payments import NotGenuine
from app.services.paying.taking import take_telling
from app.services.paying.tellings import keep_telling, refuse_telling
from app.web.access import public
from app.web.context import db_session, gateways, visitor_context

bp = Blueprint("payment_calls", __name__)
log = structlog.get_logger()


def install(app: Flask) -> None:
    """A channel has no page of ours and so no token of a form; what it says it signs."""
    app.extensions["csrf"].exempt(bp)
    app.before_request(_keep_bytes)


@bp.post("/pay/notify/<provider>")
@public
def payment_told(provider: str) -> ResponseReturnValue:
    """Take what a channel tells. Once it is stored the channel is thanked: what cannot be done at
    once the job `orders` does.
    """
    channel = gateways().payments.get(provider)
    if channel is None:
        abort(404)
    body, context = request.get_data(), visitor_context()
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        news = channel.read(headers, body)
    except NotGenuine:
        g.refused_why = "not_genuine"
        refuse_telling(db_session(), context, provider=provider)
        abort(400)
    if news is not None:
        event_id = keep_telling(db_session(), context, provider=provider, news=news, body=body)
        try:
            state = take_telling(db_session(), context, event_id=event_id)
        except Exception:
            # Stored is stored: told once more it would only come here again.
            log.exception("telling_left", provider=provider, event_id=event_id)
        else:
            log.info("telling", provider=provider, event_id=event_id, state=state)
    words, kind = channel.thanks()
    return Response(words, content_type=kind)


def _keep_bytes() -> None:
    if request.endpoint == "payment_calls.payment_told":
        request.get_data(cache=True)  # bounded like every request
