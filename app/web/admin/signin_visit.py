"""What signing in at the desk knows of a browser: its device cookie, and the sign-in between its
two steps.
"""

import secrets

from flask import Response, request, session

from app.services.staff.devices import DeskVisit
from app.web.context import requester, runtime

STEP = "second_step"
DEVICE_DAYS = 180


def visit() -> DeskVisit:
    """This browser as sign-in sees it; one without a device cookie gets a new, unknown one."""
    # Made up before anything is known of the visitor, so that known and unknown browsers do the
    # same work.
    device = request.cookies.get(_cookie_name()) or secrets.token_urlsafe(32)
    return DeskVisit(device, requester())


def step_under_way() -> str:
    """The sign-in that waits for its second step in this browser, or nothing."""
    return str(session.get(STEP, ""))


def remember_step(step: str) -> None:
    """Note the sign-in whose password was right."""
    session[STEP] = step


def carry_device(response: Response, device: str) -> None:
    """Let the browser keep its device token: wrong tries elsewhere do not hold it up."""
    response.set_cookie(
        _cookie_name(),
        device,
        max_age=DEVICE_DAYS * 86_400,
        path="/",
        secure=runtime().is_production,
        httponly=True,
        samesite="Strict",
    )


def _cookie_name() -> str:
    # The prefix binds the cookie to our host and to https, which development does not have.
    return "__Host-anhuan-desk" if runtime().is_production else "anhuan-desk"
