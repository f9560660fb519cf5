"""One thing to show: what it is, the files, and the consent that private ones need."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from app.domain.evidence import EvidenceTopic
from app.services.evidence.adding import KindNeeded
from app.web.filters import translated


class PaperForm(FlaskForm):
    """The files are read by the view, for each is taken or refused by itself."""

    topic = HiddenField(validators=[DataRequired(), Length(max=40)])
    kind = RadioField(_l("这是哪一种"), validators=[InputRequired(message=_l(KindNeeded.message))])
    consent = BooleanField(_l("同意为这次方案看这几张"))

    def fit_to(self, topic: EvidenceTopic) -> None:
        """Offer the kinds of a topic; fields of several topics stand on one page."""
        self.kind.choices = [SelectChoice(one.code, translated(one.words)) for one in topic.kinds]
        fields: tuple[Any, ...] = (self.kind, self.consent, self.topic)
        for field in fields:
            field.id = f"{topic.code}-{field.name}"
