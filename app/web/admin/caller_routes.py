"""Who is calling: staff ask, type what they hear, and the page says right or wrong."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.services.borrowers import lookup as borrower_lookup
from app.services.identity import checking as identity_checking
from app.web.access import staff_required, step_up_required
from app.web.admin.blueprint import DESK, bp
from app.web.admin.caller_forms import HeardForm
from app.web.admin.caller_page import show_caller
from app.web.admin.loan_routes import show_borrower
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/borrowers/<public_id>/caller")
@staff_required(*DESK)
def caller(public_id: str) -> ResponseReturnValue:
    return show_caller(public_id, HeardForm())


@bp.post("/borrowers/<public_id>/caller")
@staff_required(*DESK)
def check_caller(public_id: str) -> ResponseReturnValue:
    """One of: begin, what was heard, another question, the call ended."""
    form = HeardForm()
    try:
        is_done = _act(public_id, form)
    except RuleBroken as refused:
        form.form_errors.append(words_of(refused))
        is_done = False
    if is_done:
        return see_other(url_for(".caller", public_id=public_id))
    return show_caller(public_id, form)


def _act(public_id: str, form: HeardForm) -> bool:
    """Do what the button says; False where the form has to be mended first."""
    session, acting = db_session(), context()
    act, check, item = request.form.get("act", ""), request.form.get("check", ""), form.asked
    if act == "start":
        identity_checking.start_check(session, acting, borrower_public_id=public_id)
    elif act == "leave":
        identity_checking.leave_check(session, acting, check_public_id=check)
    elif item is not None and act == "skip":
        identity_checking.pass_over(session, acting, check_public_id=check, item=item)
    elif item is not None and form.validate_on_submit():
        identity_checking.answer_item(
            session, acting, check_public_id=check, item=item, heard=form.heard.data or ""
        )
    else:
        return False
    return True


@bp.post("/borrowers/<public_id>/name")
@staff_required(*DESK)
@step_up_required
def borrower_name(public_id: str) -> ResponseReturnValue:
    # A POST behind the password: seeing a whole name is an act and leaves an entry (I-15).
    name = borrower_lookup.show_name(db_session(), context(), public_id=public_id)
    desk = borrower_lookup.open_borrower(db_session(), context(), public_id=public_id)
    return show_borrower(desk, name)
