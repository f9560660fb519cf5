"""What a caller said, typed by who asks: shape and wording only; right and wrong are the file's."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from app.domain.caller import ITEMS, Item

LONGEST = 40
HEAR_SOMETHING = _l("请把听到的打进来；对方说不上来，就换一问")


class HeardForm(FlaskForm):
    """What was heard, to the item the page asked. It is never kept, and never shown again."""

    item = HiddenField()
    heard = StringField(
        _l("听到的"), validators=[InputRequired(message=HEAR_SOMETHING), Length(max=LONGEST)]
    )

    @property
    def asked(self) -> Item | None:
        """Return the item, None where it is none of ours."""
        return next((one for one in ITEMS if one == self.item.data), None)
