"""The filter of the register: shape and wording only."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional, ValidationError

from app.services.finance.register_queries import STATES, RegisterFilter

# Beyond these a day has no midnight in every zone, and no agreement of ours.
EARLIEST, LATEST = date(1990, 1, 1), date(2190, 12, 31)


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


class FilterForm(FlaskForm):
    """Signed from and to, and the plan's state; it comes with the address and changes nothing."""

    class Meta(FlaskForm.Meta):
        # It changes nothing, and a token in an address would be kept in histories.
        csrf = False

    from_on = DayField(_l("签署日从"), name="from", validators=[Optional()])
    to_on = DayField(_l("到"), name="to", validators=[Optional()])
    state = SelectField(
        _l("状态"),
        default="",
        choices=[
            SelectChoice("", _l("全部")),
            *(SelectChoice(code, _l(words)) for code, words in STATES.items()),
        ],
    )

    def validate_to_on(self, field: DateField) -> None:
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise ValidationError(_l("结束日期要在开始日期之后，或者是同一天"))

    def wanted(self) -> RegisterFilter:
        """Return the filter that was asked for."""
        return RegisterFilter(self.from_on.data, self.to_on.data, self.state.data or None)

    def typed(self) -> dict[str, Any]:
        """Return what was typed, right or wrong, as it stands in an address."""
        return {field.name: str(field.raw_data[0]) for field in self if field.raw_data}

    def query(self) -> dict[str, str]:
        """Return the filter as it stands in an address."""
        days = {"from": self.from_on.data, "to": self.to_on.data}
        found = {name: day.isoformat() if day else "" for name, day in days.items()} | {
            "state": self.state.data or ""
        }
        return {name: value for name, value in found.items() if value}
