"""The answer to a proposal: shape and wording only, authority and rules are the service's."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from app.services.case_queries import ReasonChoice
from app.services.decisions import LONGEST_WORDS
from app.web.kept import PageForm


class DecideForm(PageForm):
    """Approve or refuse, why, and in what words; the key makes it happen once."""

    answer = RadioField(
        _l("怎么答复"),
        choices=[SelectChoice("approve", _l("同意")), SelectChoice("refuse", _l("不通过"))],
        validators=[InputRequired(message=_l("请选同意或不通过"))],
    )
    reason_code = SelectField(_l("理由"), validators=[InputRequired(message=_l("请选一个和答复相符的理由"))])
    words = TextAreaField(
        _l("写给借款人的话"),
        validators=[Length(max=LONGEST_WORDS, message=_l("请写几句给借款人看的说明，最多 500 字"))],
    )
    request_key = HiddenField(validators=[InputRequired(), Length(max=64)])

    def offer_reasons(self, reasons: tuple[ReasonChoice, ...]) -> None:
        """Fill in the reasons, by answer."""
        groups = {"approve": _l("同意"), "refuse": _l("不通过")}
        self.reason_code.choices = [SelectChoice("", _l("请选择"))]
        for answer, name in groups.items():
            mine = [SelectChoice(one.code, f"{name}：{one.words}") for one in reasons if one.answer == answer]
            self.reason_code.choices += mine
