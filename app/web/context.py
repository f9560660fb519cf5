"""What every page needs of its surroundings: database session, clock, gateways, site."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import Flask, current_app, g, request, session
from flask_login import current_user
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.local import LocalProxy

from app.domain.policy import Policy
from app.ports.clock import Clock
from app.ports.gateways import Gateways
from app.ports.site import Site
from app.services.core.context import Actor, Context, StaffMember
from app.services.core.policy import active_policy

BROWSER = "browser"
NOBODY = "visitor:-"  # as the audit trail knows who is not signed in
ADDRESS_CHARS = 64  # what the tables hold; a proxy of ours may pass on anything


@dataclass
class Runtime:
    """Set once at start, read by pages."""

    gateways: Gateways
    clock: Clock
    site: Site
    is_production: bool
    sessions: sessionmaker[Session] | None = field(default=None)

    def bind(self, sessions: sessionmaker[Session]) -> None:
        self.sessions = sessions


def install(app: Flask, runtime: Runtime) -> None:
    app.extensions["anhuan"] = runtime
    app.teardown_appcontext(_close_session)
    # globals, so that imported macros see them too
    app.jinja_env.globals["site"] = runtime.site
    # Where no channel collects there is the bank alone.
    app.jinja_env.globals["pays_here"] = bool(runtime.gateways.payments)
    app.jinja_env.globals["policy"] = LocalProxy(policy)


def runtime() -> Runtime:
    found: Runtime = current_app.extensions["anhuan"]
    return found


def db_session() -> Session:
    """One session a request."""
    if "db_session" not in g:
        factory = runtime().sessions
        assert factory is not None  # noqa: S101 - bound by create_app
        g.db_session = factory()
    found: Session = g.db_session
    return found


def now() -> datetime:
    """One instant a request, so that a page never disagrees with itself."""
    if "now" not in g:
        g.now = runtime().clock.now()
    found: datetime = g.now
    return found


def gateways() -> Gateways:
    return runtime().gateways


def site() -> Site:
    return runtime().site


def policy() -> Policy:
    """The policy in force: pages take its numbers from here, at one query a request."""
    return active_policy(db_session())[1]


def requester() -> str:
    """Where the request comes from: the peer's address, through trusted proxies only."""
    # Headers count only through the proxies the installation names, else anyone could choose where
    # they come from.
    return (request.remote_addr or "-")[:ADDRESS_CHARS]


def request_id() -> str:
    """The name of this request, in the log and in what it causes."""
    return str(g.get("request_id", ""))


def this_browser() -> str:
    """A name for this browser, made up when it is first asked for and kept in its session."""
    if BROWSER not in session:
        session[BROWSER] = secrets.token_urlsafe(32)
    return str(session[BROWSER])


def context() -> Context:
    """Who acts, from where, when and with which gateways, for a use case."""
    acting = visitor_context().by(Actor(current_user.who, requester()))
    return replace(acting, member=_member())


def visitor_context() -> Context:
    """The same where nobody is signed in, or it is still to be read who is."""
    actor = Actor(NOBODY, requester())
    return Context(now(), actor, gateways(), site(), request_id=request_id())


def _member() -> StaffMember | None:
    who = current_user
    if who.staff_id is None:
        return None
    return StaffMember(who.staff_id, who.public_id, who.person_id, who.roles)


def _close_session(_error: BaseException | None) -> None:
    found = g.pop("db_session", None)
    if found is not None:
        found.close()
