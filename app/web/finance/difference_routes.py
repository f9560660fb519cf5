"""The ledger held against the nightly file: what rules explain, what is open and who sees to it."""

from datetime import date

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField
from wtforms.validators import Length

from app.domain.errors import RuleBroken
from app.services.differences.queries import differences_page
from app.services.differences.seeing import LONGEST_WORDS, DifferenceWordsLong, see_to_difference
from app.web.access import staff_required
from app.web.addresses import MOST_COUNT
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.fields import stripped
from app.web.filters import words_of
from app.web.finance.blueprint import bp
from app.web.returning import see_other
from app.web.typed_answers import PageForm

READERS = ("finance", "compliance")


class DifferenceForm(PageForm):
    """What is known of a difference."""

    words = TextAreaField(
        "",
        filters=[stripped],
        validators=[Length(max=LONGEST_WORDS, message=DifferenceWordsLong.message)],
    )


@bp.get("/reconcile")
@staff_required(*READERS)
def reconcile() -> ResponseReturnValue:
    return _show()


@bp.post("/reconcile/<int:key>")
@staff_required("finance")
def see_to(key: int) -> ResponseReturnValue:
    form = DifferenceForm()
    if not form.validate():
        return _show(gettext(DifferenceWordsLong.message))
    try:
        see_to_difference(
            db_session(), context(), key=min(key, MOST_COUNT), words=form.words.data or ""
        )
    except RuleBroken as refused:
        return _show(words_of(refused))
    flash(gettext("记下了，这处差异由您在查。"))
    return see_other(url_for(".reconcile"))


def _show(refusal: str = "") -> ResponseReturnValue:
    after = _place(request.args.get("after", ""))
    page = differences_page(db_session(), context(), after=after)
    return render_template(
        "finance/reconcile.html", page=page, refusal=refusal, is_first=after is None
    )


def _place(text: str) -> tuple[date, int] | None:
    """A place in the list as an address has it; anything else is the beginning."""
    day, _, key = text.partition(".")
    if not (key.isascii() and key.isdigit() and int(key) <= MOST_COUNT):
        return None
    try:
        return date.fromisoformat(day), int(key)
    except ValueError:
        return None
