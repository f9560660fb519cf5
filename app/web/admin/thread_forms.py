"""What staff write in a thread: shape and wording only."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.services.threads.steps import LONGEST_WORDS, WordsMissing
from app.web.fields import RequestKeyField, stripped
from app.web.typed_answers import PageForm

WRITE_SOMETHING = _l(WordsMissing.message, **WordsMissing.values)


class ReplyForm(PageForm):
    """The answer, and a key that makes it happen once."""

    words = TextAreaField(
        _l("写给借款人的话"),
        filters=[stripped],
        validators=[
            DataRequired(message=WRITE_SOMETHING),
            Length(max=LONGEST_WORDS, message=WRITE_SOMETHING),
        ],
    )
    request_key = RequestKeyField()
