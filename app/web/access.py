"""Who may see a page: decorators that read as policy. Every route carries exactly one audience."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, abort, current_app, flash, request
from flask_login import current_user

from app.services.signin.sessions import IDLE_WARNING
from app.web import afterwards, login, stepping_up, typed_answers
from app.web.catalogues import gettext
from app.web.context import now
from app.web.login import login_manager
from app.web.returning import address_after_post, remember_page, send

View = Callable[..., Any]
SIGN_IN = {"borrower": "borrower.sign_in", "staff": "admin.sign_in"}


def public(view: View) -> View:
    """Anyone, signed in or not."""
    # Also for anyone: a route without an audience is a mistake that a test finds, not a public
    # page.
    view.audience = "public"  # type: ignore[attr-defined]
    return view


def borrower_required(view: View) -> View:
    """A signed-in borrower who has agreed to the current documents; others go to sign-in and come
    back.
    """
    return _guard(view, "borrower", _ask_to_agree)


def borrower_before_agreement(view: View) -> View:
    """A signed-in borrower, agreed or not yet: the agreement page itself, and leaving."""
    return _guard(view, "borrower", lambda: None)


def staff_required(*roles: str) -> Callable[[View], View]:
    """Signed-in staff holding one of the roles now (checked at every request); any staff where none
    is named.
    """
    audience = ":".join(filter(None, ("staff", ",".join(sorted(roles)))))
    return lambda view: _guard(view, audience, lambda: _refuse_without(roles))


def step_up_required(view: View) -> View:
    """A code again within the last quarter of an hour for a weighty act; goes below staff_required.

    The act that was asked for is done right after the code, as it was asked for.
    """

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        asked = None if current_user.is_fresh(now()) else stepping_up.ask_code()
        return view(*args, **values) if asked is None else asked

    guarded.needs_step_up = True  # type: ignore[attr-defined]
    return guarded


def me() -> int:
    """The signed-in borrower's id."""
    found = current_user.borrower_id
    if found is None:
        abort(401)
    return found


def staff_id() -> int:
    """The signed-in member of staff's id."""
    found = current_user.staff_id
    if found is None:
        abort(401)
    return found


def install(app: Flask) -> None:
    """Know who is signed in, and lead others to the door of the page's audience."""
    afterwards.install(app)
    login.install(app)
    login_manager.unauthorized_handler(_lead_to_sign_in)
    app.context_processor(_page)


def _page() -> dict[str, Any]:
    return {
        "is_borrower": current_user.is_borrower,
        "idle_seconds": current_user.seconds_left(now()),
        "idle_warning_seconds": int(IDLE_WARNING.total_seconds()),
        "address_after_post": address_after_post,
    }


def _guard(view: View, audience: str, turn_away: Callable[[], Any]) -> View:
    kind = _kind(audience)

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        # Staff on a borrower's page are led to sign in, like anyone who is not a borrower.
        answer = turn_away() if current_user.kind == kind else login_manager.unauthorized()
        if answer is not None:
            return answer
        # Only behind the guard: what was typed is handed to no one but its person.
        typed_answers.settle(current_user)
        return view(*args, **values)

    guarded.audience = audience  # type: ignore[attr-defined]
    return guarded


def _kind(audience: str) -> str:
    return audience.partition(":")[0]


def _lead_to_sign_in() -> Response:
    """To the sign-in of the page's audience, and back; what was typed when a session ran out is
    kept.
    """
    kind = _kind(getattr(current_app.view_functions[str(request.endpoint)], "audience", ""))
    lapsed = current_user.lapsed
    # The row is known and still open, although nobody is signed in by it any more (ADR 0007).
    if lapsed is not None and lapsed.kind == kind:
        if typed_answers.keep(lapsed.session_id):
            flash(gettext("您有一会儿没操作，已经自动退出。填过的都存着，登录后接着来。"))
        else:
            flash(gettext("您有一会儿没操作，已经自动退出。登录后回到刚才那一页。"))

    remember_page()
    return send(SIGN_IN[kind])


def _refuse_without(roles: tuple[str, ...]) -> None:
    if roles and not current_user.has_role(*roles):
        abort(403)


def _ask_to_agree() -> Response | None:
    if current_user.has_agreed:
        return None
    remember_page()
    return send("borrower.agree")
