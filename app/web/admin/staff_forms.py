"""Forms of accounts: shape and wording only."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.fields import SelectChoice

ROLE_WORDS = {
    "agent": _l("客服"),
    "supervisor": _l("主管"),
    "finance": _l("财务"),
    "compliance": _l("合规"),
    "admin": _l("管理员"),
}


class RolesForm(FlaskForm):
    """The roles an account is to have."""

    roles = SelectMultipleField(
        _l("角色"), choices=[SelectChoice(role, words) for role, words in ROLE_WORDS.items()]
    )
