"""The page of a caller: the check, and the mobile that is changed in the call."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.caller import COUNTED_HOURS, RIGHT_TO_PASS, WRONG_TO_STOP
from app.domain.mobile_change import SETTLING_HOURS
from app.services.identity import change_queries
from app.services.identity import queries as identity_queries
from app.web.admin.caller_forms import HeardForm
from app.web.admin.mobile_forms import MobileForm
from app.web.context import context, db_session


def show_caller(
    public_id: str, form: HeardForm, mobile: MobileForm | None = None
) -> ResponseReturnValue:
    """Render it; what was heard does not come back: right, it would stand on the screen."""
    session, acting = db_session(), context()
    return render_template(
        "admin/caller.html",
        view=identity_queries.caller_view(session, acting, borrower_public_id=public_id),
        change=change_queries.latest_change(session, acting, borrower_public_id=public_id),
        form=form,
        mobile=mobile or MobileForm(formdata=None),
        limits={"right": RIGHT_TO_PASS, "wrong": WRONG_TO_STOP, "hours": COUNTED_HOURS},
        shown_days=identity_queries.SHOWN_DAYS,
        settling_hours=SETTLING_HOURS,
    )
