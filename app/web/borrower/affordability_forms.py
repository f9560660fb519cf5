"""A month told part by part: shape and wording only. Rows that many people leave out stand at
zero.
"""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import InputRequired

from app.domain.budget import INCOMES, SPENDING
from app.web.fields import MoneyField, ZeroMoneyField, above_zero, households
from app.web.typed_answers import PageForm
from app.web.words import INCOME_SOURCES, SPENDING_GROUPS


class HouseholdForm(PageForm):
    """How many people live on it."""

    answer = RadioField(
        _l("几个人靠这份钱生活？"), validators=[InputRequired(message=_l("请选一个，大概就行"))]
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.answer.choices = households()[1:]  # not telling is a button of the page


class _GroupsForm(PageForm):
    """One amount a group."""

    GROUPS: tuple[str, ...]

    def amounts(self) -> dict[str, int]:
        """Return what was typed, in fen by group; nothing typed is nothing."""
        return {name: self[name].data or 0 for name in self.GROUPS}

    def fill(self, kept: dict[str, int]) -> None:
        """Show what was told before."""
        for name in self.GROUPS:
            self[name].data = kept.get(name, self[name].data)


class IncomeForm(_GroupsForm):
    """What comes in a month, by source."""

    GROUPS = INCOMES
    own = MoneyField(_l(INCOME_SOURCES["own"]))
    partner = ZeroMoneyField(_l(INCOME_SOURCES["partner"]))
    benefits = ZeroMoneyField(_l(INCOME_SOURCES["benefits"]))
    other = ZeroMoneyField(_l(INCOME_SOURCES["other"]))


class SpendingForm(_GroupsForm):
    """What must go out a month, by group."""

    GROUPS = SPENDING
    # Nobody lives without it: typed, and not passed by with a zero that stood there.
    food = MoneyField(_l(SPENDING_GROUPS["food"]))
    housing = ZeroMoneyField(_l(SPENDING_GROUPS["housing"]))
    utilities = ZeroMoneyField(_l(SPENDING_GROUPS["utilities"]))
    children = ZeroMoneyField(_l(SPENDING_GROUPS["children"]))
    medicine = ZeroMoneyField(_l(SPENDING_GROUPS["medicine"]))
    transport = ZeroMoneyField(_l(SPENDING_GROUPS["transport"]))
    other = ZeroMoneyField(_l(SPENDING_GROUPS["other"]))


class DebtsForm(PageForm):
    """What goes to other lenders a month."""

    answer = ZeroMoneyField(_l("别家每月还要还多少？"))


class LeftForm(PageForm):
    """How much a month, beside what is left."""

    answer = MoneyField(_l("算下来，每月还多少？"), validators=[above_zero])
