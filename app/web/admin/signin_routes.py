"""Staff sign in, confirm with the password before weighty acts, and leave."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.signin import staff_signin
from app.services.signin.sessions import CurrentUser
from app.services.signin.staff_signin import LOCK, PasswordWrong, TooManyPasswords
from app.web import login
from app.web.access import public, staff_id, staff_required
from app.web.admin import blueprint
from app.web.admin.blueprint import bp
from app.web.admin.signin_forms import ConfirmForm, StaffSignInForm
from app.web.context import context, db_session, requester
from app.web.filters import words_of
from app.web.returning import remembered_address, see_other


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    if current_user.is_staff:
        return redirect(url_for(_landing(current_user)))

    form = StaffSignInForm()
    if form.validate_on_submit():
        try:
            token = staff_signin.sign_in_staff(
                db_session(),
                context(),
                username=form.username.data or "",
                password=form.password.data or "",
                requester=requester(),
                old_token=login.carried_token(),
            )
        except (PasswordWrong, TooManyPasswords) as refused:
            return _refuse("sign_in", form, refused)

        login.begin(token)
        return see_other(remembered_address(_landing(current_user)))

    return render_template("admin/sign_in.html", form=form)


@bp.route("/confirm", methods=["GET", "POST"])
@staff_required()
def confirm() -> ResponseReturnValue:
    form = ConfirmForm()
    if form.validate_on_submit():
        try:
            token = staff_signin.step_up(
                db_session(),
                context(),
                staff_id=staff_id(),
                session_id=current_user.session_id,
                password=form.password.data or "",
                requester=requester(),
            )
        except (PasswordWrong, TooManyPasswords) as refused:
            return _refuse("confirm", form, refused)

        login.begin(token)
        return see_other(remembered_address(_landing(current_user)))

    return render_template("admin/confirm.html", form=form)


@bp.post("/sign-out")
@staff_required()
def sign_out() -> ResponseReturnValue:
    staff_signin.sign_out_staff(
        db_session(),
        context(),
        staff_id=staff_id(),
        session_id=current_user.session_id,
        requester=requester(),
    )
    login.forget()
    response = see_other(url_for(".sign_in"))
    # Desks are shared: the next person must not find pages by the back button.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'

    return response


def _refuse(
    page: str, form: StaffSignInForm | ConfirmForm, refused: RuleBroken
) -> ResponseReturnValue:
    form.password.errors = [words_of(refused)]
    shown = render_template(f"admin/{page}.html", form=form)
    if isinstance(refused, TooManyPasswords):
        return shown, 429, {"Retry-After": str(int(LOCK.total_seconds()))}
    return shown


def _landing(user: CurrentUser) -> str:
    """The first page of the navigation that the roles open."""
    open_pages = [
        endpoint for endpoint, _words, roles in blueprint.NAVIGATION if user.has_role(*roles)
    ]
    # An account without a role lands on a page that says so.
    return open_pages[0] if open_pages else "admin.queue"
