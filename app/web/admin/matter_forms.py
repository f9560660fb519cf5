"""What a member of staff answers of a signed plan: shape and wording only."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.services.breaks.answering import LONGEST, MatterWordsNeeded
from app.web.fields import RequestKeyField, stripped
from app.web.typed_answers import PageForm

SAY_SOMETHING = _l(MatterWordsNeeded.message, **MatterWordsNeeded.values)


class MatterForm(PageForm):
    """The words for the borrower, and a key that makes it happen once."""

    words = TextAreaField(
        _l("给本人的话"),
        filters=[stripped],
        validators=[
            InputRequired(message=SAY_SOMETHING),
            Length(max=LONGEST, message=SAY_SOMETHING),
        ],
    )
    request_key = RequestKeyField()
