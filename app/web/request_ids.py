"""Every request has a name: in the answer, in each line of the log about it, in the work and the
messages it causes, and read out where something broke.
"""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from app.web.context import request_id

HEADER = "X-Request-ID"
# As nginx makes it; anything else a caller may have made up.
WELL_FORMED = re.compile(r"[0-9a-f]{32}")
# So much of it is read out and finds it in the log.
READ_CHARS, GROUP = 12, 4
# Nobody asks what came of these.
UNTOLD = ("static", "health.healthz", "health.readyz")
log = structlog.get_logger()


def install(app: Flask, *, is_behind_proxy: bool) -> None:
    """Name requests; a name that comes along counts only from a proxy of ours."""

    def begin() -> None:
        given = request.headers.get(HEADER, "") if is_behind_proxy else ""
        g.request_id = given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex
        g.request_began = time.perf_counter()
        # Threads serve one request after another: nothing of the one before may stay.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    app.before_request(begin)
    app.after_request(_tell)
    app.jinja_env.globals["read_out"] = read_out


def read_out() -> str:
    """The beginning of this request's name in groups, as one reads it to somebody on the phone."""
    named = request_id()[:READ_CHARS]
    return " ".join(named[n : n + GROUP] for n in range(0, len(named), GROUP))


def _tell(response: Response) -> Response:
    """One line: which page and how it ended. No address as it was typed, no number, no name."""
    if "request_id" not in g:  # refused before it was named
        return response
    response.headers[HEADER] = g.request_id
    if request.endpoint not in UNTOLD:
        taken = time.perf_counter() - g.request_began
        log.info(
            "request",
            method=request.method if request.endpoint else "-",
            endpoint=request.endpoint,
            status=response.status_code,
            milliseconds=int(taken * 1000),
        )
    return response
