"""The files that the core system is told by: what was made of each day, taken on record."""

from datetime import date

from flask import abort, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.domain.nightly_fields import RowFault, read_day
from app.services.lender_files.queries import lender_days
from app.services.lender_files.taking import take_lender_file
from app.web.access import staff_required, step_up_required
from app.web.context import context, db_session
from app.web.finance.blueprint import bp
from app.web.finance.register_routes import READERS

NAMES = {
    "plans.csv": _l("方案"),
    "holds.csv": _l("暂缓联络"),
    "waivers.csv": _l("减免"),
    "exits_forbidden.csv": _l("不得转让或委外"),
    "repayments_posted.csv": _l("入账的还款"),
    "contacts.csv": _l("联络记录"),
}


@bp.get("/core-files")
@staff_required(*READERS)
def core_files() -> ResponseReturnValue:
    before = _before()
    page = lender_days(db_session(), before=before)
    told = {"page": page, "is_first": before is None, "names": NAMES}
    return render_template("finance/core_files.html", **told)


@bp.post("/core-files/<public_id>/<int:file_number>")
@staff_required(*READERS)
@step_up_required
def take_core_file(public_id: str, file_number: int) -> ResponseReturnValue:
    """Hand over one file as an attachment; who took it is on record."""
    name, file = take_lender_file(db_session(), context(), public_id=public_id, number=file_number)
    return send_file(
        file, mimetype="application/octet-stream", as_attachment=True, download_name=name
    )


def _before() -> date | None:
    asked = request.args.get("before")
    try:
        return read_day(asked, "before") if asked else None
    except RowFault:
        abort(404)
