"""What if: other numbers beside the plan that stands, and taking them over."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.domain.proposing import MayNotPropose
from app.services.trying.queries import Limits, limits_of, what_if
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.journey import latest_step, may_see
from app.web.borrower.journey_pages import go_to, journey_on, on_the_journey, save
from app.web.borrower.what_if_forms import WhatIfForm
from app.web.context import context, db_session
from app.web.filters import words_of


@bp.route("/loan/<loan_id>/plan/what-if", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_what_if(loan_id: str) -> ResponseReturnValue:
    journey = journey_on(loan_id)
    if not may_see(journey, "options") or journey.days:
        return go_to(latest_step(journey), loan_id)
    limits = limits_of(db_session())
    form = _form(limits)
    is_whole = not form.is_submitted() or form.validate()
    found = what_if(
        db_session(),
        context(),
        borrower_id=me(),
        loan_public_id=loan_id,
        other=form.answers if is_whole else _form(limits, formdata=None).answers,
    )
    if found is None:
        return redirect(url_for(".plan_options", loan_id=loan_id))
    # Tried before it is kept: a number without a plan is told of, and what stands goes on standing.
    if is_whole and request.form.get("act") == "take" and found.may_take:
        try:
            save(loan_id, form.answers)
            return redirect(url_for(".plan_options", loan_id=loan_id))
        except MayNotPropose:
            raise
        except RuleBroken as refused:
            form.upfront.errors = [words_of(refused)]
    return render_template(
        "borrower/plan_what_if.html",
        journey=journey,
        form=form,
        found=found,
        refusal=words_of(found.refusal) if found.refusal else "",
        back_url=url_for(".plan_options", loan_id=loan_id),
    )


def _form(limits: Limits, **values: None) -> WhatIfForm:
    return WhatIfForm(least=limits.least, most=limits.most, most_low=limits.most_low, **values)
