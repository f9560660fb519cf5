"""The form for a call back: shape and wording only."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.services.callbacks.topics import TOPICS, WISHED_TIMES
from app.web import words
from app.web.catalogues import gettext
from app.web.fields import MobileField, RequestKeyField, plain_name, stripped

NAME_CHARS = 40
WORDS_CHARS = 500


class CallbackForm(FlaskForm):
    request_key = RequestKeyField()
    topic = RadioField(_l("想说哪件事"), validators=[InputRequired(message=_l("请选一件事"))])
    name = StringField(
        _l("怎么称呼您"),
        filters=[plain_name],
        validators=[
            DataRequired(message=_l("请告诉我们怎么称呼您，例如 王女士")),
            Length(max=NAME_CHARS, message=_l("称呼太长了，请写 %(max)d 个字以内")),
        ],
    )
    mobile = MobileField(_l("打哪个手机号"))
    wished_time = SelectField(_l("什么时候方便接"), default="any")
    words = StringField(
        _l("想先告诉我们的话（可以不写）"),
        filters=[stripped],
        validators=[
            Length(
                max=WORDS_CHARS, message=_l("写得有点长，请控制在 %(max)d 个字以内，其余的电话里说")
            )
        ],
    )

    def __init__(self, *, is_known: bool = False, **values: Any) -> None:
        super().__init__(**values)
        # We know who is signed in, and on which number.
        if is_known:
            del self.name, self.mobile
        # Made with each form: words are in the language of who reads, which a class cannot know.
        self.topic.choices = [
            SelectChoice(code, gettext(words.CALLBACK_TOPICS[code])) for code in TOPICS
        ]
        self.wished_time.choices = [
            SelectChoice(code, gettext(words.WISHED_TIMES[code])) for code in WISHED_TIMES
        ]
