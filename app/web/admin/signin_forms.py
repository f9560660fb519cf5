"""Forms of staff sign-in: shape and wording only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from app.web.fields import PlainField

# As an account allows; more is refused before it is hashed.
MAX_CHARS = 200
MAX_CODE_CHARS = 40


class StaffSignInForm(FlaskForm):
    """Who, and the password."""

    username = StringField(
        _l("用户名"), validators=[InputRequired(message=_l("请填写用户名")), Length(max=MAX_CHARS)]
    )
    password = PasswordField(
        _l("密码"), validators=[InputRequired(message=_l("请填写密码")), Length(max=MAX_CHARS)]
    )


class NewPasswordForm(FlaskForm):
    """Another password for one's own account."""

    password = PasswordField(
        _l("新密码"), validators=[InputRequired(message=_l("请填写新密码")), Length(max=MAX_CHARS)]
    )


class DeskCodeForm(FlaskForm):
    """A code of the authenticator, or one to fall back on."""

    code = PlainField(
        _l("动态码"),
        validators=[InputRequired(message=_l("请填写动态码")), Length(max=MAX_CODE_CHARS)],
    )
