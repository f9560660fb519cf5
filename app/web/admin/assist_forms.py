"""What a borrower says on the phone, as staff type it: shape and wording only."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from app.domain.budget import INCOMES, SPENDING, Budget
from app.domain.calendar import PayDay
from app.services.assisted.entering import PhoneAnswers
from app.web.fields import (
    MaybeMoneyField,
    MoneyField,
    RequestKeyField,
    above_zero,
    households,
    pay_days,
    settle_days,
)
from app.web.typed_answers import PageForm
from app.web.words import INCOME_SOURCES, SPENDING_GROUPS


class AssistForm(PageForm):
    """Amounts and a pay day, income where it is told; the choice once options are shown."""

    monthly = MoneyField(_l("每月最多能还"), validators=[above_zero])
    upfront = MaybeMoneyField(_l("这次先还"))
    pay_day = SelectField(_l("每月几号还"), validators=[InputRequired(message=_l("请选一个日子"))])
    people = SelectField(_l("几个人靠这份钱生活"))
    income_own = MaybeMoneyField(_l(INCOME_SOURCES["own"]))
    income_partner = MaybeMoneyField(_l(INCOME_SOURCES["partner"]))
    income_benefits = MaybeMoneyField(_l(INCOME_SOURCES["benefits"]))
    income_other = MaybeMoneyField(_l(INCOME_SOURCES["other"]))
    spending_food = MaybeMoneyField(_l(SPENDING_GROUPS["food"]))
    spending_housing = MaybeMoneyField(_l(SPENDING_GROUPS["housing"]))
    spending_utilities = MaybeMoneyField(_l(SPENDING_GROUPS["utilities"]))
    spending_children = MaybeMoneyField(_l(SPENDING_GROUPS["children"]))
    spending_medicine = MaybeMoneyField(_l(SPENDING_GROUPS["medicine"]))
    spending_transport = MaybeMoneyField(_l(SPENDING_GROUPS["transport"]))
    spending_other = MaybeMoneyField(_l(SPENDING_GROUPS["other"]))
    debts = MaybeMoneyField(_l("别家每月要还的"))
    choice = StringField(validators=[Length(max=20)])
    request_key = RequestKeyField()

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.pay_day.choices = pay_days()
        self.people.choices = households()

    @property
    def has_budget(self) -> bool:
        """Whether anything was said of a month."""
        amounts = (*self.of("income"), *self.of("spending"), self.debts)
        return bool(self.people.data) or any(one.data is not None for one in amounts)

    def of(self, side: str) -> list[Field]:
        """Return the rows of a side of the month: income or spending."""
        names = INCOMES if side == "income" else SPENDING
        return [self[f"{side}_{name}"] for name in names]

    def _check_side(self, side: str) -> None:
        # What is left needs both. Neither is an answer as well, and the plan then goes to a person.
        if self.has_budget and all(one.data is None for one in self.of(side)):
            raise ValidationError(_l("收入和必要开支要么都填，要么都不填"))

    def validate_income_own(self, _field: MoneyField) -> None:
        self._check_side("income")

    def validate_spending_food(self, _field: MoneyField) -> None:
        self._check_side("spending")

    def budget(self) -> Budget | None:
        """Return what was said of a month; None where nothing was. An empty row is nothing."""
        if not self.has_budget:
            return None
        return Budget(
            people=int(self.people.data) if self.people.data else None,
            incomes={name: self[f"income_{name}"].data or 0 for name in INCOMES},
            spending={name: self[f"spending_{name}"].data or 0 for name in SPENDING},
            debts_fen=self.debts.data or 0,
        )

    def spoken(self) -> PhoneAnswers:
        """Return what was said."""
        day: PayDay = "last" if self.pay_day.data == "last" else int(self.pay_day.data or "")
        return PhoneAnswers(
            upfront_fen=self.upfront.data or 0,
            monthly_fen=self.monthly.data or 0,
            pay_day=day,
            budget=self.budget(),
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
