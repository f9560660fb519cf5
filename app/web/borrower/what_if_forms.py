"""Other numbers to try beside the plan that stands; what is left empty stays as it is."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from app.domain.calendar import PayDay
from app.services.proposals.basis import Answers
from app.web.fields import MaybeMoneyField, above_zero, pay_days
from app.web.typed_answers import PageForm


class WhatIfForm(PageForm):
    """An amount or a number of instalments, the first payment, the pay day, the low months."""

    monthly = MaybeMoneyField(_l("每月能还"), validators=[above_zero])
    upfront = MaybeMoneyField(_l("这次先还"))
    pay_day = SelectField(_l("每月几号还"), validators=[Optional()])
    periods = SelectField(_l("分几期"), validators=[Optional()])
    low_months = SelectField(_l("头几个月少还"), validators=[Optional()])

    def __init__(self, *, least: int, most: int, most_low: int, **values: Any) -> None:
        super().__init__(**values)
        as_it_is = SelectChoice("", _l("不变"))
        days = [one for one in pay_days() if one.value]
        self.pay_day.choices = [as_it_is, *days]
        by_amount = SelectChoice("0", _l("按每月的数来算"))
        counts = [
            SelectChoice(str(count), _l("%(count)s 期", count=count))
            for count in range(least, most + 1)
        ]
        self.periods.choices = [as_it_is, by_amount, *counts]
        self.low_months.choices = [
            as_it_is,
            *(
                SelectChoice(str(count), _l("%(months)s 个月", months=count))
                for count in range(1, most_low + 1)
            ),
        ]

    @property
    def answers(self) -> Answers:
        """Return what was changed; an amount decides the number of instalments again where none
        was chosen beside it.
        """
        periods = int(self.periods.data) if self.periods.data else None
        if periods is None and self.monthly.data is not None:
            periods = 0
        return Answers(
            upfront_fen=self.upfront.data,
            monthly_fen=self.monthly.data,
            pay_day=_day(self.pay_day.data),
            periods=periods,
            low_months=int(self.low_months.data) if self.low_months.data else None,
        )


def _day(chosen: str | None) -> PayDay | None:
    if not chosen:
        return None
    return "last" if chosen == "last" else int(chosen)
