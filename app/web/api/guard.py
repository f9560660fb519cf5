"""Who may call: the decorator that reads as policy, as those of pages do."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, g, request

from app.services.api_keys.managing import TOUCH_EVERY, touch_api_key
from app.services.api_keys.queries import ApiCaller, caller_of
from app.services.core.context import Actor, Context
from app.web import afterwards
from app.web.context import db_session, now, requester, visitor_context

View = Callable[..., Any]
BEARER = "bearer"
KEY_CHARS = 200


def machine_required(scope: str = "") -> Callable[[View], View]:
    """A system of the lender's with a key that has the scope; any key where none is named."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            caller = _caller()
            if caller is None:
                abort(401)
            g.api_caller = caller
            if scope and scope not in caller.scopes:
                abort(403)
            _touch_later(caller)
            return view(*args, **values)

        guarded.audience = ":".join(filter(None, ("machine", scope)))  # type: ignore[attr-defined]
        return guarded

    return guard


def calling() -> Context:
    """The surroundings of a call: the system that calls, and from where."""
    caller: ApiCaller = g.api_caller
    return visitor_context().by(Actor(caller.who, requester()))


def _caller() -> ApiCaller | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != BEARER or not key or len(key) > KEY_CHARS:
        return None
    return caller_of(db_session(), key=key.strip())


def _touch_later(caller: ApiCaller) -> None:
    """A call never waits for a writer: that a key is in use is noted after the answer."""
    used = caller.last_used_at
    if used is None or now() - used >= TOUCH_EVERY:
        acting = calling()
        afterwards.after_answer(lambda own: touch_api_key(own, acting, key_id=caller.key_id))
