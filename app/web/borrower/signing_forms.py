"""Forms of signing: one box for each grave clause, none ticked beforehand."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField
from wtforms.validators import InputRequired

from app.web.kept import PageForm

PREFIX = "clause_"


def clauses_form(clauses: Iterable[Mapping[str, Any]]) -> PageForm:
    """A form with a box for each clause that is confirmed by itself."""
    boxes = {f"{PREFIX}{one['code']}": _box(one["title"]) for one in clauses}
    return type("ClausesForm", (PageForm,), boxes)()


def confirmed(form: PageForm) -> list[str]:
    """The codes of the clauses that are ticked."""
    return [field.name.removeprefix(PREFIX) for field in form if field.name.startswith(PREFIX) and field.data]


def _box(title: str) -> BooleanField:
    words = gettext("“%(title)s”这一条还没有确认，请看过再勾选", title=title)
    return BooleanField(gettext("这一条我看明白了"), validators=[InputRequired(message=words)])
