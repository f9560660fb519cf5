"""Nightly files as they came in: counts, totals, rejected lines and differences."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.services.nightly import queries as nightly_queries
from app.web.access import staff_required
from app.web.admin.blueprint import bp
from app.web.context import db_session

READERS = ("admin", "supervisor", "compliance", "finance")
# Who may follow a line to its loan: finance and admins see files and no borrowers.
LOAN_READERS = frozenset({"supervisor", "compliance"})


@bp.get("/nightly-files")
@staff_required(*READERS)
def nightly_files() -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    page = nightly_queries.nightly_files(db_session(), before_key=before)
    return render_template("admin/nightly_files.html", page=page, is_first=before is None)


@bp.get("/nightly-files/<public_id>")
@staff_required(*READERS)
def nightly_file(public_id: str) -> ResponseReturnValue:
    after = request.args.get("after", default=0, type=int)
    detail = nightly_queries.nightly_file(db_session(), public_id=public_id, after_line=after)
    return render_template(
        "admin/nightly_file.html", detail=detail, file=detail.file, loan_readers=LOAN_READERS
    )
