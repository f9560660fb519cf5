"""Form fields that read what people type: amounts, mobiles, codes."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import uuid4

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from app.domain.calendar import LAST_PAY_DAY
from app.domain.money import MoneyFormat, parse_yuan
from app.web.filters import cn_weekday, words_of

MOBILE = re.compile(r"1[3-9][0-9]{9}")
# A key comes back from the browser: anything but one of ours is replaced.
KEY = re.compile(r"[0-9a-f-]{36}")


def stripped(value: str | None) -> str:
    """A filter: words without blanks around them."""
    return (value or "").strip()


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


def settle_days(days: Iterable[date]) -> list[SelectChoice]:
    """The days on which a small debt may be settled."""
    return [
        SelectChoice("", _l("请选择")),
        *(SelectChoice(day.isoformat(), cn_weekday(day)) for day in days),
    ]


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


class PlainField(StringField):
    """Text with full-width characters made plain and all blanks and hyphens taken out."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = unicodedata.normalize("NFKC", valuelist[0]) if valuelist else ""
        # Numbers are pasted with hyphens and dashes of every kind.
        self.data = re.sub(r"[\s\-‐–—]", "", text)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else str(self.data or "")


class MobileField(PlainField):
    """A mainland mobile; +86, blanks and full-width digits are fine."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        text = self.data or ""
        for prefix in ("+86", "0086"):
            text = text.removeprefix(prefix)
        # Without a plus only where it is too long otherwise: no mobile begins with 86.
        self.data = text.removeprefix("86") if len(text) == 13 else text

    def pre_validate(self, form: Any) -> None:
        if not MOBILE.fullmatch(self.data or ""):
            raise ValidationError(gettext("请填写 11 位手机号，例如 138 0000 0000"))
