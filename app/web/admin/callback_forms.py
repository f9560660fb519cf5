"""What a member of staff notes after a call: shape and wording only."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from app.domain.calendar import BEIJING
from app.services.callbacks.answering import LONGEST_NOTE, NoteNeeded
from app.web.fields import RequestKeyField, stripped
from app.web.typed_answers import PageForm

AT, LONGEST_AT = "%Y-%m-%dT%H:%M", 40
NOTE_SOMETHING = _l(NoteNeeded.message, **NoteNeeded.values)


def _beijing(value: str | None) -> datetime | None:
    """What a field for day and time sends, as an instant; None for what is none."""
    try:
        return datetime.strptime(value or "", AT).replace(tzinfo=BEIJING)
    except ValueError:
        return None


class AttemptForm(PageForm):
    """When it is tried next; the button says why, and a key makes it happen once."""

    next_at = StringField(_l("下次什么时候打"), validators=[Length(max=LONGEST_AT)])
    request_key = RequestKeyField()

    # The field of the browser sends ISO without a zone: the desk's clock is Beijing's.
    def validate_next_at(self, field: StringField) -> None:
        if self.at is None:
            raise ValidationError(_l("请写下次的日期和时间，例如 2026-12-01 10:30"))

    @property
    def at(self) -> datetime | None:
        """Return the instant, None where what was typed is none."""
        return _beijing((self.next_at.data or "").strip().replace(" ", "T"))


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
