"""What the pages on the journey to a plan share: where the borrower is, where to go next, how a
question is shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.domain.errors import RuleBroken
from app.domain.proposing import AlreadyOpen, MayNotPropose
from app.services.proposals import drafts as proposal_drafts
from app.services.proposals import queries as proposal_queries
from app.services.proposals.basis import Answers
from app.services.proposals.queries import PlanJourney
from app.web.access import me
from app.web.borrower.journey import Step, latest_step, may_see, place_on, step_after, step_before
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.typed_answers import typed_before

View = Callable[..., ResponseReturnValue]
# Where what the rules refuse of an answer is mended.
QUESTION_OF: Mapping[str, str] = {
    "first_payment_too_large": "first_payment",
    "monthly_needed": "monthly",
    "monthly_not_above_low": "monthly",
    "periods_outside": "monthly",
    "instalment_too_small": "monthly",
    "low_months_outside": "low",
    "low_too_small": "low",
    "low_too_large": "low",
    "months_outside": "defer",
    "ends_too_late": "defer",
    "pay_date_outside": "settle_day",
    "sum_outside": "settle_day",
    "catch_up_too_late": "ways",
    "arrears_too_small": "ways",
    "one_loan_only": "ways",
}


def on_the_journey(view: View) -> View:
    """Where no plan can be proposed, say why and lead on; where one is open, lead to it."""

    @wraps(view)
    def guarded(loan_id: str) -> ResponseReturnValue:
        try:
            return view(loan_id)
        except AlreadyOpen as refusal:
            # Someone comes back by a bookmark or another tab: the open plan is what they look for.
            version = proposal_queries.open_version(
                db_session(), borrower_id=me(), loan_public_id=loan_id
            )
            if version:
                return redirect(url_for(".plan_status", version_id=version))
            return _not_now(loan_id, refusal)
        except MayNotPropose as refusal:
            return _not_now(loan_id, refusal)
        except RuleBroken as refusal:
            # An answer of yesterday can be out of place today, when less is owed or it is later:
            # back to its own question.
            step = QUESTION_OF.get(refusal.code)
            if step is None:
                raise
            flash(words_of(refusal))
            return leave_for(url_for(f".plan_{step}", loan_id=loan_id))

    return guarded


def journey_on(loan_id: str) -> PlanJourney:
    return proposal_queries.plan_journey(
        db_session(), context(), borrower_id=me(), loan_public_id=loan_id
    )


def save(loan_id: str, given: Answers) -> None:
    proposal_drafts.save_answers(
        db_session(), context(), borrower_id=me(), loan_public_id=loan_id, given=given
    )


def is_back() -> bool:
    """Whether the question was opened from the check page."""
    return request.args.get("back") == "check"


def go_to(step: Step, loan_id: str) -> ResponseReturnValue:
    """Lead to a page of the journey; on the way back to the check page the way back is kept."""
    back = "check" if is_back() and step.name != "check" else None
    return leave_for(url_for(step.endpoint, loan_id=loan_id, back=back))


def leave_for(address: str) -> ResponseReturnValue:
    """Lead to another page, also when htmx asked for a part of this one."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def go_on(loan_id: str, step: str) -> ResponseReturnValue:
    """Lead on from a page just answered; a change leads back to the check page, past what it newly
    asks.
    """
    journey = journey_on(loan_id)
    return go_to(latest_step(journey) if is_back() else step_after(journey, step), loan_id)


@dataclass(frozen=True)
class Question:
    """One question: `keep` stores what was answered, `fill` shows what was kept before.

    What the rules refuse is said at the field `refused_at`.
    """

    form: FlaskForm
    keep: Callable[[], None]
    fill: Callable[[PlanJourney], None]
    refused_at: str = "answer"


def ask(loan_id: str, step: str, question: Question, **shown: Any) -> ResponseReturnValue:
    """Show one question, keep its answer, go on."""
    journey = journey_on(loan_id)
    if not may_see(journey, step):
        return go_to(latest_step(journey), loan_id)

    form = question.form
    if form.validate_on_submit():
        try:
            question.keep()
        except MayNotPropose:
            # About the loan and not about the answer: the decorator tells it.
            raise
        except RuleBroken as refused:
            field = form[question.refused_at]
            field.errors = [*field.errors, words_of(refused)]
        else:
            return go_on(loan_id, step)
    elif not form.is_submitted() and not typed_before():
        # What was typed before an expiry goes before what was stored earlier.
        question.fill(journey)

    return show(journey, step, form, **shown)


def show(journey: PlanJourney, step: str, form: FlaskForm, **shown: Any) -> ResponseReturnValue:
    """Render the page of a question with its place on the journey and the way back."""
    place, steps = place_on(journey, step)
    return render_template(
        f"borrower/plan_{step}.html",
        journey=journey,
        form=form,
        step=place,
        steps=steps,
        back_url=back_url(journey, step),
        **shown,
    )


def back_url(journey: PlanJourney, step: str) -> str:
    """Back leads to the check page where the question was opened from there, else one page back, at
    last to the loan.
    """
    if is_back():
        return url_for(".plan_check", loan_id=journey.loan_public_id)
    before = step_before(journey, step)
    return url_for(before.endpoint if before else ".loan", loan_id=journey.loan_public_id)


def _not_now(loan_id: str, refusal: RuleBroken) -> ResponseReturnValue:
    return render_template("borrower/plan_not_now.html", loan_id=loan_id, refusal=refusal)
