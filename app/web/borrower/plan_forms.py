"""Questions on the journey to a plan: shape and wording only, the services say what the rules
allow.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from app.domain.characters import plain_number
from app.domain.texts import N_
from app.services.chosen_loans.queries import LoanChoice
from app.services.hardship.records import HARDSHIP_CODES
from app.services.proposals.drafts import MOST_WORDS
from app.web.catalogues import gettext
from app.web.fields import (
    MoneyField,
    RequestKeyField,
    TicksField,
    above_zero,
    pay_days,
    settle_days,
)
from app.web.typed_answers import PageForm
from app.web.words import HARDSHIP_REASONS

# Examples say that small things count as well; the last two reasons need none.
REASON_HINTS: Mapping[str, str] = {
    "income_fell": N_("降薪、停工、工资没发下来"),
    "work_lost": N_("失业、歇业、接不到活"),
    "spending_rose": N_("房子要修、东西被偷、孩子上学"),
    "disaster": N_("大水、火灾、疫情"),
    "illness": N_("身体的、心里的都算"),
    "family": N_("亲人离世、分开、在家里不安全"),
    "money_awaited": N_("工资、货款、赔偿、退款"),
    "many_debts": N_("几家的贷款、信用卡、分期凑在一起"),
}


class ReasonForm(PageForm):
    """Why it is hard now: one of the reasons, a few words, and the consent that sensitive reasons
    need.
    """

    reason = RadioField(
        _l("最近遇到了什么？"),
        validators=[InputRequired(message=_l("请选一个；不方便说，就选“不想说”"))],
    )
    words = TextAreaField(
        _l("想多说几句（可以不填）"),
        validators=[Length(max=MOST_WORDS, message=_l("写得有点多，请减到 %(max)d 个字以内"))],
    )
    consent = BooleanField(_l("我单独同意记下这个私密原因"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.reason.choices = [
            SelectChoice(code, _l(HARDSHIP_REASONS[code])) for code in HARDSHIP_CODES
        ]


class SettleDayForm(PageForm):
    """On which day a small debt is paid."""

    answer = SelectField(_l("哪一天还清？"), validators=[InputRequired(message=_l("请选一个日子"))])

    def __init__(self, *, days: Sequence[date], **values: Any) -> None:
        super().__init__(**values)
        self.answer.choices = settle_days(days)


class LoansForm(PageForm):
    """Which loans."""

    answer = TicksField(_l("这次把哪几笔放进来？"))

    def __init__(self, *, loans: Sequence[LoanChoice], **values: Any) -> None:
        super().__init__(**values)
        self.answer.choices = [
            SelectChoice(one.public_id, one.product) for one in loans if not one.refusal
        ]


class FirstPaymentForm(PageForm):
    """How much now; nothing is fine too."""

    answer = MoneyField(_l("这次先还多少？"))


class MonthlyForm(PageForm):
    """How much a month; any amount above zero, the options say what it can carry."""

    answer = MoneyField(_l("您每月最多能还多少？"), validators=[above_zero])


class PayDayForm(PageForm):
    """Which day of the month."""

    answer = SelectField(_l("每月几号还？"), validators=[InputRequired(message=_l("请选一个日子"))])

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.answer.choices = pay_days()


def _is_count(_form: FlaskForm, field: StringField) -> None:
    """A number of instalments is written in digits; nothing typed is none."""
    plain = plain_number(field.data or "").removesuffix("期")
    if plain and not (plain.isascii() and plain.isdigit()):
        raise ValidationError(gettext("期数请用数字写，例如 12"))


class OptionsForm(PageForm):
    """Choosing an option, or asking for others with the sliders."""

    choice = StringField(validators=[Length(max=20)])
    monthly = StringField(validators=[Length(max=12)])
    upfront = StringField(validators=[Length(max=12)])
    pay_day = StringField(validators=[Length(max=4)])
    periods = StringField(validators=[Length(max=12), _is_count])
    # For which amounts the options that stand on the page were computed.
    shown_for = StringField(validators=[Length(max=80)])


class BreathingForm(FlaskForm):
    """The key makes it begin once."""

    request_key = RequestKeyField()


class SubmitForm(FlaskForm):
    """The key makes the submission happen once; the hash says what was shown."""

    request_key = HiddenField(validators=[InputRequired(), Length(max=64)])
    shown_sha256 = HiddenField(validators=[InputRequired(), Length(max=64)])
