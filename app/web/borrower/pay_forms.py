"""How much is paid and by what: shape and wording only; what is offered is the service's to say."""

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from app.web.fields import MaybeMoneyField, RequestKeyField

# As it stands in a choice: what the sum is offered as, and the sum as it was shown.
CHOICE = re.compile(r"(due|cure|ahead|all|own)(?:-([0-9]{1,12}))?")
OWN, TRANSFER = "own", "transfer"


class OwnSumField(MaybeMoneyField):
    """An own sum; what stands in it counts only where it was chosen."""

    def pre_validate(self, form: Any) -> None:
        if form.offered != OWN:
            self.data, self.errors = None, []


class PayForm(FlaskForm):
    """One of the sums that were shown or an own one, and one of the ways."""

    amount = StringField(_l("这次付多少"), [InputRequired(_l("请选这次付多少"))])
    own = OwnSumField(_l("付多少"))
    way = StringField(_l("怎么付"), [InputRequired(_l("请选怎么付"))])
    request_key = RequestKeyField()

    @property
    def offered(self) -> str:
        """As what the chosen sum is offered; empty where it is none of ours."""
        found = CHOICE.fullmatch(self.amount.data or "")
        return found[1] if found else ""

    @property
    def shown_fen(self) -> int | None:
        """The sum as it was shown, in fen."""
        found = CHOICE.fullmatch(self.amount.data or "")
        return int(found[2]) if found and found[2] else None


class WhoForm(FlaskForm):
    """What a channel's app sends along with a payer who comes back from it."""

    code = HiddenField(validators=[InputRequired(), Length(max=128)])
