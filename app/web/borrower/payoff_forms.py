"""The day on which a plan is to be paid off: shape and wording only."""

import re
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.widgets import TextInput

from app.domain.characters import plain_number

_DAY = re.compile(r"([0-9]{4})-?([0-9]{1,2})-?([0-9]{1,2})")
# What people write between year, month and day, and after it.
_SIGNS = str.maketrans({"年": "-", "月": "-", "/": "-", ".": "-", "日": None, "号": None})
MOST_CHARS = 40


class TypedDayField(Field):
    """A day as a browser sends it or a person writes it; what was typed stays."""

    data: date | None
    widget = TextInput()

    def _value(self) -> str:
        if self.data:
            return self.data.isoformat()
        return str(self.raw_data[0])[:MOST_CHARS] if self.raw_data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        typed = plain_number(str(valuelist[0])) if valuelist else ""
        if not typed:
            return
        found = _DAY.fullmatch(typed.translate(_SIGNS))
        try:
            self.data = date(*map(int, found.groups())) if found else None
        except ValueError:
            self.data = None
        if self.data is None:
            raise ValueError(_l("请写成 2026-11-20 这样的日期"))


class PayoffForm(FlaskForm):
    """Which day; it comes with the address and changes nothing."""

    class Meta(FlaskForm.Meta):
        # It changes nothing, and a token in an address would be kept in histories.
        csrf = False

    on = TypedDayField(_l("哪一天还"))
