"""Forms that hold a paper against our records: shape and wording only."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms.validators import ValidationError

from app.services.agreements.checking import CODE_CHARS
from app.web.catalogues import gettext
from app.web.fields import MoneyField, PlainField

AGREEMENT_NUMBER = re.compile(r"ah[0-9]+")
CERTIFICATE_NUMBER = re.compile(r"(?:jq|hq|sj|zh|bj)[0-9]+")


class CheckCodeField(PlainField):
    """A check code as it is read off a paper: in capitals, in groups, or with the address before
    it.
    """

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        self.data = (self.data or "").rstrip("/").rpartition("/")[2].lower()

    def pre_validate(self, form: Any) -> None:
        code = self.data or ""
        # Never looked up: whoever knows one number knows the next.
        if AGREEMENT_NUMBER.fullmatch(code):
            raise ValidationError(
                gettext("这是协议编号，谁都猜得到。请填核对码，它是纸上核对地址的最后一段")
            )
        if CERTIFICATE_NUMBER.fullmatch(code):
            raise ValidationError(gettext("这是纸的编号，谁都猜得到。请填二维码旁边的核对码"))
        if len(code) != CODE_CHARS or not code.isascii() or not code.isalnum():
            raise ValidationError(
                gettext("核对码是 %(count)s 个字母和数字，请再照着纸上填一遍", count=CODE_CHARS)
            )


class CheckCodeForm(FlaskForm):
    code = CheckCodeField(_l("纸上的核对码"))


class CheckTotalForm(FlaskForm):
    total = MoneyField(_l("纸上印的合计是多少"))
