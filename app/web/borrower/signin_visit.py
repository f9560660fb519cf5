"""What signing in knows of a browser: its binding to the code, its device cookie, and the number it
asked for.
"""

import base64

from flask import session

from app.services.signin.code_limits import Visit
from app.web.context import gateways, requester, this_browser
from app.web.device_cookie import DeviceCookie

ASKED, MOBILE = "asked", "asked_for"
# A known device needs the code alone. Not Strict: a link in an SMS opens from outside, and the
# device should be known there.
DEVICE = DeviceCookie("anhuan-device", "Lax")
# What the number is sealed for: a value copied from another place does not open here.
WHERE = {"table": "browser", "row": "sign_in", "column": "mobile"}


def visit() -> Visit:
    """This browser as sign-in sees it; a browser without a device cookie gets a new, unknown
    one.
    """
    return Visit(browser=this_browser(), device=DEVICE.read(), requester=requester())


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
