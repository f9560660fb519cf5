"""A mobile is changed by two members of staff; the old number may object."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.services.identity import change_queries, changing, objecting
from app.web.access import staff_required, step_up_required
from app.web.admin.blueprint import DESK, bp
from app.web.admin.caller_forms import HeardForm
from app.web.admin.caller_page import show_caller
from app.web.admin.mobile_forms import MobileForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/mobile-changes")
@staff_required(*DESK)
def mobile_changes() -> ResponseReturnValue:
    found = change_queries.waiting_changes(db_session(), context())
    return render_template("admin/mobile_changes.html", changes=found)


@bp.post("/borrowers/<public_id>/mobile")
@staff_required(*DESK)
def enter_mobile(public_id: str) -> ResponseReturnValue:
    form = MobileForm()
    if form.validate_on_submit():
        try:
            changing.enter_mobile(
                db_session(),
                context(),
                borrower_public_id=public_id,
                mobile=form.mobile.data or "",
                reason=form.reason.data or "",
            )
            return see_other(url_for(".caller", public_id=public_id))
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
    return show_caller(public_id, HeardForm(formdata=None), form)


@bp.post("/borrowers/<public_id>/mobile/<change_id>/confirm")
@staff_required(*DESK)
@step_up_required
def confirm_mobile(public_id: str, change_id: str) -> ResponseReturnValue:
    try:
        changing.confirm_mobile(db_session(), context(), change_public_id=change_id)
    except RuleBroken as refused:
        flash(words_of(refused))
    return see_other(url_for(".caller", public_id=public_id))


@bp.post("/borrowers/<public_id>/mobile/<change_id>/decide")
@staff_required("supervisor")
@step_up_required
def decide_mobile(public_id: str, change_id: str) -> ResponseReturnValue:
    stands = request.form.get("stands", "")
    if stands in ("old", "new"):
        try:
            objecting.decide_mobile(
                db_session(), context(), change_public_id=change_id, is_new_right=stands == "new"
            )
        except RuleBroken as refused:
            flash(words_of(refused))
    return see_other(url_for(".caller", public_id=public_id))


@bp.post("/borrowers/<public_id>/mobile/<change_id>")
@staff_required(*DESK)
def act_on_mobile(public_id: str, change_id: str) -> ResponseReturnValue:
    """Take back what nobody confirmed, or note an objection: neither opens anything."""
    acts = {"drop": changing.drop_mobile, "object": objecting.object_to_mobile}
    act = acts.get(request.form.get("act", ""))
    if act is not None:
        try:
            act(db_session(), context(), change_public_id=change_id)
            flash(gettext("已经记下。"))
        except RuleBroken as refused:
            flash(words_of(refused))
    return see_other(url_for(".caller", public_id=public_id))
