"""Who may see a page: decorators that read as policy. Every route carries exactly one audience."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, abort, flash, g, request, session
from flask_babel import gettext

from app.services.core.context import Actor
from app.services.signin import sessions
from app.services.signin.sessions import CurrentUser, LapsedSession
from app.web import afterwards, kept
from app.web.context import context, db_session, now, requester
from app.web.returning import address_after_post, remember_page, send

View = Callable[..., Any]
TOKEN = "token"  # noqa: S105 - the name of a value
STAYS_AT_SIGN_IN = ("lang", "size")
# where someone was going, and what they had read and confirmed of a text
GOES_ON = (
    "next",
    "signing",
)
NO_PERSON = ("static", "health.healthz", "health.readyz")


def public(view: View) -> View:
    """Anyone, signed in or not."""
    view.audience = "public"  # type: ignore[attr-defined]
    return view


def borrower_required(view: View) -> View:
    """A signed-in borrower who has agreed to the current documents; others go to sign-in and come
    back.
    """
    return _guard(view, "borrower", lambda: _turn_away("borrower") or _ask_to_agree())


def borrower_before_agreement(view: View) -> View:
    """A signed-in borrower, agreed or not yet: the agreement page itself, and leaving."""
    return _guard(view, "borrower", lambda: _turn_away("borrower"))


def staff_required(*roles: str) -> Callable[[View], View]:
    """Signed-in staff holding one of the roles now (checked at every request); any staff where none
    is named.
    """
    audience = ":".join(filter(None, ("staff", ",".join(sorted(roles)))))
    return lambda view: _guard(view, audience, lambda: _turn_away("staff", roles))


def step_up_required(view: View) -> View:
    """The password again within the last five minutes for a weighty act; goes below staff_required.

    What was typed is kept, and shown again on its page after the password.
    """

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        if user().is_fresh(now()):
            return view(*args, **values)
        kept.keep(user().session_id)
        remember_page()
        return send("admin.confirm")

    guarded.needs_step_up = True  # type: ignore[attr-defined]
    return guarded


def user() -> CurrentUser:
    """The signed-in person; only on pages that require one."""
    found: CurrentUser | None = g.user
    if found is None:
        abort(401)
    return found


def me() -> int:
    """The signed-in borrower's id."""
    found = user().borrower_id
    if found is None:
        abort(401)
    return found


def staff_id() -> int:
    """The signed-in member of staff's id."""
    found = user().staff_id
    if found is None:
        abort(401)
    return found


def actor() -> Actor:
    """Who acts and from where, for the audit trail."""
    return Actor(user().who, requester())


def begin(token: str) -> None:
    """Make this browser carry a new session; what it was doing goes on, no code asked for before is
    good.
    """
    stays = {name: session[name] for name in (*STAYS_AT_SIGN_IN, *GOES_ON) if name in session}
    session.clear()
    session.update(stays)
    session[TOKEN] = token


def forget() -> None:
    """Make this browser carry no session."""
    stays = {name: session[name] for name in STAYS_AT_SIGN_IN if name in session}
    session.clear()
    session.update(stays)


def token() -> str:
    """The token this browser carries, or nothing."""
    return str(session.get(TOKEN, ""))


def install(app: Flask) -> None:
    """Load the signed-in person once a request."""
    afterwards.install(app)
    app.before_request(_load)
    app.context_processor(_person)


def _load() -> None:
    g.user, g.lapsed = None, None
    carried = "" if request.endpoint in NO_PERSON else token()
    if not carried:
        return
    found = sessions.read_session(db_session(), context(), token=carried)
    if isinstance(found, LapsedSession):
        g.lapsed = found
    elif found is not None:
        g.user = found
        if now() - found.last_seen_at >= sessions.TOUCH_EVERY:
            _touch_later(found.session_id)


def _touch_later(session_id: int) -> None:
    """A page never waits for a writer: that the session is in use is noted after the answer."""
    acting = context()
    afterwards.after_answer(lambda own: sessions.touch_session(own, acting, session_id=session_id))


def _person() -> dict[str, Any]:
    found: CurrentUser | None = g.get("user")
    return {
        "user": found,
        "idle_seconds": found.seconds_left(now()) if found else 0,
        "idle_warning_seconds": int(sessions.IDLE_WARNING.total_seconds()),
        "address_after_post": address_after_post,
    }


def _guard(view: View, audience: str, turn_away: Callable[[], Any]) -> View:
    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        answer = turn_away()
        return answer if answer is not None else view(*args, **values)

    guarded.audience = audience  # type: ignore[attr-defined]
    return guarded


def _turn_away(kind: str, roles: tuple[str, ...] = ()) -> Any:
    found: CurrentUser | None = g.user
    if found is None or found.kind != kind:
        if g.lapsed is not None and g.lapsed.kind == kind:
            kept.keep(g.lapsed.session_id)
            flash(gettext("您有一会儿没操作，已经自动退出。填过的都存着，登录后接着来。"))
        remember_page()
        return send("borrower.sign_in" if kind == "borrower" else "admin.sign_in")
    if roles and not found.has_role(*roles):
        abort(403)
    kept.settle(found)
    return None


def _ask_to_agree() -> Any:
    if user().has_agreed:
        return None
    remember_page()
    return send("borrower.agree")
