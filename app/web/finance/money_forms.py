"""Whose a payment is, why, and which payments are looked at: shape and wording only."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FieldList, FormField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.domain.characters import is_legible, plain_number
from app.domain.repayments.row import CHANNEL_REF_CHARS, NUMBER_CHARS
from app.services.claims.acts import LONGEST_WORDS, PaymentWordsNeeded
from app.services.claims.guessing_queries import LikelyEnd
from app.services.claims.money_queries import MoneyFilter
from app.services.claims.placing import MOST_SHARES, ShareRefused, ShareWish
from app.web.fields import MaybeMoneyField, RequestKeyField, stripped
from app.web.filters import words_of
from app.web.finance.money_words import STATES
from app.web.finance.register_forms import DayField
from app.web.typed_answers import PageForm

SAY_WHY = _l(PaymentWordsNeeded.message, **PaymentWordsNeeded.values)
FIRST_SHARES = 2
OTHER = "other"
# The stubs of WTForms do not know the words for a choice that is none.
GONE: dict[str, Any] = {"invalid_choice_message": _l("请选一个，建议可能刚刚变了")}


class ShareForm(FlaskForm):
    """A part: to whom, how much."""

    class Meta(FlaskForm.Meta):
        # The form around it has the token.
        csrf = False

    to = StringField(_l("记到"), filters=[stripped], validators=[Length(max=NUMBER_CHARS)])
    fen = MaybeMoneyField(_l("金额"))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed into it."""
        return not self.to.data and not (self.fen.raw_data and str(self.fen.raw_data[0]).strip())


class MatchForm(PageForm):
    """One of the suggestions, or parts that were typed; the key makes it happen once."""

    choice = RadioField(_l("记给谁"), choices=[], **GONE)
    shares = FieldList(FormField(ShareForm), min_entries=FIRST_SHARES, max_entries=MOST_SHARES)
    words = TextAreaField(
        _l("为什么"),
        filters=[stripped],
        validators=[Length(max=LONGEST_WORDS, message=SAY_WHY)],
    )
    request_key = RequestKeyField()

    def fit_to(self, likely: tuple[LikelyEnd, ...]) -> None:
        """Offer the suggestions, and another one."""
        offered = [SelectChoice(one.destination.ref, one.called) for one in likely]
        self.choice.choices = [*offered, SelectChoice(OTHER, _l("都不是，或者要拆开"))]

    def begin_with(self, likely: tuple[LikelyEnd, ...]) -> None:
        """Begin with the only one where nothing was chosen; of several a person chooses."""
        if self.choice.data is None and len(likely) <= 1:
            self.choice.data = likely[0].destination.ref if likely else OTHER

    @property
    def errors(self) -> dict[str | None, Any]:
        """What is wrong, of the parts too, each by the name of its own field."""
        found = {name: told for name, told in super().errors.items() if name != "shares"}
        return found | {name: one.errors for name, one in self._parts.items() if one.errors}

    def __getitem__(self, name: str) -> Any:
        return self._parts.get(name) or super().__getitem__(name)

    @property
    def _parts(self) -> dict[str, Any]:
        """The fields of the parts by their names."""
        return {field.name: field for share in self.shares for field in share.form}

    @property
    def has_room(self) -> bool:
        """Whether another part can be written."""
        return len(self.shares) < MOST_SHARES

    def add_share(self) -> None:
        """One more part to fill in."""
        if self.has_room:
            self.shares.append_entry()

    @property
    def wishes(self) -> tuple[ShareWish, ...]:
        """Return what was asked for: a suggestion whole, or the parts that were filled in."""
        if self.choice.data and self.choice.data != OTHER:
            return (ShareWish(self.choice.data, None),)
        return tuple(ShareWish(one.to.data or "", one.fen.data) for one in self._filled)

    @property
    def _filled(self) -> list[Any]:
        return [one.form for one in self.shares if not one.form.is_empty]

    def refuse(self, refused: ShareRefused) -> None:
        """Tell at its field what is wrong with a part."""
        filled = self._filled
        if self.choice.data != OTHER or refused.place >= len(filled):
            self.form_errors.append(words_of(refused))
            return
        share = filled[refused.place]
        field = share.fen if refused.code == "part_missing" else share.to
        field.errors = [*field.errors, words_of(refused)]


class ProofMatchForm(FlaskForm):
    """The payment that a picture of a transfer shows; the key makes it happen once."""

    payment = StringField(validators=[InputRequired(), Length(max=40)])
    request_key = RequestKeyField()


class WhyForm(PageForm):
    """Why a match is undone, or money goes back or stays; the key makes it happen once."""

    words = TextAreaField(
        _l("为什么"),
        filters=[stripped],
        validators=[InputRequired(message=SAY_WHY), Length(max=LONGEST_WORDS, message=SAY_WHY)],
    )
    request_key = RequestKeyField()


class MoneyFilterForm(FlaskForm):
    """Which payments; it comes with the address and changes nothing."""

    class Meta(FlaskForm.Meta):
        csrf = False

    number = StringField(
        _l("流水号"),
        filters=[lambda typed: plain_number(typed or "")],
        validators=[Length(max=CHANNEL_REF_CHARS, message=_l("流水号太长了，请核对"))],
    )
    day = DayField(_l("到账日"), validators=[Optional()])
    channel = SelectField(_l("渠道"), default="", validators=[Optional()])
    state = SelectField(
        _l("状态"),
        default="",
        choices=[
            SelectChoice("", _l("全部")),
            *(SelectChoice(code, _l(told)) for code, told in STATES.items()),
        ],
        validators=[Optional()],
    )

    def __init__(self, formdata: Any, *, channels: tuple[str, ...]) -> None:
        super().__init__(formdata)
        # What is asked for in an address stays a choice, also of a channel nobody knows.
        asked = self.channel.data or ""
        more = (asked,) if asked and asked not in channels else ()
        self.channel.choices = [
            SelectChoice("", _l("全部")),
            *(SelectChoice(name, name) for name in (*channels, *more)),
        ]

    def validate_number(self, field: StringField) -> None:
        if not is_legible(field.data or ""):
            raise ValidationError(_l("号码里有读不出的字，请重新写一遍"))

    def wanted(self) -> MoneyFilter:
        """Return what was asked for."""
        return MoneyFilter(
            self.day.data,
            self.channel.data or "",
            self.state.data or "",
            self.number.data or "",
        )

    def query(self) -> dict[str, str]:
        """Return the filter as it stands in an address."""
        day = self.day.data.isoformat() if self.day.data else ""
        found = {
            "number": self.number.data,
            "day": day,
            "channel": self.channel.data,
            "state": self.state.data,
        }
        return {name: value for name, value in found.items() if value}
