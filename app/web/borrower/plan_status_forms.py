"""Taking a plan back, and appealing: shape and wording only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.services.cases.appeals import LONGEST_WORDS
from app.web.fields import RequestKeyField, stripped
from app.web.typed_answers import PageForm


class WithdrawForm(FlaskForm):
    """One button; the page says what it does."""


class AppealForm(PageForm):
    """Why the borrower does not agree; the key makes it happen once."""

    request_key = RequestKeyField()
    words = StringField(
        _l("为什么不同意？"),
        filters=[stripped],
        validators=[
            DataRequired(message=_l("请写几句为什么不同意，新的情况也可以写")),
            Length(max=LONGEST_WORDS, message=_l("写得有点长，请控制在 %(max)d 个字以内")),
        ],
    )
