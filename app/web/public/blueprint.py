"""Pages for anyone."""

from flask import Blueprint

bp = Blueprint("public", __name__)

from app.web.public import (  # noqa: E402, F401 - routes attach themselves
    callback_routes,
    check_routes,
    document_routes,
    start_routes,
)
