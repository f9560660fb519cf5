"""The journey from a loan to a proposal: one question a page, options, check."""

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.calendar import PayDay
from app.domain.money import FEN_PER_YUAN
from app.domain.plan import FiguresChanged, FirstPaymentTooLarge
from app.services.core.request_keys import KeyReused
from app.services.holds import breathing as breathing_space
from app.services.proposals import queries as proposal_queries
from app.services.proposals import submitting as proposal_submitting
from app.services.proposals.basis import CHOICES, Answers
from app.services.proposals.changing import NothingChanged
from app.services.proposals.queries import OfferView, PlanJourney
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.journey import latest_step, may_see, place_on
from app.web.borrower.journey_pages import (
    Question,
    ask,
    back_url,
    go_to,
    journey_on,
    leave_for,
    on_the_journey,
    save,
)
from app.web.borrower.plan_forms import (
    FirstPaymentForm,
    MonthlyForm,
    OptionsForm,
    PayDayForm,
    SettleDayForm,
    SubmitForm,
)
from app.web.borrower.sliders import Slider, monthly_slider, upfront_slider
from app.web.context import context, db_session
from app.web.filters import words_of


@bp.get("/loan/<loan_id>/plan")
@borrower_required
@on_the_journey
def propose(loan_id: str) -> ResponseReturnValue:
    return go_to(latest_step(journey_on(loan_id)), loan_id)


@bp.route("/loan/<loan_id>/plan/first-payment", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_first_payment(loan_id: str) -> ResponseReturnValue:
    form = FirstPaymentForm()

    def fill(journey: PlanJourney) -> None:
        form.answer.data = journey.answers.upfront_fen
        if request.args.get("again"):
            form.answer.errors = [words_of(FirstPaymentTooLarge())]

    def keep() -> None:
        save(loan_id, Answers(upfront_fen=form.answer.data))

    return ask(loan_id, "first_payment", Question(form, keep, fill))


@bp.route("/loan/<loan_id>/plan/monthly", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_monthly(loan_id: str) -> ResponseReturnValue:
    form = MonthlyForm()

    def fill(journey: PlanJourney) -> None:
        form.answer.data = journey.answers.monthly_fen

    def keep() -> None:
        save(loan_id, Answers(monthly_fen=form.answer.data))

    return ask(loan_id, "monthly", Question(form, keep, fill))


@bp.route("/loan/<loan_id>/plan/pay-day", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_pay_day(loan_id: str) -> ResponseReturnValue:
    form = PayDayForm()

    def fill(journey: PlanJourney) -> None:
        form.answer.data = str(journey.answers.pay_day) if journey.answers.pay_day else None

    def keep() -> None:
        save(loan_id, Answers(pay_day=_day(form.answer.data or "")))

    return ask(loan_id, "pay_day", Question(form, keep, fill))


@bp.route("/loan/<loan_id>/plan/day", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_settle_day(loan_id: str) -> ResponseReturnValue:
    form = SettleDayForm(days=journey_on(loan_id).days)

    def keep() -> None:
        day = date.fromisoformat(form.answer.data or "")
        # There is one way to settle a small debt, so nobody is asked to choose it (ADR 0011).
        save(loan_id, Answers(pay_on=day, choice=CHOICES[0]))

    def fill(journey: PlanJourney) -> None:
        form.answer.data = journey.answers.pay_on.isoformat() if journey.answers.pay_on else None

    return ask(loan_id, "settle_day", Question(form, keep, fill))


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

        moved = Answers(
            upfront_fen=_moved(form.upfront, upfront_slider(journey)),
            monthly_fen=_moved(form.monthly, monthly_slider(journey)),
        )
        if moved != Answers():
            save(loan_id, moved)
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


def _day(chosen: str) -> PayDay:
    return "last" if chosen == "last" else int(chosen)


def _take_smallest(loan_id: str) -> ResponseReturnValue:
    """Where nothing fits: answer with the smallest amount that would, and go straight to what it
    gives; income may be told there, a person decides about that plan either way.
    """
    smallest = _offer(loan_id).smallest_fen
    if smallest:
        save(loan_id, Answers(monthly_fen=smallest, is_income_done=True))
    return redirect(url_for(".plan_options", loan_id=loan_id))


def _moved(field: Any, kept: Slider) -> int | None:
    """Return what a slider was moved to, in fen; one that stands where the answer kept would put it
    changes nothing, for it shows a rounded place.

    Held against the answer and not against the page, which may be older: the last place wins.
    """
    typed = field.data or ""
    # isdigit alone also takes digits of other scripts, and superscripts that int() refuses.
    if not (typed.isascii() and typed.isdigit()) or int(typed) == kept.place:
        return None
    return int(typed) * FEN_PER_YUAN


def _shown_for(journey: PlanJourney) -> str:
    answers = journey.answers
    return f"{answers.monthly_fen}-{answers.upfront_fen}-{answers.surplus_fen}"


def _show_options(offer: OfferView, form: OptionsForm) -> ResponseReturnValue:
    step, steps = place_on(offer.journey, "options")
    shared = {
        "offer": offer,
        "journey": offer.journey,
        "monthly": monthly_slider(offer.journey),
        "upfront": upfront_slider(offer.journey),
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
