"""A code again before a weighty act: the page that asks carries the act, which is then done at
once.
"""

from flask import Response, make_response, render_template, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from app.services.staff.signing_in import DeskCodeWrong
from app.services.staff.stepping_up import step_up
from app.services.staff.tries import TooManyTries
from app.web import login, typed_answers
from app.web.context import context, db_session
from app.web.fields import PlainField
from app.web.filters import words_of
from app.web.returning import address_after_post, own_address, remember_page, send

MAX_CODE_CHARS = 40
# Not carried on: the page brings its own token, and its own fields belong to no act.
OWN = ("csrf_token", "step_up-code", "step_up-back")


class StepUpForm(FlaskForm):
    """A code of the authenticator, or one to fall back on; where the act was asked from."""

    code = PlainField(
        _l("动态码"),
        validators=[InputRequired(message=_l("请填写动态码")), Length(max=MAX_CODE_CHARS)],
    )
    back = HiddenField()
    wait_seconds = 0  # how long after too many wrong ones


def ask_code() -> Response | None:
    """Let an act through when its request brings a right code; else the page that asks for one."""
    if request.method != "POST" or request.headers.get("HX-Request"):
        remember_page()
        return send("admin.confirm")

    form = StepUpForm(prefix="step_up")
    if form.code.name not in request.form:
        typed_answers.keep(current_user.session_id)
        form = StepUpForm(formdata=None, prefix="step_up", data={"back": address_after_post()})
    elif is_confirmed(form):
        return None

    return confirm_page(
        form,
        action=request.full_path.rstrip("?"),
        back=own_address(form.back.data or ""),
        carried=[pair for pair in request.form.items(multi=True) if pair[0] not in OWN],
    )


def is_confirmed(form: StepUpForm) -> bool:
    """Whether the typed code is right; then the session is fresh again, under a new token."""
    if not form.validate():
        return False
    try:
        token = step_up(
            db_session(),
            context(),
            staff_id=context().staff.staff_id,
            session_id=current_user.session_id,
            code=form.code.data or "",
        )
    except (DeskCodeWrong, TooManyTries) as refused:
        form.code.errors = [words_of(refused)]
        form.wait_seconds = refused.wait_seconds if isinstance(refused, TooManyTries) else 0
        return False
    login.begin(token)
    return True


def confirm_page(form: StepUpForm, **parts: object) -> Response:
    """The page that asks for a code."""
    answer = make_response(render_template("admin/confirm.html", form=form, **parts))
    if form.wait_seconds:
        answer.status_code = 429
        answer.headers["Retry-After"] = str(form.wait_seconds)
    return answer
