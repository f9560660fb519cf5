"""The journey from a loan to a proposal: one question a page, options, check."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.domain.plan import FiguresChanged
from app.services.core.request_keys import KeyReused
from app.services.holds import breathing as breathing_space
from app.services.proposals import queries as proposal_queries
from app.services.proposals import submitting as proposal_submitting
from app.services.proposals.basis import CHOICES, Answers
from app.services.proposals.changing import NothingChanged
from app.services.proposals.queries import OfferView, PlanJourney
from app.services.ways import queries as way_queries
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.journey import latest_step, may_see, place_on
from app.web.borrower.journey_pages import (
    back_url,
    go_to,
    journey_on,
    leave_for,
    on_the_journey,
    save,
)
from app.web.borrower.moved_answers import moved_to
from app.web.borrower.plan_forms import (
    OptionsForm,
    SubmitForm,
)
from app.web.borrower.sliders import monthly_slider, upfront_slider
from app.web.borrower.way_routes import save_inputs
from app.web.context import context, db_session
from app.web.fields import pay_days
from app.web.filters import words_of


@bp.get("/loan/<loan_id>/plan")
@borrower_required
@on_the_journey
def propose(loan_id: str) -> ResponseReturnValue:
    return go_to(latest_step(journey_on(loan_id)), loan_id)


@bp.route("/loan/<loan_id>/plan/options", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_options(loan_id: str) -> ResponseReturnValue:
    form = OptionsForm()
    journey = journey_on(loan_id)
    if not may_see(journey, "options"):
        return go_to(latest_step(journey), loan_id)

    if form.validate_on_submit():
        if request.form.get("act") == "smallest":
            return _take_smallest(loan_id)

        moved = moved_to(form, journey)
        if moved != Answers():
            try:
                save_inputs(loan_id, moved)
            except RuleBroken as refused:
                # Beside the plans as they were; what was typed is told of and not kept.
                field = form.periods if moved.periods else form.monthly
                field.errors = [words_of(refused)]
                return _show_options(_offer(loan_id), form)
        # Whoever chooses faster than the figures come, or without script, sees them first.
        is_seen = moved == Answers() and form.shown_for.data == _shown_for(journey)
        if request.form.get("act") == "recompute" or not is_seen:
            return redirect(url_for(".plan_options", loan_id=loan_id))

        if form.choice.data in CHOICES:
            save(loan_id, Answers(choice=form.choice.data))
            return redirect(url_for(".plan_check", loan_id=loan_id))

    return _show_options(_offer(loan_id), form)


@bp.route("/loan/<loan_id>/plan/check", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_check(loan_id: str) -> ResponseReturnValue:
    form = SubmitForm()
    changed = False
    if form.validate_on_submit():
        try:
            return redirect(url_for(".plan_done", version_id=_submit(loan_id, form)))
        except FiguresChanged:
            # Shown again and not an error page: over midnight or after a file every figure may be
            # another.
            changed = True
        except NothingChanged:
            # The page says so; a button of before leads to it.
            return redirect(url_for(".plan_check", loan_id=loan_id))
        except (proposal_submitting.AnswersMissing, KeyReused):
            # Another tab has submitted or emptied the draft; the journey knows where to go on.
            return redirect(url_for(".propose", loan_id=loan_id))

    journey = journey_on(loan_id)
    if not may_see(journey, "check"):
        return go_to(latest_step(journey), loan_id)

    view = proposal_queries.plan_check(
        db_session(), context(), borrower_id=me(), loan_public_id=loan_id
    )
    if view is None:
        return redirect(url_for(".plan_options", loan_id=loan_id))

    # The hash says what was shown, the draft's key makes the submission happen once.
    form.request_key.data, form.shown_sha256.data = journey.request_key, view.shown_sha256
    step, steps = place_on(journey, "check")

    return render_template(
        "borrower/plan_check.html", view=view, form=form, changed=changed, step=step, steps=steps
    )


def _take_smallest(loan_id: str) -> ResponseReturnValue:
    """Where nothing fits: answer with the smallest amount that would, and go straight to what it
    gives; income may be told there, a person decides about that plan either way.
    """
    smallest = _offer(loan_id).smallest_fen
    if smallest:
        save(loan_id, Answers(monthly_fen=smallest, periods=0, is_income_done=True))
    return redirect(url_for(".plan_options", loan_id=loan_id))


def _shown_for(journey: PlanJourney) -> str:
    answers = journey.answers
    amounts = (answers.monthly_fen, answers.upfront_fen, answers.surplus_fen)
    more = (answers.pay_day, answers.periods or None, answers.low_fen, answers.low_months)
    return "-".join(str(one) for one in (*amounts, *more))


def _show_options(offer: OfferView, form: OptionsForm) -> ResponseReturnValue:
    step, steps = place_on(offer.journey, "options")
    shared = {
        "offer": offer,
        "journey": offer.journey,
        "monthly": monthly_slider(offer.journey),
        "upfront": upfront_slider(offer.journey),
        "pay_days": pay_days()[1:],
        "limits": way_queries.limits_of(
            db_session(), context(), borrower_id=me(), loan_public_id=offer.journey.loan_public_id
        ),
        "shown_for": _shown_for(offer.journey),
        "form": form,
        "step": step,
        "steps": steps,
        "back_url": back_url(offer.journey, "options"),
    }
    if offer.has_nothing_left or not offer.options:
        shared["breathing"] = breathing_space.breathing_offer(
            db_session(), context(), borrower_id=me()
        )
    if not offer.options:
        # A part of a page cannot become another page: the browser is told to go there.
        if request.headers.get("HX-Request"):
            return leave_for(url_for(".plan_options", loan_id=offer.journey.loan_public_id))
        return render_template("borrower/plan_nothing_fits.html", **shared)

    return render_template("borrower/plan_options.html", picked=_picked(offer, form), **shared)


def _picked(offer: OfferView, form: OptionsForm) -> str:
    """Return the option that stands chosen: as picked before an expiry, else as kept, else the best
    fit.
    """
    names = [one.choice for one in offer.options]
    return form.choice.data if form.choice.data in names else offer.preselected.choice


def _offer(loan_id: str) -> OfferView:
    return proposal_queries.plan_offer(
        db_session(), context(), borrower_id=me(), loan_public_id=loan_id
    )


def _submit(loan_id: str, form: SubmitForm) -> str:
    return proposal_submitting.submit_plan(
        db_session(),
        context(),
        borrower_id=me(),
        loan_public_id=loan_id,
        shown_sha256=form.shown_sha256.data or "",
        request_key=form.request_key.data or "",
    )
