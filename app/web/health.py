"""Whether the process lives and whether its database answers, for those who watch it."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.web.access import public
from app.web.context import db_session

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Ready once the database answers and the migrations were run on it."""
    try:
        # One row is one head: none means that no migration ran, two that they forked.
        is_ready = db_session().scalar(text("SELECT count(*) FROM alembic_version")) == 1
    except SQLAlchemyError:
        is_ready = False

    return Response(
        "ok\n" if is_ready else "database not ready\n",
        200 if is_ready else 503,
        mimetype="text/plain",
    )
