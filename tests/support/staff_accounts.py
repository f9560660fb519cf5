"""A member of staff's account, opened as the command opens it, and its sign-in at the services."""

from app.services.core.context import Actor
from app.services.staff import signing_in
from app.services.staff.accounts import add_staff
from app.services.staff.devices import DeskVisit
from tests.support.acting import acting
from tests.support.authenticator import fresh_code
from tests.support.clock import NOW

PASSWORD = "a long pass phrase"
ADMIN = Actor("cli:staff-add")
HERE = DeskVisit("the desk's own browser", "10.0.0.1")


def add(session, **overrides):
    values = {
        "username": "mei",
        "display_name": "客服 2073",
        "password": PASSWORD,
        "roles": ["agent"],
    }
    return add_staff(session, acting(actor=ADMIN), **(values | overrides))


def first_step(session, vault, *, username="mei", password=PASSWORD, visit=HERE, now=NOW) -> str:
    return signing_in.check_password(
        session, acting(now=now, vault=vault), username=username, password=password, visit=visit
    )


def sign_in(session, vault, secret, *, username="mei", visit=HERE, now=NOW, old_token=""):
    step = first_step(session, vault, username=username, visit=visit, now=now)
    return signing_in.finish_sign_in(
        session,
        acting(now=now, vault=vault),
        step=step,
        code=fresh_code(secret, now),
        visit=visit,
        old_token=old_token,
    )
