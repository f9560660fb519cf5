"""The notice of a year's holidays, as an administrator pastes it: shape and wording only."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from app.web.fields import stripped
from app.web.typed_answers import PageForm

FIRST_YEAR, LAST_YEAR = 2000, 2999
# Several times a notice.
LONGEST_NOTICE = 10_000
YEAR_NEEDED = _l("请写四位数的年份，例如 2027")
NOTICE_NEEDED = _l("请把通知全文贴进来")


class CalendarForm(PageForm):
    """The year, the text, and whether the days read from it were looked at."""

    year = IntegerField(
        _l("哪一年"),
        validators=[
            InputRequired(message=YEAR_NEEDED),
            NumberRange(FIRST_YEAR, LAST_YEAR, message=YEAR_NEEDED),
        ],
    )
    text = TextAreaField(
        _l("放假调休的通知"),
        filters=[stripped],
        validators=[
            InputRequired(message=NOTICE_NEEDED),
            Length(max=LONGEST_NOTICE, message=NOTICE_NEEDED),
        ],
    )
    is_checked = BooleanField(_l("和通知核对过了"))
