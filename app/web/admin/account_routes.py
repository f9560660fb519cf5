"""One's own account at the desk: another password, new codes to fall back on."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.staff import enrolling, own_password, queries
from app.services.staff.passwords import MIN_PASSWORD_CHARS
from app.web.access import staff_id, staff_required, step_up_required
from app.web.admin.blueprint import bp
from app.web.admin.signin_forms import NewPasswordForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/account")
@staff_required()
def account() -> ResponseReturnValue:
    return _show(NewPasswordForm())


@bp.post("/account/recovery-codes")
@staff_required()
@step_up_required
def renew_codes() -> ResponseReturnValue:
    codes = enrolling.renew_recovery_codes(db_session(), context(), staff_id=staff_id())
    # In the answer itself and nowhere else: they are shown this once.
    return render_template("admin/recovery_codes.html", codes=codes, go_on=url_for(".account"))


@bp.post("/account/password")
@staff_required()
@step_up_required
def change_password() -> ResponseReturnValue:
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return _show(form)
    try:
        own_password.change_password(
            db_session(),
            context(),
            session_id=current_user.session_id,
            password=form.password.data or "",
        )
    except RuleBroken as refused:
        form.password.errors = [words_of(refused)]
        return _show(form)
    flash(gettext("密码换好了，别处登录着的都已退出。"))
    return see_other(url_for(".account"))


def _show(form: NewPasswordForm) -> ResponseReturnValue:
    one = queries.staff_member(db_session(), context(), public_id=context().staff.public_id)
    return render_template("admin/account.html", one=one, form=form, least=MIN_PASSWORD_CHARS)
