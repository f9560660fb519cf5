"""The form that holds a printed total against an agreement: shape and wording only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from app.web.fields import MoneyField


class CheckTotalForm(FlaskForm):
    total = MoneyField(_l("纸上印的合计是多少"))
