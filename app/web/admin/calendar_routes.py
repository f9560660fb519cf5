"""The working calendar: years that are known, and the notice of a new one."""

from typing import Any

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.domain.holiday_notice import HolidayNotice, read_notice
from app.services.calendar import loading as calendar_loading
from app.services.calendar import queries as calendar_queries
from app.web.access import staff_required
from app.web.admin.blueprint import bp
from app.web.admin.calendar_forms import CalendarForm
from app.web.calendar_notes import missing_year
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/calendar")
@staff_required("admin")
def calendar() -> ResponseReturnValue:
    form = CalendarForm()
    if form.year.data is None:
        form.year.data = calendar_queries.known_until(db_session()).year + 1
    return _show(form)


@bp.post("/calendar")
@staff_required("admin")
def load_calendar() -> ResponseReturnValue:
    form, found = CalendarForm(), None
    if form.validate_on_submit():
        try:
            found = read_notice(form.text.data or "", form.year.data or 0)
            if form.is_checked.data:
                return _load(found)
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
    return _show(form, found)


def _load(found: HolidayNotice) -> ResponseReturnValue:
    changed = calendar_loading.load_calendar_year(db_session(), context(), found=found)
    if changed:
        flash(
            gettext("%(year)s 年的日历已经存好，改动 %(days)s 天。", year=found.year, days=changed)
        )
    else:
        flash(gettext("和存着的 %(year)s 年日历一样，没有改动。", year=found.year))
    return see_other(url_for(".calendar"))


def _show(form: CalendarForm, found: HolidayNotice | None = None, **values: Any) -> str:
    return render_template(
        "admin/calendar.html",
        form=form,
        found=found,
        years=calendar_queries.calendar_years(db_session()),
        missing=missing_year(),
        **values,
    )
