"""A database session for one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from sqlalchemy.orm import Session

from app.web.context import Runtime


def runtime() -> Runtime:
    """Return what the application was made with."""
    found: Runtime = current_app.extensions["anhuan"]
    return found


@contextmanager
def opened() -> Iterator[Session]:
    """Open a session and close it afterwards."""
    sessions = runtime().sessions
    assert sessions is not None  # noqa: S101 - bound by create_app
    with sessions() as session:
        yield session
