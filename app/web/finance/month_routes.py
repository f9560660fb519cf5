"""Months of posting: frozen by one person, closed by another, the report as a file."""

import io
from datetime import date

from flask import abort, flash, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from app.domain.errors import RuleBroken
from app.services.closing.closing import close_month as close
from app.services.closing.closing import freeze_month as freeze
from app.services.closing.queries import month_report, months_page
from app.web.access import staff_required, step_up_required
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.fields import RequestKeyField
from app.web.filters import words_of
from app.web.finance.blueprint import bp
from app.web.returning import see_other
from app.web.typed_answers import PageForm

READERS = ("finance", "compliance")
DIGEST_CHARS = 64


class MonthCloseForm(PageForm):
    """The hash of the report that was looked at; the key makes it happen once."""

    report_sha256 = HiddenField()
    request_key = RequestKeyField()


@bp.get("/months")
@staff_required(*READERS)
def months() -> ResponseReturnValue:
    return _show()


@bp.get("/months/<month>.csv")
@staff_required(*READERS)
def month_file(month: str) -> ResponseReturnValue:
    report = month_report(db_session(), month=_month(month))
    return send_file(
        io.BytesIO(b"\xef\xbb\xbf" + report.encode()),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=f"月结-{month}.csv",
    )


@bp.post("/months/<month>/freeze")
@staff_required("finance")
@step_up_required
def freeze_month(month: str) -> ResponseReturnValue:
    form = MonthCloseForm()
    if not form.validate():
        return _show(form=form)
    try:
        key = form.request_key.data or ""
        freeze(db_session(), context(), month=_month(month), request_key=key)
    except RuleBroken as refused:
        return _show(words_of(refused))
    flash(gettext("结好了，等另一位同事核对报表、复核。"))
    return see_other(url_for(".months"))


@bp.post("/months/<month>/close")
@staff_required("finance")
@step_up_required
def close_month(month: str) -> ResponseReturnValue:
    form = MonthCloseForm()
    if not form.validate():
        return _show(form=form)
    try:
        close(
            db_session(),
            context(),
            month=_month(month),
            report_sha256=(form.report_sha256.data or "")[:DIGEST_CHARS],
            request_key=form.request_key.data or "",
        )
    except RuleBroken as refused:
        return _show(words_of(refused))
    flash(gettext("复核好了，这个月不再动。"))
    return see_other(url_for(".months"))


def _month(text: str) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        abort(404)
    if found.isoformat()[:7] != text:
        abort(404)
    return found


def _show(refusal: str = "", form: MonthCloseForm | None = None) -> ResponseReturnValue:
    page = months_page(db_session(), context())
    form = form or MonthCloseForm(formdata=None)
    return render_template("finance/months.html", page=page, form=form, refusal=refusal)
