"""What waits at the desk, by tab."""

from flask import render_template, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.queue import queries as queue_queries
from app.services.queue.queries import TABS
from app.web.access import staff_required
from app.web.admin.blueprint import READERS, bp
from app.web.admin.loan_forms import FindForm
from app.web.context import context, db_session


@bp.get("/")
# Every role may land here after sign-in; who has no work on plans is told where theirs is.
@staff_required("agent", "supervisor", "finance", "compliance", "admin")
def queue() -> ResponseReturnValue:
    if not current_user.has_role(*READERS):
        return render_template("admin/queue_none.html")

    tab = next((one for one in TABS if one == request.args.get("tab")), TABS[0])
    session["queue_tab"], after = tab, request.args.get("after") or None
    found = queue_queries.waiting_queue(db_session(), context(), tab=tab, after=after)

    return render_template(
        "admin/queue.html", queue=found, is_first=after is None, find=FindForm(formdata=None)
    )
