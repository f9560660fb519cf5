"""The background work: what runs, what fell silent, what failed and is tried anew."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from app.services.keeping.coverage_queries import coverage
from app.services.work.retrying import retry_piece
from app.services.work.work_queries import work_view
from app.web.access import staff_required
from app.web.admin.blueprint import bp
from app.web.admin.work_words import TASKS
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import translated
from app.web.returning import see_other


@bp.get("/work")
@staff_required("admin")
def work() -> ResponseReturnValue:
    view = work_view(db_session(), context())
    money = coverage(db_session(), today=context().today)
    return render_template("admin/work.html", view=view, money=money)


@bp.post("/work/<int:piece_id>/retry")
@staff_required("admin")
def retry_work(piece_id: int) -> ResponseReturnValue:
    task = retry_piece(db_session(), context(), piece_id=piece_id)
    flash(gettext("%(task)s会再试一次。", task=translated(TASKS.get(task, task))))
    return see_other(url_for(".work"))
