"""The numbers of a draft of the policy, as administrators type them: shape and wording only."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, HiddenField
from wtforms.widgets import TextInput

from app.domain.characters import plain_number
from app.domain.money import PPM
from app.domain.policy import Policy
from app.domain.policy_numbers import NAMES, numbers_of
from app.web.admin.policy_words import BY_NAME, number_text
from app.web.fields import MoneyField
from app.web.typed_answers import PageForm

WHOLE = re.compile(r"[0-9]{1,6}")
# A share to four decimals of a percent is exact in ppm.
PERCENT = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,4}))?%?")
PER_PERCENT = PPM // 100
DECIMALS = 4


class WholeField(Field):
    """A whole number from zero on; what was typed stays."""

    data: int | None
    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else number_text(self.name, self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = plain_number(str(valuelist[0])) if valuelist else ""
        self.data = None
        if not WHOLE.fullmatch(typed):
            raise ValueError(_l("请写整数，例如 7"))
        self.data = int(typed)


class ShareField(WholeField):
    """A percentage; `data` is ppm."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        found = PERCENT.fullmatch(plain_number(str(valuelist[0])) if valuelist else "")
        self.data = None
        if found is None:
            raise ValueError(_l("请写百分数，最多四位小数，例如 48.5"))
        decimals = (found[2] or "").ljust(DECIMALS, "0")
        self.data = int(found[1]) * PER_PERCENT + int(decimals)


class YuanField(MoneyField):
    """An amount in yuan as the desk writes it, with its commas."""

    def _value(self) -> str:
        if self.raw_data or self.data is None:
            return super()._value()
        return number_text(self.name, self.data)


class StartDayField(DateField):
    """The day from which a version counts; what was typed stays."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata([one for one in valuelist if one.strip()])
        except ValueError:
            raise ValueError(_l("请写成 2026-11-20 这样的日期")) from None


class DraftForm(PageForm):
    """Every number of the policy; which edition they were typed over; from when they count."""

    edition = HiddenField()
    from_on = StartDayField(_l("从哪天起"))

    @property
    def numbers(self) -> dict[str, int]:
        """Return what was typed, by name."""
        return {name: self[name].data for name in NAMES}

    def fill(self, policy: Policy) -> None:
        """Put a policy's numbers in where nothing was typed."""
        for name, value in numbers_of(policy).items():
            if not self[name].raw_data:
                self[name].data = value


def _field(name: str) -> Field:
    kind = {"fen": YuanField, "ppm": ShareField}.get(name.rpartition("_")[2], WholeField)
    return kind(_l(BY_NAME[name].label))


for _name in NAMES:
    setattr(DraftForm, _name, _field(_name))


class EditionForm(PageForm):
    """Which edition of a draft was read."""

    edition = HiddenField()
