"""How long pages take, what was refused by which rule, who could not come in: names of routes,
rules and states, never of people, and no address as it was typed.
"""

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request

from app.services.core.transaction import REFUSED

PREFIX = "anhuan"
# Where a page is noticed to be slow, where it is promised to be (0.3), where a worker is lost.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10, 30)
METHODS = ("GET", "POST")
SIGN_IN = ".sign_in"
PLAIN = re.compile(r"[a-z0-9_.:]{1,60}")
# The package reads where its files lie once, from the environment.
FOLDER_NAME = "PROMETHEUS_MULTIPROC_DIR"


class PageFigures:
    """What workers count; each writes files of its own, and whoever is asked adds them up."""

    def __init__(self, registry: Any) -> None:
        from prometheus_client import Counter, Histogram

        def counter(name: str, text: str, *labels: str) -> Any:
            return Counter(f"{PREFIX}_{name}", text, labels, registry=registry)

        self.seconds: Any = Histogram(
            f"{PREFIX}_page_seconds",
            "Time of an answer, by route",
            ("endpoint", "method"),
            buckets=BUCKETS,
            registry=registry,
        )
        self.answers = counter("answers", "Answers by status", "status")
        self.errors = counter("errors", "Answers that say something broke", "endpoint", "status")
        self.refusals = counter("refusals", "Acts refused, by the rule's code", "endpoint", "rule")
        self.sign_ins = counter("sign_ins", "Sign-ins: ok, or why not", "audience", "result")

    def note(self, response: Response, seconds: float, session_info: Mapping[str, Any]) -> None:
        """Count one answer of the request that is under way."""
        endpoint = str(request.endpoint)
        method = request.method if request.method in METHODS else "other"
        status = str(response.status_code)
        self.seconds.labels(endpoint, method).observe(seconds)
        self.answers.labels(status).inc()
        if response.status_code >= 500:
            self.errors.labels(endpoint, status).inc()
        why = _plain(g.get("refused_why") or session_info.get(REFUSED) or "")
        if why:
            self.refusals.labels(endpoint, why).inc()
        self._note_sign_in(endpoint, why)

    def _note_sign_in(self, endpoint: str, why: str) -> None:
        audience, is_door, _page = endpoint.partition(SIGN_IN)
        if is_door and request.method == "POST" and (why or g.get("signed_in")):
            self.sign_ins.labels(audience, why or "ok").inc()


def figures_in(folder: Path) -> PageFigures:
    """Return the figures of this process, which are kept in a folder of this host."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER_NAME] = str(folder)
    from prometheus_client import CollectorRegistry

    return PageFigures(CollectorRegistry())


def install(app: Flask, figures: PageFigures) -> None:
    """Count every answer; before all else, so that reading a form counts too."""

    def begin() -> None:
        g.began = time.perf_counter()

    def note(response: Response) -> Response:
        session = g.get("db_session")
        began = g.get("began", time.perf_counter())
        figures.note(response, time.perf_counter() - began, session.info if session else {})
        return response

    app.before_request(begin)
    app.after_request(note)


def _plain(why: str) -> str:
    """A code as it is; of anything else only that there was something."""
    return why if not why or PLAIN.fullmatch(why) else "other"
