"""One more thing to be shown, in words for the borrower."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.domain.evidence import EvidenceTopic
from app.services.evidence.asking import LONGEST_REQUEST, RequestWordsNeeded, TopicNeeded
from app.web.fields import RequestKeyField, stripped
from app.web.filters import translated
from app.web.typed_answers import PageForm

SAY = _l(RequestWordsNeeded.message, **RequestWordsNeeded.values)


class AskForm(PageForm):
    """What to show and why; the key asks once."""

    topic = SelectField(
        _l("补哪一样"),
        validate_choice=False,
        validators=[InputRequired(message=_l(TopicNeeded.message))],
    )
    request = TextAreaField(
        _l("写给借款人：补什么、为什么"),
        filters=[stripped],
        validators=[
            DataRequired(message=SAY),
            Length(max=LONGEST_REQUEST, message=SAY),
        ],
    )
    request_key = RequestKeyField()

    def fit_to(self, topics: Iterable[EvidenceTopic]) -> None:
        """Offer what was neither given nor asked for."""
        choices = [SelectChoice(one.code, translated(one.words)) for one in topics]
        self.topic.choices = [SelectChoice("", _l("请选择")), *choices]
