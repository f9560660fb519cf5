"""Form fields that read what people type: amounts, mobiles, codes."""

import re
import unicodedata
from typing import Any

from flask_babel import gettext
from wtforms import StringField
from wtforms.validators import ValidationError

from app.domain.money import MoneyFormat, parse_yuan

MOBILE = re.compile(r"1[3-9][0-9]{9}")


class MoneyField(StringField):
    """An amount in yuan; `data` is fen, `raw` what was typed."""

    def _value(self) -> str:
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
            raise ValueError(gettext(fault.message)) from fault


class MaybeMoneyField(MoneyField):
    """An amount that may be left out: then `data` is None."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata([one for one in valuelist if str(one).strip()])


class PlainField(StringField):
    """Text with full-width characters made plain and all blanks and hyphens taken out."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = unicodedata.normalize("NFKC", valuelist[0]) if valuelist else ""
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
        self.data = text.removeprefix("86") if len(text) == 13 else text

    def pre_validate(self, form: Any) -> None:
        if not MOBILE.fullmatch(self.data or ""):
            raise ValidationError(gettext("请填写 11 位手机号，例如 138 0000 0000"))
