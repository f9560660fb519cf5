"""The authenticator on the phone of a member of staff, and both steps of signing in at the desk."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Staff
from app.services.staff import totp
from app.services.staff.enrolling import enrol_account
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.walking import press

# A clock of a test stands still, and a code is used once: each asking gets the next that is good.
_USED: Counter = Counter()
_AROUND = (-30, 0, 30)


def fresh_code(secret: str, now, where: str = "") -> str:
    """A code that is good now and was not asked for before; three an instant and installation."""
    key = secret, int(now.timestamp()) // 30, where
    number, _USED[key] = _USED[key], _USED[key] + 1
    return totp.current_code(secret, now + timedelta(seconds=_AROUND[number]))


def enrol(session: Session, vault, username: str = "mei", *, now=NOW) -> str:
    """Give an account an authenticator; its secret, which fresh_code takes."""
    staff = session.scalars(select(Staff).where(Staff.username == username)).one()
    secret = totp.new_secret()
    enrol_account(session, acting(now=now, vault=vault), staff=staff, secret=secret)
    session.commit()
    return secret


def secret_of(session: Session, vault, username: str = "mei") -> str:
    staff = session.scalars(select(Staff).where(Staff.username == username)).one()
    return totp.secret_of(vault, staff)


def enter_desk(client, *, username: str, password: str, secret: str, now=NOW):
    """Both steps by the checking client; a refused first step comes back as it is."""
    page = client.post_form(client.get("/admin/sign-in"), username=username, password=password)
    if page.request.path != "/admin/sign-in/code":
        return page
    return client.post_form(page, code=fresh_code(secret, now))


def code_at(site, staff) -> str:
    """The next code of a demo account in a served installation."""
    return fresh_code(staff.totp_secret, site.clock.now(), str(site.settings.instance_dir))


def sign_in_at_desk(page, site, staff, address: str = "/admin/sign-in") -> None:
    """Both steps of a demo account in a real browser."""
    page.goto(address)
    type_both_steps(page, site, staff)


def type_both_steps(page, site, staff) -> None:
    """Both steps on the page of the sign-in, wherever it was led to."""
    page.get_by_label("用户名").fill(staff.username)
    page.get_by_label("密码").fill(staff.password)
    press(page, "登录")
    page.get_by_label("动态码").fill(code_at(site, staff))
    press(page, "登录")
