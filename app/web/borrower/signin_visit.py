"""What signing in knows of a browser: its binding to the code, its device cookie, and the number it
asked for.
"""

import base64
import secrets

from flask import Response, request, session

from app.services.signin.code_limits import Visit
from app.web.context import gateways, requester, runtime, this_browser

ASKED, MOBILE = "asked", "asked_for"
DEVICE_DAYS = 180
# What the number is sealed for: a value copied from another place does not open here.
WHERE = {"table": "browser", "row": "sign_in", "column": "mobile"}


def visit() -> Visit:
    """This browser as sign-in sees it; a browser without a device cookie gets a new, unknown
    one.
    """
    # Made up before anything is known of the visitor, so that known and unknown browsers do the
    # same work.
    device = request.cookies.get(_cookie_name()) or secrets.token_urlsafe(32)
    return Visit(browser=this_browser(), device=device, requester=requester())


def asked() -> str:
    """The code this browser asked for, or nothing."""
    return str(session.get(ASKED, ""))


def remember_asked(public_id: str, mobile: str) -> None:
    """Note in the browser which code was asked for, and, encrypted, for which number: another code
    needs no typing.
    """
    session[ASKED] = public_id
    session[MOBILE] = base64.b64encode(gateways().vault.seal(mobile, **WHERE)).decode()


def asked_mobile() -> str:
    """The number this browser asked a code for, or nothing."""
    if MOBILE not in session:
        return ""
    try:
        return gateways().vault.unseal(base64.b64decode(session[MOBILE]), **WHERE)
    except ValueError:  # keys were renewed meanwhile
        return ""


def carry_device(response: Response, device: str) -> None:
    """Let the browser keep its device token: next time the code alone is enough."""
    response.set_cookie(
        _cookie_name(),
        device,
        max_age=DEVICE_DAYS * 86_400,
        path="/",
        secure=runtime().is_production,
        httponly=True,
        # Not Strict: a link in an SMS opens from outside, and the device should be known there.
        samesite="Lax",
    )


def _cookie_name() -> str:
    # The prefix binds the cookie to our host and to https, which development does not have.
    return "__Host-anhuan-device" if runtime().is_production else "anhuan-device"
