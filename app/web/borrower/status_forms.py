"""Taking a plan back, and appealing: shape and wording only."""

from uuid import uuid4

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from app.services.appeals import LONGEST_WORDS
from app.web.kept import PageForm

KEY_CHARS = 64


def _stripped(value: str | None) -> str:
    return (value or "").strip()


def _key(value: str | None) -> str:
    """The key of a page, kept while its words are mended; a page without one gets one."""
    return value if value and len(value) <= KEY_CHARS else str(uuid4())


class WithdrawForm(FlaskForm):
    """One button; the page says what it does."""


class AppealForm(PageForm):
    """Why the borrower does not agree; the key makes it happen once."""

    request_key = HiddenField(filters=[_key])
    words = StringField(
        _l("为什么不同意？"),
        filters=[_stripped],
        validators=[
            DataRequired(message=_l("请写几句为什么不同意，新的情况也可以写")),
            Length(max=LONGEST_WORDS, message=_l("写得有点长，请控制在 1000 个字以内")),
        ],
    )
