"""What an export is for: shape and wording only."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from app.services.finance.exports import MOST_WORDS, PurposeNeeded
from app.web.fields import RequestKeyField
from app.web.typed_answers import PageForm


class ExportForm(PageForm):
    """Format and purpose; the key makes it happen once."""

    form = RadioField(
        _l("格式"),
        choices=[
            SelectChoice("xlsx", _l("XLSX：台账、分期明细和借款，三张表一个文件")),
            SelectChoice("csv", _l("CSV：台账、分期明细和借款，各一个文件")),
            SelectChoice("pdf", _l("PDF：签好的协议，打成一个 ZIP")),
        ],
        default="xlsx",
        validators=[InputRequired(message=_l("请选一种格式"))],
    )
    purpose = StringField(
        _l("做什么用"),
        validators=[
            InputRequired(message=_l("请写明导出做什么用，例如：11月对账")),
            Length(max=MOST_WORDS, message=_l(PurposeNeeded.message, **PurposeNeeded.values)),
        ],
    )
    request_key = RequestKeyField()
