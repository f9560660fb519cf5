"""A picture of a transfer: how much, when, and the consent to look at it."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField

from app.web.borrower.payoff_forms import TypedDayField
from app.web.fields import MoneyField


class ProofForm(FlaskForm):
    """The file is read by the view, which takes or refuses it."""

    fen = MoneyField(_l("转了多少"))
    on = TypedDayField(_l("哪天转的"))
    consent = BooleanField(_l("同意为核对这笔转账看这张图"))
