"""What a member of staff notes after a call: shape and wording only."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.services.callbacks.answering import LONGEST_NOTE, NoteNeeded
from app.web.fields import RequestKeyField, stripped
from app.web.typed_answers import PageForm

NOTE_SOMETHING = _l(NoteNeeded.message, **NoteNeeded.values)


class AnswerForm(PageForm):
    """The note, and a key that makes it happen once."""

    note = TextAreaField(
        _l("谈好了什么"),
        filters=[stripped],
        validators=[
            InputRequired(message=NOTE_SOMETHING),
            Length(max=LONGEST_NOTE, message=NOTE_SOMETHING),
        ],
    )
    request_key = RequestKeyField()
