"""Form fields that read what people type: amounts, mobiles, codes."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from app.domain.budget import MOST_PEOPLE
from app.domain.calendar import LAST_PAY_DAY
from app.domain.characters import bare_number, mobile_digits, plain_words, visible
from app.domain.money import MoneyFormat, parse_yuan
from app.web.catalogues import gettext
from app.web.filters import cn_weekday, words_of

MOBILE = re.compile(r"1[3-9][0-9]{9}")
# A key comes back from the browser: anything but one of ours is replaced.
KEY = re.compile(r"[0-9a-f-]{36}")


def stripped(value: str | None) -> str:
    """A filter: words without blanks around them."""
    return (value or "").strip()


def plain_name(value: str | None) -> str:
    """A filter: what people call themselves, without blanks around it and what nobody sees."""
    return visible(value or "").strip()


def above_zero(_form: Any, field: Any) -> None:
    """A validator of a monthly amount."""
    if field.data is not None and field.data <= 0:
        raise ValidationError(_l("请写每月能还的金额，要比 0 多"))


def pay_days() -> list[SelectChoice]:
    """The days of the month one may choose to pay on."""
    days = [
        SelectChoice(str(day), _l("每月 %(day)s 日", day=day)) for day in range(1, LAST_PAY_DAY + 1)
    ]
    return [SelectChoice("", _l("请选择")), *days, SelectChoice("last", _l("每月最后一天"))]


def households() -> list[SelectChoice]:
    """How many people may live on an income; the last stands for more."""
    more = SelectChoice(str(MOST_PEOPLE), _l("%(count)s 个人或更多", count=MOST_PEOPLE))
    counted = [
        SelectChoice(str(count), _l("%(count)s 个人", count=count))
        for count in range(2, MOST_PEOPLE)
    ]
    return [SelectChoice("", _l("没有说")), SelectChoice("1", _l("只有自己")), *counted, more]


def settle_days(days: Iterable[date]) -> list[SelectChoice]:
    """The days on which a small debt may be settled."""
    return [
        SelectChoice("", _l("请选择")),
        *(SelectChoice(day.isoformat(), cn_weekday(day)) for day in days),
    ]


def counted_months(most: int) -> list[SelectChoice]:
    """One month and more, up to the most."""
    return [
        SelectChoice(str(count), _l("%(months)s 个月", months=count))
        for count in range(1, most + 1)
    ]


class TicksField(SelectMultipleField):
    """Any number of ticks, also none; what can be chosen the service says."""

    def pre_validate(self, form: object) -> None:
        """Leave it to the service, which says what to do."""


class RequestKeyField(HiddenField):
    """The key that makes a form happen once: kept while its answers are mended; a page without one
    gets one.
    """

    def __init__(self, **values: Any) -> None:
        super().__init__(filters=[self._kept_or_new], **values)

    @staticmethod
    def _kept_or_new(value: str | None) -> str:
        return value if value and KEY.fullmatch(value) else str(uuid4())


class MoneyField(Field):
    """An amount in yuan; `data` is fen, `raw` what was typed."""

    data: int | None
    widget = TextInput()

    def _value(self) -> str:
        # What was typed stands there again as it was typed, right or wrong: people mend it more
        # easily.
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        yuan, fen = divmod(self.data, 100)
        return f"{yuan}.{fen:02d}" if fen else str(yuan)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if not valuelist:
            return
        try:
            self.data = parse_yuan(valuelist[0])
        except MoneyFormat as fault:
            raise ValueError(words_of(fault)) from fault


class MaybeMoneyField(MoneyField):
    """An amount that may be left out: then `data` is None."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata([one for one in valuelist if str(one).strip()])


class ZeroMoneyField(MaybeMoneyField):
    """An amount that stands at zero until another one is typed; left empty it is zero too."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, default=0, **values)

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data or 0


class PlainField(StringField):
    """Text in half width, without blanks, dashes and the marks nobody sees."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = bare_number(valuelist[0]) if valuelist else ""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else str(self.data or "")


class CodeField(PlainField):
    """The digits of a message, or the whole message."""

    def __init__(self, *args: Any, digits: int, **values: Any) -> None:
        super().__init__(*args, **values)
        self.digits = digits

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if valuelist and not re.fullmatch(r"[0-9]*", self.data or ""):
            self.data = self._within(plain_words(valuelist[0])) or self.data

    def _within(self, words: str) -> str:
        """Return the one number of so many digits that stands by itself, first of all the one that
        is called a code.
        """
        # Not a part of an address, of a longer number or of one of ours: AH-123456, 400-123456.
        alone = rf"(?<![0-9A-Za-z.:/@-])([0-9]{{{self.digits}}})(?![0-9A-Za-z/-])(?!\.[0-9])"
        told = re.findall(rf"(?:验证码|驗證碼|[Cc]ode)\D{{0,4}}{alone}", words)
        found = set(told or re.findall(alone, words))
        return found.pop() if len(found) == 1 else ""


class MobileField(PlainField):
    """A mainland mobile; country code, blanks, dashes and full-width digits are fine."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = mobile_digits(valuelist[0]) if valuelist else ""

    def pre_validate(self, form: Any) -> None:
        if not MOBILE.fullmatch(self.data or ""):
            raise ValidationError(gettext("请填写 11 位手机号，例如 138 0000 0000"))
