"""Work for after the answer: it has left before the work begins, so that its time tells nothing."""

import logging
from collections.abc import Callable

from flask import Flask, Response, g
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.web.context import runtime
from app.writers import PATIENCE, is_busy

Work = Callable[[Session], object]
# A thread and a connection wait meanwhile.
PATIENCE_MS = 1_000
log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    app.after_request(_attach)


def after_answer(work: Work) -> None:
    """Do this once the answer is with the visitor, with a database session of its own; failures are
    logged. Only for what the next page does again: it does not wait long for others who write.
    """
    g.setdefault("afterwards", []).append(work)


def _attach(response: Response) -> Response:
    factory = runtime().sessions
    if factory is not None:
        for work in g.pop("afterwards", []):
            # Run when the server closes the answer: the visitor has all of it by then.
            response.call_on_close(_guarded(work, factory))
    return response


def _guarded(work: Work, factory: sessionmaker[Session]) -> Callable[[], None]:
    patient_for_a_moment = factory.kw["bind"].execution_options(**{PATIENCE: PATIENCE_MS})

    def run() -> None:
        try:
            # The request's session is closed by now, and its transaction with it.
            with factory(bind=patient_for_a_moment) as own:
                work(own)
        except Exception as problem:
            if isinstance(problem, OperationalError) and is_busy(problem):
                log.warning("work after the answer was left: others were writing")
            else:
                log.exception("work after the answer broke")

    return run
