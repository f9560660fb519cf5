"""A caller's new mobile, typed twice: shape and wording only."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from app.web.admin.desk_words import MOBILE_REASONS
from app.web.catalogues import gettext
from app.web.fields import MobileField
from app.web.typed_answers import PageForm


class MobileForm(PageForm):
    """The new number, once more, and why."""

    mobile = MobileField(_l("新手机号，本人报的"))
    again = MobileField(_l("再打一遍"))
    reason = SelectField(_l("为什么换"), validators=[InputRequired(message=_l("请选一个原因"))])

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        kinds = [SelectChoice(code, gettext(words)) for code, words in MOBILE_REASONS.items()]
        self.reason.choices = [SelectChoice("", _l("请选择")), *kinds]

    # A slip of the hand would lock the borrower out, and nobody sees the number whole again.
    def validate_again(self, field: MobileField) -> None:
        if field.data != self.mobile.data:
            raise ValidationError(_l("两遍不一样，请和对方再核对"))
