"""The machine interface: no session, no cookie, no token of a form; a key says who calls."""

from flask import Blueprint, Flask

from app.web.api import limits

bp = Blueprint("api", __name__, url_prefix="/api/v1")


def install(app: Flask) -> None:
    """A machine has no page of ours and so no token of a form; it shows its key."""
    app.extensions["csrf"].exempt(bp)
    limits.install(app, bp)


from app.web.api import document_routes, hold_routes, payment_routes  # noqa: E402, F401 - routes
