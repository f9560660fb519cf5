"""The filter of the register: shape and wording only."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, Field, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional, ValidationError
from wtforms.widgets import TextInput

from app.domain.characters import is_legible, plain_number
from app.services.register.filter import (
    KINDS,
    MOST_NUMBER_CHARS,
    STATES,
    RegisterFilter,
    month_text,
    sought,
)

# Beyond these a day has no midnight in every zone, and no agreement of ours.
EARLIEST, LATEST = date(1990, 1, 1), date(2190, 12, 31)
MONTH = re.compile(r"([0-9]{4})-?(0[1-9]|1[0-2])")
# What people write between year and month, and after it.
MONTH_SIGNS = str.maketrans({"年": "-", "/": "-", ".": "-", "月": None})


class DayField(DateField):
    """A day as the browser sends it; what was typed stays."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_l("请写成 2026-11-20 这样的日期")) from None
        if self.data and not EARLIEST <= self.data <= LATEST:
            self.data = None
            raise ValueError(_l("请写成 2026-11-20 这样的日期"))


class MonthField(Field):
    """A month as the browser or a person writes it; `data` is its first day, and what was typed
    stays.
    """

    data: date | None
    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return month_text(self.data) if self.data else str(self.raw_data[0])
        return ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        typed = plain_number(str(valuelist[0])) if valuelist else ""
        if not typed:
            return
        found = MONTH.fullmatch(typed.translate(MONTH_SIGNS))
        if not found or not EARLIEST.year <= int(found[1]) <= LATEST.year:
            raise ValueError(_l("请写成 2026-12 这样的年月"))
        self.data = date(int(found[1]), int(found[2]), 1)


def _lazy(words: Mapping[str, str]) -> dict[str, str]:
    return {code: _l(told) for code, told in words.items()}


def _one_of(label: str, unknown: str, words: Mapping[str, str]) -> SelectField:
    """One of a list, or all of it."""
    choices = [SelectChoice("", _l("全部")), *(SelectChoice(*one) for one in words.items())]
    # The stubs of WTForms do not know the words for a choice that is none.
    words_of_it: dict[str, Any] = {"invalid_choice_message": unknown}
    return SelectField(label, default="", choices=choices, **words_of_it)


class FilterForm(FlaskForm):
    """Which agreements; it comes with the address and changes nothing."""

    class Meta(FlaskForm.Meta):
        # It changes nothing, and a token in an address would be kept in histories.
        csrf = False

    number = StringField(
        _l("协议号、借据号或合同编号"),
        filters=[lambda typed: sought(typed or "")],
        validators=[
            Length(
                max=MOST_NUMBER_CHARS,
                message=_l("号码最多 %(most)s 个字，请核对", most=MOST_NUMBER_CHARS),
            )
        ],
    )
    from_on = DayField(_l("签署日从"), name="from", validators=[Optional()])
    to_on = DayField(_l("到"), name="to", validators=[Optional()])
    due_month = MonthField(_l("到期月份"), name="due", validators=[Optional()])
    state = _one_of(_l("状态"), _l("请从列表里选一个状态"), _lazy(STATES))
    kind = _one_of(_l("方案种类"), _l("请从列表里选一个种类"), _lazy(KINDS))
    product = _one_of(_l("产品"), _l("台账里没有这个产品，请从列表里选"), {})

    def __init__(
        self, formdata: Any, *, products: Iterable[str], begin_many: Callable[[str], bool]
    ) -> None:
        super().__init__(formdata)
        self._begin_many = begin_many
        self.product.choices = [
            *self.product.choices,
            *(SelectChoice(name, name) for name in products),
        ]

    def validate_to_on(self, field: DateField) -> None:
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise ValidationError(_l("结束日期要在开始日期之后，或者是同一天"))

    def validate_number(self, field: StringField) -> None:
        if not is_legible(field.data or ""):
            raise ValidationError(_l("号码里有读不出的字，请重新写一遍"))
        if field.data and self._begin_many(field.data):
            raise ValidationError(_l("以它开头的号码太多，请多写几位，或者写完整的号码"))

    def wanted(self) -> RegisterFilter:
        """Return the filter that was asked for."""
        return RegisterFilter(
            self.from_on.data,
            self.to_on.data,
            self.state.data or None,
            self.kind.data or None,
            self.product.data or None,
            self.due_month.data,
            self.number.data or None,
        )

    def typed(self) -> dict[str, Any]:
        """Return what was typed, right or wrong, as it stands in an address."""
        return {field.name: str(field.raw_data[0]) for field in self if field.raw_data}

    def query(self) -> dict[str, str]:
        """Return the filter as it stands in an address."""
        return {name: value for name, value in self.wanted().values().items() if value}
