"""What waits at the desk, by tab."""

from flask import render_template, request, session
from flask.typing import ResponseReturnValue

from app.services.cases import queue_queries
from app.services.cases.queue_queries import TABS, Reader
from app.web.access import staff_id, staff_required, user
from app.web.admin.blueprint import READERS, bp
from app.web.admin.loan_forms import FindForm
from app.web.context import db_session, gateways, now


@bp.get("/")
@staff_required("agent", "supervisor", "finance", "compliance", "admin")
def queue() -> ResponseReturnValue:
    if not user().has_role(*READERS):
        return render_template("admin/queue_none.html")
    tab = next((one for one in TABS if one == request.args.get("tab")), TABS[0])
    session["queue_tab"], after = tab, request.args.get("after") or None
    found = queue_queries.waiting_queue(
        db_session(),
        vault=gateways().vault,
        reader=Reader(staff_id(), user().roles),
        tab=tab,
        now=now(),
        after=after,
    )
    return render_template(
        "admin/queue.html", queue=found, is_first=after is None, find=FindForm(formdata=None)
    )
