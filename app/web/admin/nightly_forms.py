"""Why a file is confirmed or declined, and which mobile or name is right: shape and wording
only.
"""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from app.services.file_decisions.deciding import LONGEST_WORDS, WhyNeeded
from app.services.file_decisions.queries import ContestedPerson
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


class SettleForm(PageForm):
    """Which value is right, of each field of which there are several, and how that is known."""

    name = RadioField(_l("哪个姓名是对的"), validators=[InputRequired(message=_l("请选一个姓名"))])
    mobile = RadioField(
        _l("哪个手机号是对的"), validators=[InputRequired(message=_l("请选一个手机号"))]
    )
    words = TextAreaField(
        _l("怎么核对的"),
        filters=[stripped],
        validators=[InputRequired(message=SAY_WHY), Length(max=LONGEST_WORDS, message=SAY_WHY)],
    )

    @property
    def chosen(self) -> dict[str, int]:
        """The row chosen by field."""
        found = (("name", self.name), ("mobile", self.mobile))
        return {name: int(field.data or 0) for name, field in found if field is not None}

    def fit_to(self, person: ContestedPerson) -> None:
        """Offer the values of the person; a field of which there is one only is not asked."""
        for name in ("name", "mobile"):
            field: RadioField | None = getattr(self, name)
            if name in person.choices and field is not None:
                field.choices = [
                    SelectChoice(str(row), shown) for row, shown in person.choices[name]
                ]
            elif field is not None:
                delattr(self, name)
