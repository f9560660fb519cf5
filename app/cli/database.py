"""A database session for one command."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import current_app
from sqlalchemy.orm import Session

from app.services.core.context import Actor, Context
from app.web.context import Runtime


def context(actor: Actor) -> Context:
    """Return the surroundings of a command that acts now."""
    return surroundings(actor)()


def surroundings(actor: Actor) -> Callable[[], Context]:
    """Return what tells the surroundings as time goes on, also in threads of their own, which know
    of no application.
    """
    found = runtime()
    return lambda: Context(found.clock.now(), actor, found.gateways, found.site)


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
