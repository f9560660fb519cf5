"""A member of staff's account, opened as the command opens it."""

from app.services.core.context import Actor
from app.services.signin.staff_accounts import add_staff
from tests.support.acting import acting

PASSWORD = "a long pass phrase"
ADMIN = Actor("cli:staff-add")


def add(session, **overrides):
    values = {
        "username": "mei",
        "display_name": "客服 2073",
        "password": PASSWORD,
        "roles": ["agent"],
    }
    return add_staff(session, acting(actor=ADMIN), **(values | overrides))
