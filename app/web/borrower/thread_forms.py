"""Messages to customer service: shape and wording only; topics, limits and clocks are the
service's.
"""

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.domain.money import yuan
from app.domain.topics import TOPICS, Kind
from app.services.threads.queries import Concern
from app.services.threads.steps import LONGEST_WORDS, WordsMissing
from app.web.catalogues import gettext
from app.web.fields import RequestKeyField, stripped
from app.web.typed_answers import PageForm
from app.web.words import THREAD_TOPICS

WRITE_SOMETHING = _l(WordsMissing.message, **WordsMissing.values)


def _words_field() -> TextAreaField:
    return TextAreaField(
        _l("想说的话"),
        filters=[stripped],
        validators=[
            DataRequired(message=WRITE_SOMETHING),
            Length(max=LONGEST_WORDS, message=WRITE_SOMETHING),
        ],
    )


class WordsForm(PageForm):
    """The words, and a key that makes them one message."""

    words = _words_field()
    request_key = RequestKeyField()


class OpeningForm(WordsForm):
    """A new thread: which of the topics of its kind, and the words."""

    about = SelectField(_l("哪件事"), validators=[InputRequired(message=_l("请选一件事"))])
    words = _words_field()  # again, after the topic: what is to be mended is told in page order

    def offer(self, kind: Kind) -> None:
        """Fill in the topics of a kind."""
        of_its_kind = (code for code, its_kind in TOPICS.items() if its_kind == kind)
        self.about.choices = [
            SelectChoice("", gettext("请选择")),
            *(SelectChoice(code, gettext(THREAD_TOPICS[code])) for code in of_its_kind),
        ]


def first_words(about: str, concern: Concern) -> str:
    """What stands in the box at first: what we know, so that nobody has to look it up."""
    if about == "paid":
        return _paid(concern)
    if concern.plan_number:
        return gettext("关于方案 %(number)s：", number=concern.plan_number)
    if not concern.product:
        return ""

    loan = {"product": concern.product, "tail": concern.tail}
    if about == "figure_wrong":
        return gettext("%(product)s（尾号 %(tail)s）里，我觉得不对的是：", **loan)
    if about == "credit":
        return gettext("%(product)s（尾号 %(tail)s）的征信，我觉得不对的是：", **loan)

    return gettext("关于%(product)s（尾号 %(tail)s）：", **loan)


def _paid(concern: Concern) -> str:
    if not concern.plan_number:
        return gettext("我已经付款，日期和金额是：")

    values = {
        "number": concern.plan_number,
        "amount": yuan(concern.fen),
        "instalment": concern.instalment,
    }
    # Number 0 is the first payment, which people do not know as an instalment.
    if concern.instalment == 0:
        return gettext("我已经付款：方案 %(number)s 这次先还的 %(amount)s，付款日期是：", **values)

    return gettext(
        "我已经付款：方案 %(number)s 第 %(instalment)s 期 %(amount)s，付款日期是：", **values
    )
