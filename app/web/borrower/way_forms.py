"""When it will be easier again, which kind of plan, and what each kind asks for: shape and wording
only.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.domain.plan import DeferralWay
from app.domain.ways import EASES, KINDS, MOST_MONTHS, Ease
from app.web.fields import MaybeMoneyField, MoneyField, above_zero, counted_months, settle_days
from app.web.typed_answers import PageForm
from app.web.words import EASES as EASE_WORDS

OWN_SUM = "own"
DEFERRAL_WAYS: tuple[DeferralWay, ...] = ("later", "monthly")


class WaysForm(PageForm):
    """When it will be easier again, and the kind of plan that is picked of those that suit."""

    ease = RadioField(
        _l("什么时候会松一些？"),
        choices=[SelectChoice(one, _l(EASE_WORDS[one])) for one in EASES],
        validators=[Optional()],
    )
    months = SelectField(_l("大约几个月后"), default="3")
    kind = RadioField(
        _l("用哪种办法？"),
        choices=[SelectChoice(one, one) for one in KINDS],
        validators=[InputRequired(message=_l("请选一种办法；拿不准，可以和人商量"))],
    )
    # For which answer the kinds on the page were arranged.
    shown_for = StringField(validators=[Length(max=20)])

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        more = SelectChoice(str(MOST_MONTHS), _l("%(months)s 个月或更久", months=MOST_MONTHS))
        self.months.choices = [*counted_months(MOST_MONTHS - 1), more]

    @property
    def said(self) -> Ease | None:
        """Return when it will be easier again, None where it was not said, or not in a number of
        months that a form has.
        """
        counts = {str(count) for count in range(1, MOST_MONTHS + 1)}
        if self.ease.data == "in_months" and self.months.data not in counts:
            return None
        return next((one for one in EASES if one == self.ease.data), None)

    @property
    def ease_months(self) -> int | None:
        """Return the months, where they were asked for."""
        return int(self.months.data or 0) if self.said == "in_months" else None


class LowForm(PageForm):
    """The low instalments of a step-up: how much, and how many."""

    low = MoneyField(_l("头几个月每月还多少？"), validators=[above_zero])
    low_months = SelectField(_l("先少还几个月"))

    def __init__(self, *, most: int, **values: Any) -> None:
        super().__init__(**values)
        self.low_months.choices = counted_months(most)


class DeferForm(PageForm):
    """By how many months the instalments are put off, and what is paid meanwhile."""

    months = SelectField(_l("往后推几个月？"))
    way = RadioField(
        _l("推迟的这几个月"),
        choices=[
            SelectChoice("later", _l("先不还，利息摊到以后的每一期")),
            SelectChoice("monthly", _l("每月只还利息，以后每期照旧")),
        ],
        validators=[InputRequired(message=_l("请选一种"))],
    )

    def __init__(self, *, most: int, **values: Any) -> None:
        super().__init__(**values)
        self.months.choices = counted_months(most)


class SettlementForm(PageForm):
    """On which day all of it is paid, and whether for a sum of one's own."""

    answer = SelectField(_l("哪一天还清？"), validators=[InputRequired(message=_l("请选一个日子"))])
    own = RadioField(
        _l("还多少"),
        choices=[SelectChoice("policy", ""), SelectChoice(OWN_SUM, "")],
        default="policy",
    )
    sum = MaybeMoneyField(_l("我能拿出"))

    def __init__(self, *, days: Sequence[date], **values: Any) -> None:
        super().__init__(**values)
        self.answer.choices = settle_days(days)

    def validate_sum(self, field: MaybeMoneyField) -> None:
        # Asked for only where it was chosen; empty it would be the whole.
        if self.own.data == OWN_SUM and field.data is None and not field.errors:
            raise ValidationError(_l("请填写金额，例如 1300"))

    @property
    def sum_fen(self) -> int:
        """Return the own sum in fen, zero for policy's."""
        return (self.sum.data or 0) if self.own.data == OWN_SUM else 0
