"""Forms of signing: one box for each grave clause, none ticked but by the borrower."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from wtforms import BooleanField
from wtforms.validators import InputRequired

from app.web.catalogues import gettext
from app.web.typed_answers import PageForm

PREFIX = "clause_"


def clauses_form(
    clauses: Iterable[Mapping[str, Any]], confirmed_before: Collection[str] = ()
) -> PageForm:
    """A form with a box for each clause that is confirmed by itself; those confirmed before of this
    text are ticked.
    """
    boxes = {f"{PREFIX}{one['code']}": _box(one["title"]) for one in clauses}
    ticked = {f"{PREFIX}{code}": True for code in confirmed_before}
    made: type[PageForm] = type("ClausesForm", (PageForm,), boxes)
    return made(data=ticked)


def confirmed(form: PageForm) -> list[str]:
    """The codes of the clauses that are ticked."""
    return [
        field.name.removeprefix(PREFIX)
        for field in form
        if field.name.startswith(PREFIX) and field.data
    ]


def _box(title: str) -> BooleanField:
    words = gettext("“%(title)s”这一条还没有确认，请看过再勾选", title=title)
    return BooleanField(gettext("这一条我看明白了"), validators=[InputRequired(message=words)])
