"""An account that money goes to, as it is typed: shape and wording only."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from app.services.refunds.accounts_named import (
    LONGEST_NAME,
    AccountRefused,
    RefundAccount,
    read_account_named,
)
from app.web.fields import RequestKeyField, stripped
from app.web.filters import words_of
from app.web.typed_answers import PageForm

MOST_NUMBER_CHARS = 60


class AccountForm(PageForm):
    """An account that money goes to; the key makes it happen once."""

    holder = StringField(
        _l("收款人姓名"), filters=[stripped], validators=[Length(max=LONGEST_NAME)]
    )
    number = StringField(
        _l("银行卡号"), filters=[stripped], validators=[Length(max=MOST_NUMBER_CHARS)]
    )
    bank = StringField(_l("开户行"), filters=[stripped], validators=[Length(max=LONGEST_NAME)])
    request_key = RequestKeyField()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not any((self.holder.data, self.number.data, self.bank.data))

    def account(self) -> RefundAccount | None:
        """Return what was typed as an account, None with the fault at its field."""
        try:
            return read_account_named(
                holder=self.holder.data or "",
                number=self.number.data or "",
                bank=self.bank.data or "",
            )
        except AccountRefused as refused:
            self.blame(refused)
            return None

    def blame(self, refused: AccountRefused) -> None:
        """Say what is wrong at the field it is wrong in."""
        field = self[refused.field]
        field.errors = [*field.errors, words_of(refused)]
