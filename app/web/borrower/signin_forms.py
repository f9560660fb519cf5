"""Forms of signing in: shape and wording only."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import InputRequired, Optional, Regexp

from app.services.signin.codes import DIGITS
from app.services.signin.legal_documents import LegalDocument
from app.web.catalogues import gettext
from app.web.fields import CodeField, MobileField, PlainField

LAST4 = Regexp(r"[0-9A-Za-z]{4}\Z", message=_l("请填写证件号码的最后四位，可能有字母"))


class SignInForm(FlaskForm):
    """The number the loan was taken with; the last four where a page asks for them."""

    mobile = MobileField(_l("手机号"))
    id_last4 = PlainField(_l("证件号码后四位"), validators=[Optional(), LAST4])


class CodeForm(FlaskForm):
    """The digits from the message."""

    digits = DIGITS
    code = CodeField(
        _l("短信验证码"),
        digits=DIGITS,
        validators=[
            Regexp(
                rf"[0-9]{{{DIGITS}}}\Z",
                message=_l("请填写短信里的 %(digits)s 位数字", digits=DIGITS),
            )
        ],
    )


class PersonForm(FlaskForm):
    """Which person of the number it is."""

    id_last4 = PlainField(_l("证件号码后四位"), validators=[LAST4])


def agree_form(documents: Sequence[LegalDocument]) -> FlaskForm:
    """A form with one box for each document, none of them ticked beforehand."""
    # Made for the documents that are open: an already agreed one is not asked for twice.
    boxes: dict[str, Any] = {field_name(one): _box(one) for one in documents}
    made: type[FlaskForm] = type("AgreeForm", (FlaskForm,), boxes)
    return made()


def field_name(document: LegalDocument) -> str:
    return document.name.replace("-", "_")


def _box(document: LegalDocument) -> BooleanField:
    title = gettext(document.title)
    return BooleanField(
        gettext("我已阅读并同意《%(title)s》", title=title),
        validators=[InputRequired(message=gettext("请先阅读，再勾选《%(title)s》", title=title))],
    )
