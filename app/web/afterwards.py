"""Work for after the answer: it has left before the work begins, so that its time tells nothing."""

import logging
from collections.abc import Callable

from flask import Flask, Response, g

Work = Callable[[], object]
log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    app.after_request(_attach)


def after_answer(work: Work) -> None:
    """Do this once the answer is with the visitor. The request's session is closed by then; failures are logged."""
    g.setdefault("afterwards", []).append(work)


def _attach(response: Response) -> Response:
    for work in g.pop("afterwards", []):
        response.call_on_close(_guarded(work))
    return response


def _guarded(work: Work) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        except Exception:
            log.exception("work after the answer broke")

    return run
