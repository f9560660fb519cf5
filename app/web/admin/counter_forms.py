"""A counter-offer as staff type it, its release and return: shape and wording only."""

import re
from datetime import date
from typing import Any, get_args

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Length

from app.domain.allocation import Components
from app.domain.calendar import PayDay
from app.domain.characters import plain_number
from app.domain.money import PPM, plain_percent
from app.domain.plan import KIND_NAMES, DeferralWay, PlanKind
from app.services.counters.editing_queries import CounterEdit
from app.services.counters.steps import LONGEST_WORDS, CounterWordsNeeded
from app.services.counters.wishes import CounterWish, RateChoice
from app.services.counters.writing import CounterText
from app.web.fields import MaybeMoneyField, RequestKeyField, pay_days, settle_days, stripped
from app.web.filters import cn_date, translated
from app.web.typed_answers import PageForm

SAY = _l(CounterWordsNeeded.message, most=LONGEST_WORDS)
PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,4}))?%?")
WHOLE = re.compile(r"[0-9]{1,3}")
PER_PERCENT = PPM // 100
RATES: dict[RateChoice, Any] = {
    "contract": _l("合同利率"),
    "half": _l("合同利率减半"),
    "zero": _l("零"),
    "own": _l("自己定"),
}


class CountField(StringField):
    """A small whole number, or nothing."""

    count: int | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        typed = plain_number(str(valuelist[0])).strip() if valuelist else ""
        self.count = None
        if not typed:
            return
        if not WHOLE.fullmatch(typed):
            raise ValueError(_l("请写整数，例如 24"))
        self.count = int(typed)


class RateField(StringField):
    """A rate in percent, or nothing; `ppm` a year."""

    ppm: int | None = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        typed = plain_number(str(valuelist[0])).strip() if valuelist else ""
        self.ppm = None
        if not typed:
            return
        found = PERCENT.fullmatch(typed)
        if found is None:
            raise ValueError(_l("请写百分数，最多四位小数，例如 16.2"))
        self.ppm = int(found[1]) * PER_PERCENT + int((found[2] or "").ljust(4, "0"))


class CounterForm(PageForm):
    """The numbers of a version to change, and the words that go with them."""

    kind = SelectField(_l("方案"))
    periods = CountField(_l("一共几期"))
    low_months = CountField(_l("先少几期"))
    low = MaybeMoneyField(_l("先少时每期还"))
    months = CountField(_l("推迟几个月"))
    way = SelectField(_l("推迟的利息"), validate_choice=False)
    rate = SelectField(_l("方案利率"))
    own_rate = RateField(_l("自己定的利率，百分比"))
    penalty = MaybeMoneyField(_l("罚息"))
    interest = MaybeMoneyField(_l("利息"))
    fee = MaybeMoneyField(_l("费用"))
    principal = MaybeMoneyField(_l("本金"))
    upfront = MaybeMoneyField(_l("先还一笔"))
    pay_day = SelectField(_l("还款日"))
    put_off = SelectField(_l("首期"), validate_choice=False)
    pay_on = SelectField(_l("一次还的那天"), validate_choice=False)
    words = TextAreaField(_l("写给借款人的话"), filters=[stripped], validators=[Length(max=500)])
    summary = TextAreaField(_l("给放行人的摘要"), filters=[stripped], validators=[Length(max=500)])
    request_key = RequestKeyField()
    shown_sha256 = HiddenField()

    def fit_to(self, edit: CounterEdit, today: date) -> None:
        """Offer what there is to choose from."""
        self.kind.choices = [
            SelectChoice(kind, translated(KIND_NAMES[kind])) for kind in KIND_NAMES
        ]
        self.way.choices = [
            SelectChoice("later", _l("随每期一起还")),
            SelectChoice("monthly", _l("推迟期间每月还")),
        ]
        self.rate.choices = [SelectChoice(code, words) for code, words in RATES.items()]
        self.pay_day.choices = pay_days()
        self.pay_on.choices = settle_days(edit.pay_on)
        days = edit.first_days(self._pay_day or edit.theirs.terms.pay_day, today)
        self.put_off.choices = [
            SelectChoice(str(count), cn_date(day)) for count, day in enumerate(days)
        ]

    def start_from(self, wish: CounterWish) -> None:
        """Fill in the numbers that are changed."""
        self.kind.data, self.rate.data, self.way.data = wish.kind, wish.rate, wish.way
        self.own_rate.data = plain_percent(wish.own_ppm) if wish.own_ppm is not None else ""
        self.own_rate.ppm = wish.own_ppm
        for field, count in (
            (self.periods, wish.periods),
            (self.low_months, wish.low_months),
            (self.months, wish.months),
        ):
            field.data, field.count = str(count) if count else "", count or None
        self.low.data, self.upfront.data = wish.low_fen or None, wish.upfront_fen
        waived = wish.waived
        self.penalty.data, self.interest.data = waived.penalty_fen, waived.interest_fen
        self.fee.data, self.principal.data = waived.fee_fen, waived.principal_fen
        self.pay_day.data = str(wish.pay_day) if wish.pay_day else ""
        self.put_off.data = str(wish.put_off)
        self.pay_on.data = wish.pay_on.isoformat() if wish.pay_on else ""

    @property
    def wish(self) -> CounterWish:
        """Return what was stated."""
        kinds: dict[str, PlanKind] = {one: one for one in get_args(PlanKind)}
        ways: dict[str, DeferralWay] = {"later": "later", "monthly": "monthly"}
        rates: dict[str, RateChoice] = {one: one for one in RATES}
        put_off = self.put_off.data or ""
        return CounterWish(
            kind=kinds.get(self.kind.data or "", "reamortise"),
            waived=Components(
                self.fee.data or 0,
                self.penalty.data or 0,
                self.interest.data or 0,
                self.principal.data or 0,
            ),
            rate=rates.get(self.rate.data or "", "contract"),
            own_ppm=self.own_rate.ppm,
            periods=self.periods.count,
            upfront_fen=self.upfront.data or 0,
            pay_day=self._pay_day,
            put_off=int(put_off) if put_off.isdecimal() and len(put_off) <= 2 else 0,
            low_fen=self.low.data or 0,
            low_months=self.low_months.count or 0,
            months=self.months.count or 0,
            way=ways.get(self.way.data or "", "later"),
            pay_on=date.fromisoformat(self.pay_on.data) if self.pay_on.data else None,
        )

    @property
    def misread(self) -> str:
        """Return what has to be mended of the numbers before anything is computed; empty where
        all can be read.
        """
        wrong = [
            str(words)
            for field in self
            if field.name not in ("words", "summary")
            for words in (*field.errors, *getattr(field, "process_errors", ()))
        ]
        return next(iter(wrong), "")

    @property
    def text(self) -> CounterText:
        """Return the words that go with it."""
        return CounterText(self.words.data or "", self.summary.data or "")

    @property
    def _pay_day(self) -> PayDay | None:
        typed = self.pay_day.data or ""
        if typed == "last":
            return "last"
        return int(typed) if typed.isdecimal() else None


class ReleaseForm(PageForm):
    """Whether a counter-offer goes to its borrower, with words to its author where it does not."""

    shown_sha256 = HiddenField()
    words = TextAreaField(
        _l("写给作者：要改哪里"), filters=[stripped], validators=[Length(max=500)]
    )
