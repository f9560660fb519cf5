"""Breathing space: what it costs, named before it begins; and how it stands."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.services.holds import breathing as breathing_space
from app.services.holds.breathing import BreathingUsed
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.plan_forms import BreathingForm
from app.web.context import context, db_session


@bp.route("/breathing", methods=["GET", "POST"])
@borrower_required
def breathing() -> ResponseReturnValue:
    form = BreathingForm()
    if form.validate_on_submit():
        try:
            breathing_space.begin_breathing(
                db_session(), context(), borrower_id=me(), request_key=form.request_key.data or ""
            )
        except BreathingUsed:
            pass  # another tab was first, or a day has passed: the page says how it stands
        return redirect(url_for(".breathing"))

    found = breathing_space.breathing(db_session(), context(), borrower_id=me())

    return render_template(
        "borrower/breathing.html", breathing=found, form=form, back_url=url_for(".home")
    )
