"""Accounts of staff: who there is, and what administrators change about them."""

from collections.abc import Callable

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.services.staff import managing, queries
from app.web.access import staff_required, step_up_required
from app.web.admin.blueprint import bp
from app.web.admin.staff_forms import ROLE_WORDS, RolesForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/staff")
@staff_required("admin")
def staff() -> ResponseReturnValue:
    rows = queries.staff_list(db_session(), context())
    return render_template("admin/staff.html", rows=rows, role_words=ROLE_WORDS)


@bp.get("/staff/<public_id>")
@staff_required("admin")
def staff_member(public_id: str) -> ResponseReturnValue:
    return _show(public_id)


@bp.post("/staff/<public_id>")
@staff_required("admin")
@step_up_required
def change_staff(public_id: str) -> ResponseReturnValue:
    queries.staff_member(db_session(), context(), public_id=public_id)
    act = request.form.get("act", "")
    try:
        if act == "password":
            password = managing.reset_password(db_session(), context(), public_id=public_id)
            # In the answer itself and nowhere else: it is shown this once.
            return _show(public_id, password=password)
        if act not in ACTS:
            return _show(public_id)
        flash(ACTS[act](public_id))
    except RuleBroken as refused:
        return _show(public_id, fault=words_of(refused))
    return see_other(url_for(".staff_member", public_id=public_id))


def _show(public_id: str, *, password: str = "", fault: str = "") -> ResponseReturnValue:
    one = queries.staff_member(db_session(), context(), public_id=public_id)
    return render_template(
        "admin/staff_member.html",
        one=one,
        is_self=one.person_id == context().staff.person_id,
        role_words=ROLE_WORDS,
        password=password,
        fault=fault,
    )


def _roles(public_id: str) -> str:
    form = RolesForm()
    chosen = form.roles.data or []
    managing.set_roles(db_session(), context(), public_id=public_id, roles=chosen)
    return gettext("角色改好了，下一次点击就生效。")


def _disable(public_id: str) -> str:
    managing.disable_staff(db_session(), context(), public_id=public_id)
    return gettext("账号停用了，登录着的地方都已退出。")


def _enable(public_id: str) -> str:
    managing.enable_staff(db_session(), context(), public_id=public_id)
    return gettext("账号重新启用了。")


def _authenticator(public_id: str) -> str:
    managing.reset_second_factor(db_session(), context(), public_id=public_id)
    return gettext("动态码和备用码作废了，下次登录时重新设置。")


def _sessions(public_id: str) -> str:
    managing.end_sessions(db_session(), context(), public_id=public_id)
    return gettext("登录着的地方都已退出。")


ACTS: dict[str, Callable[[str], str]] = {
    "roles": _roles,
    "disable": _disable,
    "enable": _enable,
    "authenticator": _authenticator,
    "sessions": _sessions,
}
