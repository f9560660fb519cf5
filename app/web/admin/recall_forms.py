"""Why an offer that lies with its borrower is recalled: shape and wording only."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from app.domain.money import yuan
from app.services.counters.steps import LONGEST_WORDS, CounterWordsNeeded
from app.services.recalls.queries import RecallView
from app.web.catalogues import gettext
from app.web.fields import stripped
from app.web.typed_answers import PageForm

SAY = _l(CounterWordsNeeded.message, most=LONGEST_WORDS)


class RecallForm(PageForm):
    """Why, in words its borrower reads; shown first, then done. The hash says what was shown."""

    recall = TextAreaField(
        _l("为什么收回，借款人会读到原话"),
        filters=[stripped],
        validators=[DataRequired(message=SAY), Length(max=LONGEST_WORDS, message=SAY)],
    )
    shown_sha256 = HiddenField(validators=[Length(max=64)])

    def start_from(self, found: RecallView | None) -> None:
        """Begin with what changed, in figures; whoever recalls writes on from there."""
        if found is None or self.recall.data:
            return
        self.recall.data = "".join(
            gettext(
                "%(loan)s 按提方案那天算，原来是 %(then)s，更正后是 %(now)s。",
                loan=found.labels[one.loan],
                then=yuan(one.then_fen),
                now=yuan(one.now_fen),
            )
            for one in found.changed
        )[:LONGEST_WORDS]
