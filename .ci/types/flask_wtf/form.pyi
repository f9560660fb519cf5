from typing import Any

from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms.form import Form
from wtforms.meta import DefaultMeta

class FlaskForm(Form):
    class Meta(DefaultMeta):
        csrf: Any

    def __init__(self, formdata: MultiDict[str, Any] | None = ..., **kwargs: Any) -> None: ...
    def is_submitted(self) -> bool: ...
    def validate_on_submit(self) -> bool: ...
    def hidden_tag(self, *fields: str) -> Markup: ...
