"""What signing in at the desk knows of a browser: its device cookie, and the sign-in between its
two steps.
"""

from flask import session

from app.services.staff.devices import DeskVisit
from app.web.context import requester
from app.web.device_cookie import DeviceCookie

STEP = "second_step"
# Wrong tries elsewhere do not hold up a browser that is known.
DEVICE = DeviceCookie("anhuan-desk", "Strict")


def visit() -> DeskVisit:
    """This browser as sign-in sees it; one without a device cookie gets a new, unknown one."""
    return DeskVisit(DEVICE.read(), requester())


def step_under_way() -> str:
    """The sign-in that waits for its second step in this browser, or nothing."""
    return str(session.get(STEP, ""))


def remember_step(step: str) -> None:
    """Note the sign-in whose password was right."""
    session[STEP] = step
