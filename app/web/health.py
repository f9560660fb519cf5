"""Whether the process lives and whether its database answers, for those who watch it."""

import json
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.domain.calendar import beijing_date
from app.services.core.context import Actor, Context
from app.services.keeping.coverage_queries import coverage
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
        work, money = (_work(), _money()) if is_ready else (None, None)
    except SQLAlchemyError:
        is_ready, work, money = False, None, None

    told = {"database": "ok" if is_ready else "not ready", "work": work, "repayments": money}
    answer = Response(json.dumps(told) + "\n", mimetype="application/json")
    answer.status_code = 200 if is_ready else 503
    return answer


def _work() -> dict[str, Any]:
    # Nobody is asked who they are: an answer to a watcher must not vary by cookie.
    surroundings = Context(now(), Actor(NOBODY), gateways(), site())
    health = work_health(db_session(), surroundings)
    return {"state": "ok" if health.is_well else "look", **asdict(health)}


def _money() -> dict[str, Any]:
    """Up to which day money is on record: a file that lacks keeps plans from being judged."""
    found = coverage(db_session(), today=beijing_date(now()))
    return {
        "state": "look" if found.lacks_since_on else "ok",
        "covered_until": found.until_on.isoformat() if found.until_on else None,
    }
