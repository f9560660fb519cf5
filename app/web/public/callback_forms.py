"""The form for a call back: shape and wording only."""

import re
from typing import Any
from uuid import uuid4

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.services.callbacks import TOPICS, WISHED_TIMES
from app.web.fields import MobileField

NAME_CHARS = 40
WORDS_CHARS = 500
KEY = re.compile(r"[0-9a-f-]{36}")


def _stripped(value: str | None) -> str:
    return (value or "").strip()


def _key(value: str | None) -> str:
    """The key of a page, kept while its answers are mended; a page without one gets one."""
    return value if value and KEY.fullmatch(value) else str(uuid4())


class CallbackForm(FlaskForm):
    request_key = HiddenField(filters=[_key])
    topic = RadioField(_l("想说哪件事"), validators=[InputRequired(message=_l("请选一件事"))])
    name = StringField(
        _l("怎么称呼您"),
        filters=[_stripped],
        validators=[
            DataRequired(message=_l("请告诉我们怎么称呼您，例如 王女士")),
            Length(max=NAME_CHARS, message=_l("称呼太长了，请写 40 个字以内")),
        ],
    )
    mobile = MobileField(_l("打哪个手机号"))
    wished_time = SelectField(_l("什么时候方便接"), default="any")
    words = StringField(
        _l("想先告诉我们的话（可以不写）"),
        filters=[_stripped],
        validators=[Length(max=WORDS_CHARS, message=_l("写得有点长，请控制在 500 个字以内，其余的电话里说"))],
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.topic.choices = [(code, gettext(text)) for code, text in TOPICS.items()]
        self.wished_time.choices = [(code, gettext(text)) for code, text in WISHED_TIMES.items()]
