"""Back to where someone was going: pages are remembered by endpoint, never by an address from
outside.
"""

from typing import Any

from flask import Response, current_app, redirect, request, session, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError

NEXT = "next"
# It lies in a cookie, which has some 4000 characters for everything.
MAX_VALUE_CHARS = 100
NOT_KEPT = ("lang", "size")
DOORS = {"finance": "admin"}  # one sign-in for all of the staff


def remember_page() -> None:
    """Note the page of this request, for after signing in."""
    page = page_of_request()
    if page is not None:
        session[NEXT] = list(page)


def remembered_address(otherwise: str) -> str:
    """Take the noted page's address out of the session; else that of the endpoint `otherwise`.
    Always on our host.
    """
    noted = session.pop(NEXT, None)
    if noted is not None:
        endpoint, args, query = noted
        # A page of the other audience would only lead to the other sign-in.
        if _door(endpoint) == _door(otherwise):
            try:
                return url_for(endpoint, **{**query, **args})
            except BuildError:
                pass  # a page of an older release

    return url_for(otherwise)


def _door(endpoint: str) -> str:
    """Which sign-in leads to an endpoint."""
    audience = endpoint.partition(".")[0]
    return DOORS.get(audience, audience)


def page_of_request() -> tuple[str, dict[str, Any], dict[str, str]] | None:
    """The page to show again for this request: itself where it can be fetched, else the one it was
    sent from.
    """
    rule = request.url_rule
    if rule is None or request.endpoint is None:
        return None
    if rule.methods and "GET" in rule.methods:
        return request.endpoint, dict(request.view_args or {}), _query(request.args.items())
    return _page_at(request.path) or _page_before()


def address_after_post() -> str:
    """Where the page that answers a POST can be fetched again, for the browser's history; else
    nothing.
    """
    page = page_of_request() if request.method == "POST" else None
    return url_for(page[0], **{**page[2], **page[1]}) if page else ""


def own_address(path: str) -> str:
    """The address of the page of ours that a path fetches, without what followed it; else
    nothing.
    """
    page = _page_at(path.partition("?")[0])
    return url_for(page[0], **page[1]) if page else ""


def _page_before() -> tuple[str, dict[str, Any], dict[str, str]] | None:
    """A page of ours that the browser names as the sender; anything else is nothing."""
    start = request.host_url
    sender = request.referrer or ""
    # A page of another site must not choose where we lead (no open redirect).
    if not sender.startswith(start):
        return None
    return _page_at("/" + sender[len(start) :].partition("?")[0].partition("#")[0])


def _page_at(path: str) -> tuple[str, dict[str, Any], dict[str, str]] | None:
    """The page that a path of ours fetches, if it does."""
    # Matched and not taken as it is: only addresses of pages we have come back out.
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, args = adapter.match(path, method="GET") if adapter else ("static", {})
    except HTTPException:
        return None
    return (endpoint, dict(args), {}) if endpoint != "static" else None


def _query(items: Any) -> dict[str, str]:
    """Plain parameters only: none that would steer how the address is built."""
    # Names that begin with an underscore (_external, _anchor, _scheme) are instructions to url_for.
    return {
        name: value
        for name, value in items
        if name.isidentifier()
        and not name.startswith("_")
        and name not in NOT_KEPT
        and len(value) <= MAX_VALUE_CHARS
    }


def send(endpoint: str) -> Response:
    """Redirect, also when htmx asked for a part of a page."""
    address = url_for(endpoint)
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": address})
    return see_other(address)


def see_other(address: str) -> Response:
    """Lead on after a form: the page is fetched, the form is not sent again."""
    answer = redirect(address, code=303)
    assert isinstance(answer, Response)  # noqa: S101 - werkzeug's own class is wider
    return answer
