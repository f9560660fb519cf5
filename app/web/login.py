"""Who is signed in: our session rows know, Flask-Login carries it. The cookie is a token."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from flask import Flask, Response, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, login_user, logout_user

from app.services.signin import sessions
from app.services.signin.sessions import CurrentUser, LapsedSession
from app.web import afterwards
from app.web.context import NOBODY, db_session, now, visitor_context

TOKEN = "_user_id"  # noqa: S105 - where Flask-Login puts what get_id() tells
TOKEN_BEFORE = "token"  # noqa: S105 - where the release before it had the same
STAYS_AT_SIGN_IN = ("lang", "size")
# where someone was going, and what they had read and confirmed of a text
GOES_ON = ("next", "signing")
NO_PERSON = ("static", "health.healthz", "health.readyz")


@dataclass(frozen=True)
class SignedInUser(UserMixin, CurrentUser):
    """The signed-in person, by the token that the browser carries: never by an id of theirs."""

    token: str = field(repr=False)
    lapsed: ClassVar[LapsedSession | None] = None

    def get_id(self) -> str:
        return self.token


class Visitor(AnonymousUserMixin):
    """Nobody signed in, with what pages ask of a person; `lapsed` where a session just ran out."""

    kind, who = "", NOBODY
    is_borrower = is_staff = False
    borrower_id = staff_id = None
    roles: frozenset[str] = frozenset()

    def __init__(self, lapsed: LapsedSession | None = None) -> None:
        self.lapsed = lapsed

    def has_role(self, *_roles: str) -> bool:
        return False

    def seconds_left(self, _now: datetime) -> int:
        return 0


class RowLogin(LoginManager):
    """Flask-Login without its remember cookie: nobody is signed in for longer than their row is."""

    # Flask-Login has no switch for this cookie: reading breaks on bytes that are not ASCII, and
    # writing touches the session at every answer, so that files would vary by cookie (ADR 0007).
    def _update_remember_cookie(self, response: Response) -> Response:
        return response

    def _load_user_from_remember_cookie(self, cookie: str) -> None:
        return None


login_manager = RowLogin()
login_manager.anonymous_user = Visitor
# An address that changes on the way is a phone on a train (ADR 0007).
login_manager.session_protection = None


def install(app: Flask) -> None:
    """Read who is signed in when a page first asks, once a request."""
    login_manager.init_app(app)
    app.before_request(_carry_over)


def begin(token: str) -> None:
    """Make this browser carry a new session; what it was doing goes on, no code asked for before is
    good.
    """
    session.pop(TOKEN, None)
    login_user(_holder_of(token))
    g.signed_in = True
    # Whatever else a visitor's cookie held goes: nothing prepared before the sign-in is carried
    # into it.
    _keep_only(*STAYS_AT_SIGN_IN, *GOES_ON, TOKEN)
    # A form read in this request has made a token of the old cookie: what is shown now needs a new.
    g.pop("csrf_token", None)


def forget() -> None:
    """Make this browser carry no session."""
    logout_user()
    _keep_only(*STAYS_AT_SIGN_IN)


def carried_token() -> str:
    """The token this browser carries, or nothing."""
    return str(session.get(TOKEN, ""))


def ask_no_more() -> None:
    """Where the database did not answer, the page that says so does not ask it who is signed in."""
    g.asks_no_more = True


def could_not_ask() -> None:
    """The same, and whoever it is may well be signed in."""
    ask_no_more()
    g.could_not_ask = True


@login_manager.user_loader
def _load(_token: object) -> SignedInUser | Visitor:
    # Files and signs of life must not cost a query, nor fail with the database.
    if request.endpoint in NO_PERSON or g.get("asks_no_more"):
        return Visitor()
    # The row is read once a request; an error page that asks again meets a visitor instead of the
    # same error.
    ask_no_more()
    return _holder_of(carried_token())


def _holder_of(token: str) -> SignedInUser | Visitor:
    found = sessions.read_session(db_session(), visitor_context(), token=token)
    if not isinstance(found, CurrentUser):
        return Visitor(found)
    if now() - found.last_seen_at >= sessions.TOUCH_EVERY:
        _touch_later(found.session_id)
    return SignedInUser(**vars(found), token=token)


def _touch_later(session_id: int) -> None:
    """A page never waits for a writer: that the session is in use is noted after the answer."""
    acting = visitor_context()
    afterwards.after_answer(lambda own: sessions.touch_session(own, acting, session_id=session_id))


def _carry_over() -> None:
    """A cookie of the release before names its token otherwise: nobody has to sign in anew."""
    if request.endpoint not in NO_PERSON and TOKEN_BEFORE in session:
        session.setdefault(TOKEN, session.pop(TOKEN_BEFORE))


def _keep_only(*names: str) -> None:
    # What is named stays, all else goes: a new key is forgotten at sign-in unless somebody decides
    # otherwise.
    stays = {name: session[name] for name in names if name in session}
    session.clear()
    session.update(stays)
