"""The answer to a proposal, and taking over a case: shape and wording only, authority and rules are
the service's.
"""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from app.services.cases.notes import LONGEST_NOTE, CaseNoteNeeded
from app.services.cases.queries import ReasonChoice
from app.services.cases.steps import LONGEST_WORDS, WordsNeeded
from app.web.admin.desk_words import TAKE_OVER_REASONS
from app.web.catalogues import gettext
from app.web.fields import RequestKeyField, stripped
from app.web.typed_answers import PageForm

NOTE_SOMETHING = _l(CaseNoteNeeded.message, **CaseNoteNeeded.values)


class DecideForm(PageForm):
    """Approve, ask for a change or refuse, why, and in what words; shown first, then sent.

    The key makes it happen once; the hash says what was shown.
    """

    answer = RadioField(
        _l("怎么答复"),
        choices=[
            SelectChoice("approve", _l("同意")),
            SelectChoice("change", _l("请本人改一改")),
            SelectChoice("refuse", _l("不通过")),
        ],
        validators=[InputRequired(message=_l("请选一种答复"))],
    )
    # Who may only ask for a change is offered none; the service says whether it fits the answer.
    reason_code = SelectField(_l("理由"), validate_choice=False)
    words = TextAreaField(
        _l("写给借款人的话"),
        validators=[
            Length(max=LONGEST_WORDS, message=_l(WordsNeeded.message, **WordsNeeded.values))
        ],
    )
    request_key = RequestKeyField()
    shown_sha256 = HiddenField(validators=[Length(max=64)])

    # A method of the form, as the reason is only needed where the answer is one: asking for a
    # change has none.
    def validate_reason_code(self, field: SelectField) -> None:
        if self.answer.data != "change" and not field.data:
            raise ValidationError(_l("请选一个和答复相符的理由"))

    def fit_to(self, state: str, reasons: tuple[ReasonChoice, ...]) -> None:
        """Offer the answers that the state allows, and the reasons by answer; an appeal asks for no
        change.
        """
        if state == "under_appeal":
            # An appeal is about the very terms that were refused; changed ones would be another
            # proposal (ADR 0015).
            self.answer.choices = [one for one in self.answer.choices if one.value != "change"]

        groups = {"approve": _l("同意"), "refuse": _l("不通过")}
        self.reason_code.choices = [SelectChoice("", _l("请选择"))]
        for answer, name in groups.items():
            mine = [
                SelectChoice(one.code, f"{name}：{one.words}")
                for one in reasons
                if one.answer == answer
            ]
            self.reason_code.choices += mine


class NoteForm(PageForm):
    """A note for colleagues, and a key that keeps it once."""

    note = TextAreaField(
        _l("加一条"),
        filters=[stripped],
        validators=[
            DataRequired(message=NOTE_SOMETHING),
            Length(max=LONGEST_NOTE, message=NOTE_SOMETHING),
        ],
    )
    request_key = RequestKeyField()


class HandUpForm(PageForm):
    """What a supervisor should know, and a key that hands up once."""

    summary = TextAreaField(
        _l("说明，主管接着办要知道什么"),
        filters=[stripped],
        validators=[
            DataRequired(message=NOTE_SOMETHING),
            Length(max=LONGEST_NOTE, message=NOTE_SOMETHING),
        ],
    )
    request_key = RequestKeyField()


class TakeOverForm(PageForm):
    """Why a supervisor takes a colleague's case."""

    reason = SelectField(
        _l("为什么接手"), validators=[InputRequired(message=_l("请选一个接手的原因"))]
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        kinds = [SelectChoice(code, gettext(words)) for code, words in TAKE_OVER_REASONS.items()]
        self.reason.choices = [SelectChoice("", _l("请选择")), *kinds]
