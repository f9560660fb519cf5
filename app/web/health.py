"""Whether the process lives and whether its database answers, for those who watch it."""

import json
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.services.core.context import Actor, Context
from app.services.work.work_queries import work_health
from app.web.access import public
from app.web.context import NOBODY, db_session, gateways, now, site

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Ready once the database answers and the migrations were run on it. How the background work
    does stands beside it and closes no page: who watches reads it.
    """
    try:
        # One row is one head: none means that no migration ran, two that they forked.
        is_ready = db_session().scalar(text("SELECT count(*) FROM alembic_version")) == 1
        work = _work() if is_ready else None
    except SQLAlchemyError:
        is_ready, work = False, None

    told = {"database": "ok" if is_ready else "not ready", "work": work}
    answer = Response(json.dumps(told) + "\n", mimetype="application/json")
    answer.status_code = 200 if is_ready else 503
    return answer


def _work() -> dict[str, Any]:
    # Nobody is asked who they are: an answer to a watcher must not vary by cookie.
    surroundings = Context(now(), Actor(NOBODY), gateways(), site())
    health = work_health(db_session(), surroundings)
    return {"state": "ok" if health.is_well else "look", **asdict(health)}
