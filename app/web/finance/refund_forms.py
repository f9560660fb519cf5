"""Where a refund goes, how it left, why it came back: shape and wording only."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.domain.repayments.row import CHANNEL_REF_CHARS
from app.services.refunds.acts import LONGEST_WORDS, RefundWordsNeeded
from app.services.refunds.paying import Payout
from app.web.account_form import AccountForm
from app.web.fields import RequestKeyField, stripped
from app.web.finance.register_forms import DayField
from app.web.typed_answers import PageForm

SAY_WHY = _l(RefundWordsNeeded.message)
MOST_CHANNEL_CHARS = 32


class AskRefundForm(AccountForm):
    """An account where nobody named one, and how it was confirmed."""

    words = TextAreaField(
        _l("怎么核实的"),
        filters=[stripped],
        validators=[Length(max=LONGEST_WORDS, message=SAY_WHY)],
    )


class PayoutForm(PageForm):
    """How a refund left the bank."""

    channel = StringField(
        _l("从哪个渠道付的"),
        filters=[stripped],
        validators=[
            InputRequired(message=_l("请写从哪个渠道付的，例如招行")),
            Length(max=MOST_CHANNEL_CHARS),
        ],
    )
    channel_ref = StringField(
        _l("付款流水号"),
        filters=[stripped],
        validators=[
            InputRequired(message=_l("请写银行回单上的流水号")),
            Length(max=CHANNEL_REF_CHARS, message=_l("流水号太长了，请核对")),
        ],
    )
    paid_on = DayField(_l("哪天付的"), validators=[InputRequired(message=_l("请写哪天付的"))])
    request_key = RequestKeyField()

    @property
    def payout(self) -> Payout:
        """Return how it left, of a form that is valid."""
        day = self.paid_on.data
        if day is None:
            raise ValueError("a payout without its day")
        return Payout("bank", self.channel.data or "", self.channel_ref.data or "", day)


class BounceForm(PageForm):
    """On which day a bank sent it back, and why."""

    bounced_on = DayField(
        _l("哪天退回的"), validators=[InputRequired(message=_l("请写哪天退回的"))]
    )
    words = TextAreaField(
        _l("为什么退回"),
        filters=[stripped],
        validators=[InputRequired(message=SAY_WHY), Length(max=LONGEST_WORDS, message=SAY_WHY)],
    )
    request_key = RequestKeyField()
