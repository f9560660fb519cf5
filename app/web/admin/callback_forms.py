"""What a member of staff notes after a call: shape and wording only."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.services.callbacks.answering import LONGEST_NOTE
from app.web.fields import RequestKeyField, stripped
from app.web.kept import PageForm


class AnswerForm(PageForm):
    """The note, and a key that makes it happen once."""

    note = TextAreaField(
        _l("谈好了什么"),
        filters=[stripped],
        validators=[
            InputRequired(message=_l("请写几句谈好了什么，最多 500 字")),
            Length(max=LONGEST_NOTE, message=_l("请写几句谈好了什么，最多 500 字")),
        ],
    )
    request_key = RequestKeyField()
