"""What a borrower says on the phone, as staff type it: shape and wording only."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from app.domain.calendar import PayDay
from app.services.proposals.assisted import PhoneAnswers
from app.web.fields import (
    MaybeMoneyField,
    MoneyField,
    RequestKeyField,
    above_zero,
    pay_days,
    settle_days,
)
from app.web.typed_answers import PageForm


class AssistForm(PageForm):
    """Amounts and a pay day, income where it is told; the choice once options are shown."""

    monthly = MoneyField(_l("每月最多能还"), validators=[above_zero])
    upfront = MaybeMoneyField(_l("这次先还"))
    pay_day = SelectField(_l("每月几号还"), validators=[InputRequired(message=_l("请选一个日子"))])
    income = MaybeMoneyField(_l("每月到手的收入"))
    essential = MaybeMoneyField(_l("每月必要的生活开支"))
    choice = StringField(validators=[Length(max=20)])
    request_key = RequestKeyField()

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.pay_day.choices = pay_days()

    def validate_essential(self, field: MoneyField) -> None:
        # A surplus needs both. Neither is an answer as well, and the plan then goes to a person.
        if (field.data is None) != (self.income.data is None):
            raise ValidationError(_l("收入和必要开支要么都填，要么都不填"))

    def spoken(self) -> PhoneAnswers:
        """Return what was said."""
        day: PayDay = "last" if self.pay_day.data == "last" else int(self.pay_day.data or "")
        return PhoneAnswers(
            upfront_fen=self.upfront.data or 0,
            monthly_fen=self.monthly.data or 0,
            pay_day=day,
            income_fen=self.income.data,
            essential_fen=self.essential.data,
            choice=self.choice.data or None,
        )


class AssistDayForm(PageForm):
    """A small debt asks for a day only."""

    pay_on = SelectField(_l("哪一天还清"), validators=[InputRequired(message=_l("请选一个日子"))])
    choice = StringField(validators=[Length(max=20)])
    request_key = RequestKeyField()

    def __init__(self, *, days: Sequence[date], **values: Any) -> None:
        super().__init__(**values)
        self.pay_on.choices = settle_days(days)

    def spoken(self) -> PhoneAnswers:
        """Return what was said."""
        day = date.fromisoformat(self.pay_on.data or "")
        return PhoneAnswers(pay_on=day, choice=self.choice.data or None)
