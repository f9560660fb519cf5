"""Moving one due date: shape and wording only, the service says which days there are."""

import re
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from app.domain.characters import plain_number
from app.domain.keeping.date_changing import DateChoice, DateRange
from app.web.addresses import MOST_COUNT, number_asked
from app.web.fields import RequestKeyField
from app.web.filters import cn_weekday
from app.web.typed_answers import PageForm

OWN = "own"
# As browsers send it and people write it: 2026-12-20, 2026年12月20日, 20261220.
WRITTEN = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")
CHOOSE, WRITE = _l("请选一个日子"), _l("请写成 2026-12-20 这样的日期")


class OwnDayField(Field):
    """A day as the browser sends it or a person writes it; what was typed stays."""

    data: date | None
    widget = TextInput()

    @property
    def typed(self) -> str:
        """Return what was typed."""
        return str(self.raw_data[0]) if self.raw_data else ""

    def _value(self) -> str:
        return self.typed

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        typed = plain_number(str(valuelist[0])) if valuelist else ""
        if not typed:
            return
        found = WRITTEN.fullmatch(typed)
        try:
            self.data = date(*map(int, found.groups())) if found else None
        except ValueError:
            pass
        if self.data is None:
            raise ValueError(WRITE)


class DateChangeForm(PageForm):
    """Which number, and one of the suggested days or a day of one's own; the key makes it happen
    once.
    """

    request_key = RequestKeyField()
    instalment = HiddenField()
    day = RadioField(_l("改到哪天"), validate_choice=False)
    own_day = OwnDayField(_l("哪一天"))

    def __init__(self, choice: DateChoice, **values: Any) -> None:
        super().__init__(**values)
        self.choice = choice
        days = [SelectChoice(one.isoformat(), cn_weekday(one)) for one in self.shown.suggested]
        self.day.choices = [*days, SelectChoice(OWN, _l("别的日子"))]

    @property
    def number(self) -> int:
        """Return the number that was asked for, by the form or the address; else the next one."""
        typed = self.instalment.data or ""
        if typed.isascii() and typed.isdigit() and int(typed) <= MOST_COUNT:
            return int(typed)
        asked = number_asked("instalment", MOST_COUNT)
        return self.choice.ranges[0].number if asked is None else asked

    @property
    def shown(self) -> DateRange:
        """Return the days of that number; where it cannot be moved, those of the next one."""
        return self.choice.of(self.number) or self.choice.ranges[0]

    @property
    def due_on(self) -> date | None:
        """Return the day that was chosen: where none of the suggested ones is, the own one."""
        return date.fromisoformat(str(self.day.data)) if self._is_suggested else self.own_day.data

    def validate_day(self, field: Field) -> None:
        """A day of one's own that was typed needs no choice."""
        if not self._is_suggested and self.day.data != OWN and not self.own_day.typed:
            raise ValidationError(str(CHOOSE))

    def validate_own_day(self, field: Field) -> None:
        """Beside a suggested day it may be anything."""
        if self._is_suggested:
            field.errors = []
        elif self.day.data == OWN and self.own_day.data is None and not field.errors:
            raise ValidationError(str(WRITE))

    def blame(self, words: str) -> None:
        """Say what is wrong with the day, at the field it came from."""
        is_own = not self._is_suggested and (self.day.data == OWN or self.own_day.data)
        field = self.own_day if is_own else self.day
        field.errors = [*field.errors, words]

    @property
    def _is_suggested(self) -> bool:
        return self.day.data in {one.isoformat() for one in self.shown.suggested}
