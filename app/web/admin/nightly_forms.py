"""Why a file is confirmed or declined: shape and wording only."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.services.file_decisions.deciding import LONGEST_WORDS, WhyNeeded
from app.web.fields import stripped
from app.web.typed_answers import PageForm

SAY_WHY = _l(WhyNeeded.message, **WhyNeeded.values)


class DecideFileForm(PageForm):
    """The reason; the button says which way."""

    words = TextAreaField(
        _l("原因"),
        filters=[stripped],
        validators=[InputRequired(message=SAY_WHY), Length(max=LONGEST_WORDS, message=SAY_WHY)],
    )
