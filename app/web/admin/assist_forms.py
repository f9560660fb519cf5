"""What a borrower says on the phone, as staff type it: shape and wording only."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import Length, ValidationError

from app.domain.budget import INCOMES, SPENDING, Budget
from app.domain.calendar import PayDay
from app.domain.ways import EASES, KINDS, MOST_MONTHS, Ease
from app.services.assisted.queries import PhoneKinds, PhonePage
from app.services.assisted.spoken import PhoneAnswers
from app.web.admin.counter_forms import CountField
from app.web.catalogues import gettext
from app.web.fields import (
    MaybeMoneyField,
    RequestKeyField,
    TicksField,
    counted_months,
    households,
    pay_days,
    settle_days,
)
from app.web.typed_answers import PageForm
from app.web.words import EASES as EASE_WORDS
from app.web.words import INCOME_SOURCES, SPENDING_GROUPS

SMALL = "small"
OWN_SUM = "own"
# What each kind asks for; a small debt asks for a day only.
ASKED: Mapping[str, tuple[str, ...]] = {
    "reamortise": ("monthly", "periods", "upfront", "pay_day"),
    "step_up": ("low", "low_months", "monthly", "periods", "upfront", "pay_day"),
    "catch_up": ("monthly", "periods", "upfront"),
    "deferral": ("months", "way"),
    "settlement": ("pay_on", "own", "sum"),
    SMALL: ("pay_on",),
}
INPUTS = tuple(dict.fromkeys(name for names in ASKED.values() for name in names))


class MonthForm(PageForm):
    """A month, as it is told group by group; all of it or nothing."""

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

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
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

    def validate_income_own(self, _field: MaybeMoneyField) -> None:
        self._check_side("income")

    def validate_spending_food(self, _field: MaybeMoneyField) -> None:
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


class AssistForm(MonthForm):
    """Which loans, when it will be easier, which kind, and what the kind asks for; the choice once
    options are shown.
    """

    loans = TicksField(_l("把哪几笔放进来"))
    # Ticks that are all empty are told apart from a page that has none.
    has_ticks = HiddenField()
    ease = RadioField(
        _l("什么时候会松一些"),
        choices=[SelectChoice(one, _l(EASE_WORDS[one])) for one in EASES],
        validate_choice=False,
    )
    ease_months = SelectField(_l("大约几个月后"), default="3", validate_choice=False)
    kind = RadioField(
        _l("用哪种办法"), choices=[SelectChoice(one, one) for one in KINDS], validate_choice=False
    )
    # The kind that the fields on the page were of.
    shown_for = HiddenField(validators=[Length(max=20)])
    monthly = MaybeMoneyField(_l("每月最多能还"))
    periods = CountField(_l("一共几期"))
    upfront = MaybeMoneyField(_l("这次先还"))
    pay_day = SelectField(_l("每月几号还"), validate_choice=False)
    low = MaybeMoneyField(_l("头几个月每月还"))
    low_months = SelectField(_l("先少还几个月"), validate_choice=False)
    months = SelectField(_l("往后推几个月"), validate_choice=False)
    way = RadioField(
        _l("推迟的这几个月"),
        choices=[
            SelectChoice("later", _l("先不还，利息摊到以后的每一期")),
            SelectChoice("monthly", _l("每月只还利息，以后每期照旧")),
        ],
        validate_choice=False,
    )
    pay_on = SelectField(_l("哪一天还清"), validate_choice=False)
    own = RadioField(
        _l("还多少"),
        choices=[SelectChoice("policy", ""), SelectChoice(OWN_SUM, "")],
        validate_choice=False,
    )
    sum = MaybeMoneyField(_l("本人能拿出"))
    choice = StringField(validators=[Length(max=20)])
    request_key = RequestKeyField()
    shown_sha256 = HiddenField()

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        more = SelectChoice(str(MOST_MONTHS), _l("%(months)s 个月或更久", months=MOST_MONTHS))
        self.ease_months.choices = [*counted_months(MOST_MONTHS - 1), more]
        self.pay_day.choices = pay_days()

    def fit_to(self, page: PhonePage) -> None:
        """Offer what the loans and the kind of a page have to choose from; leave out what they do
        not ask for.
        """
        kinds = page.kinds
        if kinds is not None:
            self.low_months.choices = counted_months(kinds.limits.most_low_months)
            self.months.choices = counted_months(kinds.limits.most_months)
            self.pay_on.choices = settle_days(kinds.days)
            self._fill_in(kinds, page.usual_day)
        asked = ASKED.get(kind_asked(page), ())
        for name in INPUTS:
            if name not in asked:
                delattr(self, name)

    def _fill_in(self, kinds: PhoneKinds, usual_day: PayDay) -> None:
        usual = {
            "pay_day": str(usual_day),
            "low_months": str(kinds.limits.low_months),
            "months": str(kinds.limits.months),
            "way": "later",
            "own": "policy",
        }
        for name, value in usual.items():
            # What was on the page stands as it was sent, also empty.
            if not self[name].raw_data:
                self[name].data = value

    def is_of(self, page: PhonePage) -> bool:
        """Whether the fields that were sent are those of the page's kind."""
        return self.shown_for.data == kind_asked(page)

    def forgive(self) -> None:
        """Show what was typed without what is wrong with it: nobody has asked for figures yet."""
        for field in self:
            field.errors = ()

    def validate_monthly(self, field: MaybeMoneyField) -> None:
        # An own number is said instead of an amount.
        if not self.periods.count and not self.periods.errors:
            if field.data is None:
                raise ValidationError(gettext("请填写金额，例如 1300；或者写一共几期"))
            if field.data <= 0:
                raise ValidationError(gettext("请写每月能还的金额，要比 0 多"))

    def validate_low(self, field: MaybeMoneyField) -> None:
        if field.data is None:
            raise ValidationError(gettext("请填写金额，例如 1300"))

    def validate_sum(self, field: MaybeMoneyField) -> None:
        # Asked for only where it was chosen; empty it would be the whole.
        if self.own.data == OWN_SUM and field.data is None:
            raise ValidationError(gettext("请填写金额，例如 1300"))

    def validate_pay_day(self, field: SelectField) -> None:
        _listed(field, gettext("请选一个日子"))

    def validate_pay_on(self, field: SelectField) -> None:
        _listed(field, gettext("请选一个日子"))

    def validate_low_months(self, field: SelectField) -> None:
        _listed(field, gettext("请选几个月"))

    def validate_months(self, field: SelectField) -> None:
        _listed(field, gettext("请选几个月"))

    @property
    def asked(self) -> PhoneAnswers | None:
        """Return which loans, when it will be easier and which kind, as they were sent; None where
        nothing was.
        """
        if not self.shown_for.raw_data:
            return None
        low_months = self.low_months.data if "low_months" in self else None
        return PhoneAnswers(
            loans=tuple(self.loans.data or ()) if self.has_ticks.data else None,
            ease=self._ease,
            ease_months=_whole(self.ease_months.data) if self._ease == "in_months" else None,
            kind=next((one for one in KINDS if one == self.kind.data), None),
            low_months=_whole(low_months),
        )

    @property
    def _ease(self) -> Ease | None:
        counts = {str(count) for count in range(1, MOST_MONTHS + 1)}
        if self.ease.data == "in_months" and self.ease_months.data not in counts:
            return None
        return next((one for one in EASES if one == self.ease.data), None)

    def spoken(self, page: PhonePage) -> PhoneAnswers:
        """Return all that was said, of the kind that the page asks about."""
        kinds = page.kinds
        ticked = tuple(one.public_id for one in kinds.loans) if kinds and page.asks_loans else None
        asked = self.asked or PhoneAnswers(loans=ticked)
        given = {name: self[name].data for name in INPUTS if name in self}
        periods = self.periods.count if "periods" in self else None
        is_own = given.get("own") == OWN_SUM
        return PhoneAnswers(
            loans=asked.loans,
            ease=asked.ease,
            ease_months=asked.ease_months,
            # Where the loans cannot have the one that was picked the page shows another.
            kind=kinds.kind if kinds else None,
            upfront_fen=given.get("upfront") or 0,
            monthly_fen=given.get("monthly") or 0,
            periods=periods,
            pay_day=_day(given.get("pay_day")),
            low_fen=given.get("low") or 0,
            low_months=_whole(given.get("low_months")),
            months=_whole(given.get("months")),
            way="monthly" if given.get("way") == "monthly" else "later",
            pay_on=date.fromisoformat(given["pay_on"]) if given.get("pay_on") else None,
            sum_fen=given.get("sum") if is_own else None,
            budget=self.budget(),
            choice=self.choice.data or None,
        )


def kind_asked(page: PhonePage) -> str:
    """Return the kind whose fields a page shows; empty where it shows none."""
    if page.kinds is None:
        return ""
    return SMALL if page.kinds.is_small else page.kinds.kind or ""


def _listed(field: SelectField, advice: str) -> None:
    if not field.data or field.data not in {one.value for one in field.choices}:
        raise ValidationError(advice)


def _whole(typed: str | None) -> int:
    """Read a number that was chosen in a list; anything else is none."""
    plain = typed or ""
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= 2 else 0


def _day(typed: str | None) -> PayDay | None:
    return "last" if typed == "last" else _whole(typed) or None
