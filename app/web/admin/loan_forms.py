"""What the desk types to find someone."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.web.typed_answers import PageForm

# As long as the longest number a lender's file may hold.
LONGEST = 40


class FindForm(PageForm):
    """Shape and wording only."""

    text = StringField(
        _l("姓名、手机号、证件号、后四位、借据号，或者客户、案件、协议、消息、回电的编号"),
        validators=[
            InputRequired(message=_l("请写要找的，例如姓名、手机号、借据号或案件号")),
            Length(max=LONGEST, message=_l("最多 %(max)d 个字，请写完整的一个号码")),
        ],
    )
