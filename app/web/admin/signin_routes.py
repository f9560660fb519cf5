"""Staff sign in by password and code, enrol an authenticator at the first time, and leave."""

from collections.abc import Callable

from flask import Response, flash, g, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import NotFound, RuleBroken
from app.services.signin.sessions import CurrentUser
from app.services.staff import enrolling, signing_in
from app.services.staff.passwords import HashingBusy
from app.services.staff.signing_in import DeskCodeWrong, DeskSignIn, PasswordWrong
from app.services.staff.tries import TooManyTries
from app.web import login
from app.web.access import public, staff_id, staff_required
from app.web.admin import blueprint
from app.web.admin.blueprint import bp
from app.web.admin.signin_forms import DeskCodeForm, StaffSignInForm
from app.web.admin.signin_visit import DEVICE, remember_step, step_under_way, visit
from app.web.catalogues import gettext
from app.web.context import context, db_session, requester
from app.web.filters import words_of
from app.web.qr import qr_picture
from app.web.returning import remembered_address, see_other
from app.web.stepping_up import StepUpForm, confirm_page, is_confirmed


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    if current_user.is_staff:
        return redirect(url_for(_landing(current_user)))

    form = StaffSignInForm()
    if form.validate_on_submit():
        try:
            step = signing_in.check_password(
                db_session(),
                context(),
                username=form.username.data or "",
                password=form.password.data or "",
                visit=visit(),
            )
        except (PasswordWrong, TooManyTries, HashingBusy) as refused:
            form.password.errors = [words_of(refused)]
            return _refused(render_template("admin/sign_in.html", form=form), refused)

        remember_step(step)
        return see_other(url_for(".sign_in_code"))

    return render_template("admin/sign_in.html", form=form)


@bp.get("/sign-in/code")
@public
def sign_in_code() -> ResponseReturnValue:
    return _second_page(DeskCodeForm())


@bp.post("/sign-in/code")
@public
def check_sign_in_code() -> ResponseReturnValue:
    return _take_code(signing_in.finish_sign_in, _second_page, lambda _done: _go_on())


@bp.get("/sign-in/enrol")
@public
def enrol() -> ResponseReturnValue:
    return _enrolment_page(DeskCodeForm())


@bp.post("/sign-in/enrol")
@public
def check_enrolment() -> ResponseReturnValue:
    return _take_code(enrolling.enrol, _enrolment_page, _show_recovery_codes)


@bp.route("/confirm", methods=["GET", "POST"])
@staff_required()
def confirm() -> ResponseReturnValue:
    """A code again before a page is opened; before an act it is asked on the way (stepping_up)."""
    form = StepUpForm(prefix="step_up")
    if form.is_submitted() and is_confirmed(form):
        return _go_on()
    return confirm_page(form, action=url_for(".confirm"))


@bp.post("/sign-out")
@staff_required()
def sign_out() -> ResponseReturnValue:
    signing_in.sign_out_staff(
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


def _second_page(form: DeskCodeForm) -> ResponseReturnValue:
    found = signing_in.second_step(db_session(), context(), step=step_under_way())
    if found is None:
        return _begin_anew()
    if found.needs_enrolment:
        return see_other(url_for(".enrol"))
    return render_template("admin/sign_in_code.html", form=form, username=found.username)


def _enrolment_page(form: DeskCodeForm) -> ResponseReturnValue:
    try:
        offered = enrolling.enrolment(db_session(), context(), step=step_under_way())
    except NotFound:
        return _begin_anew()
    if offered is None:
        return see_other(url_for(".sign_in_code"))
    return render_template(
        "admin/enrol.html", form=form, secret=offered.secret, qr=qr_picture(offered.uri)
    )


def _begin_anew() -> ResponseReturnValue:
    """The password was right too long ago, or in another browser."""
    if step_under_way():
        flash(gettext("隔得有点久了，请从密码开始再登录一次。"))
        remember_step("")
    return see_other(url_for(".sign_in"))


def _take_code(
    check: Callable[..., DeskSignIn],
    page: Callable[[DeskCodeForm], ResponseReturnValue],
    inside: Callable[[DeskSignIn], Response],
) -> ResponseReturnValue:
    """Let in whose code is right, to what `inside` answers; on `page` they mend it."""
    form, here = DeskCodeForm(), visit()
    if not form.validate_on_submit():
        return page(form)
    try:
        done = check(
            db_session(),
            context(),
            step=step_under_way(),
            code=form.code.data or "",
            visit=here,
            old_token=login.carried_token(),
        )
    except NotFound:
        return _begin_anew()
    except (DeskCodeWrong, TooManyTries) as refused:
        form.code.errors = [words_of(refused)]
        return _refused(page(form), refused)

    login.begin(done.token)
    _tell(done)
    answer = inside(done)
    DEVICE.carry(answer, here.device)
    return answer


def _go_on() -> Response:
    return see_other(remembered_address(_landing(current_user)))


def _show_recovery_codes(done: DeskSignIn) -> Response:
    # In the answer itself and nowhere else: they are shown this once.
    shown = render_template(
        "admin/recovery_codes.html",
        codes=done.recovery_codes,
        go_on=remembered_address(_landing(current_user)),
    )
    return make_response(shown)


def _tell(done: DeskSignIn) -> None:
    """What the account's owner should know of tries that were not theirs (V6.3.5)."""
    if done.failed_tries:
        flash(
            gettext(
                "上次登录以后，有 %(times)s 次密码不对的尝试。不是您的话，请告诉管理员。",
                times=done.failed_tries,
            )
        )
    if done.failed_codes:
        flash(
            gettext(
                "上次登录以后，有 %(times)s 次密码对了、动态码不对。不是您的话，请马上换密码。",
                times=done.failed_codes,
            )
        )
    if done.is_new_device:
        flash(gettext("您的账号第一次在这个浏览器登录。不是您的话，请马上告诉管理员。"))
    if done.used_recovery_code:
        flash(
            gettext(
                "用掉了一个备用码，还剩 %(left)s 个。手机不在了，请管理员重设动态码。",
                left=done.recovery_codes_left,
            )
        )


def _refused(shown: ResponseReturnValue, refused: RuleBroken) -> ResponseReturnValue:
    g.refused_why = refused.code
    if isinstance(refused, TooManyTries | HashingBusy):
        answer = make_response(shown)
        answer.status_code = 429
        answer.headers["Retry-After"] = str(refused.wait_seconds)
        return answer
    return shown


def _landing(user: CurrentUser) -> str:
    """The first page of the navigation that the roles open."""
    open_pages = [
        endpoint for endpoint, _words, roles in blueprint.NAVIGATION if user.has_role(*roles)
    ]
    # An account without a role lands on a page that says so.
    return open_pages[0] if open_pages else "admin.queue"
