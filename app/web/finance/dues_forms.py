"""Which month or year of dues: shape and wording only."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional

from app.services.dues.queries import DuesPage
from app.services.register.filter import month_text
from app.web.finance.register_forms import MonthField


class DuesForm(FlaskForm):
    """A month by day or its year by month; it comes with the address and changes nothing."""

    class Meta(FlaskForm.Meta):
        csrf = False

    month = MonthField(_l("月份"), validators=[Optional()])
    by = SelectField(
        _l("怎么看"),
        default="month",
        choices=[SelectChoice("month", _l("一个月，按天")), SelectChoice("year", _l("一年，按月"))],
        validate_choice=False,
    )
    product = SelectField(_l("产品"), default="", choices=[], validate_choice=False)

    def fit_to(self, page: DuesPage) -> None:
        """Offer the products there are, and what was asked for."""
        asked = self.product.data or ""
        more = (asked,) if asked and asked not in page.products else ()
        self.product.choices = [
            SelectChoice("", _l("全部")),
            *(SelectChoice(name, name) for name in (*page.products, *more)),
        ]
        if not self.month.raw_data:
            self.month.data, self.month.raw_data = page.first, [month_text(page.first)]

    def query(self) -> dict[str, Any]:
        """Return what was asked for as it stands in an address."""
        found = {
            "month": month_text(self.month.data) if self.month.data else "",
            "by": self.by.data if self.by.data != "month" else "",
            "product": self.product.data,
        }
        return {name: value for name, value in found.items() if value}
