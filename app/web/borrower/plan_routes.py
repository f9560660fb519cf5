"""The road from a loan to a proposal: one question a page, options, check, done, status."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.domain.calendar import PayDay
from app.domain.errors import RuleBroken
from app.domain.plan import FirstPaymentTooLarge, MonthlyNeeded
from app.domain.policy import AlreadyOpen, MayNotPropose
from app.services import plan_drafts, plan_queries, plans
from app.services.audit import Actor
from app.services.plan_offers import CHOICES, Answers
from app.services.plan_queries import OfferView, PlanRoad
from app.web.access import borrower_required, user
from app.web.borrower import journey
from app.web.borrower.blueprint import bp
from app.web.borrower.plan_forms import FirstPaymentForm, MonthlyForm, OptionsForm, PayDayForm, SubmitForm
from app.web.context import db_session, gateways, now, requester, site
from app.web.kept import typed_before

View = Callable[..., ResponseReturnValue]


def on_the_road(view: View) -> View:
    """Where no plan can be proposed, say why and lead on; where one is open, lead to it."""

    @wraps(view)
    def guarded(loan_id: str) -> ResponseReturnValue:
        try:
            return view(loan_id)
        except AlreadyOpen as refusal:
            mine = {"borrower_id": _me(), "loan_public_id": loan_id}
            version = plan_queries.open_version(db_session(), **mine)
            return redirect(url_for(".plan_status", version_id=version)) if version else _not_now(loan_id, refusal)
        except MayNotPropose as refusal:
            return _not_now(loan_id, refusal)
        except (FirstPaymentTooLarge, MonthlyNeeded) as refusal:
            step = "first_payment" if isinstance(refusal, FirstPaymentTooLarge) else "monthly"
            return redirect(url_for(f".plan_{step}", loan_id=loan_id, again=1))

    return guarded


@bp.get("/loan/<loan_id>/plan")
@borrower_required
@on_the_road
def propose(loan_id: str) -> ResponseReturnValue:
    return _go_to(journey.latest_step(_road(loan_id)), loan_id)


@bp.route("/loan/<loan_id>/plan/first-payment", methods=["GET", "POST"])
@borrower_required
@on_the_road
def plan_first_payment(loan_id: str) -> ResponseReturnValue:
    return _ask(loan_id, "first_payment", FirstPaymentForm(), "upfront_fen")


@bp.route("/loan/<loan_id>/plan/monthly", methods=["GET", "POST"])
@borrower_required
@on_the_road
def plan_monthly(loan_id: str) -> ResponseReturnValue:
    return _ask(loan_id, "monthly", MonthlyForm(), "monthly_fen")


@bp.route("/loan/<loan_id>/plan/pay-day", methods=["GET", "POST"])
@borrower_required
@on_the_road
def plan_pay_day(loan_id: str) -> ResponseReturnValue:
    return _ask(loan_id, "pay_day", PayDayForm(), "pay_day")


@bp.route("/loan/<loan_id>/plan/options", methods=["GET", "POST"])
@borrower_required
@on_the_road
def plan_options(loan_id: str) -> ResponseReturnValue:
    form = OptionsForm()
    road = _road(loan_id)
    if not journey.may_see(road, "options"):
        return _go_to(journey.latest_step(road), loan_id)
    if form.validate_on_submit():
        if request.form.get("act") == "recompute":
            _save(loan_id, Answers(upfront_fen=_moved(form.upfront, form.upfront_was),
                                   monthly_fen=_moved(form.monthly, form.monthly_was)))  # fmt: skip
            return redirect(url_for(".plan_options", loan_id=loan_id))
        if form.choice.data in CHOICES:
            _save(loan_id, Answers(choice=form.choice.data))
            return redirect(url_for(".plan_check", loan_id=loan_id))
    return _show_options(_offer(loan_id), form)


@bp.route("/loan/<loan_id>/plan/check", methods=["GET", "POST"])
@borrower_required
@on_the_road
def plan_check(loan_id: str) -> ResponseReturnValue:
    form = SubmitForm()
    changed = False
    if form.validate_on_submit():
        try:
            return redirect(url_for(".plan_done", version_id=_submit(loan_id, form)))
        except plans.FiguresChanged:
            changed = True
        except (plans.AnswersMissing, plans.KeyReused):
            return redirect(url_for(".propose", loan_id=loan_id))
    road = _road(loan_id)
    if not journey.may_see(road, "check"):
        return _go_to(journey.latest_step(road), loan_id)
    mine = {"borrower_id": _me(), "loan_public_id": loan_id}
    view = plan_queries.plan_check(db_session(), vault=gateways().vault, now=now(), **mine)
    if view is None:
        return redirect(url_for(".plan_options", loan_id=loan_id))
    form.request_key.data, form.shown_sha256.data = road.request_key, view.shown_sha256
    step, steps = journey.place(road, "check")
    return render_template("borrower/plan_check.html", view=view, form=form, changed=changed, step=step, steps=steps)


@bp.get("/plan/<version_id>/done")
@borrower_required
def plan_done(version_id: str) -> ResponseReturnValue:
    return render_template("borrower/plan_done.html", plan=_status(version_id))


@bp.get("/plan/<version_id>")
@borrower_required
def plan_status(version_id: str) -> ResponseReturnValue:
    return render_template("borrower/plan_status.html", plan=_status(version_id))


def _ask(loan_id: str, step: str, form: FlaskForm, answer: str) -> ResponseReturnValue:
    """Show one question, keep its answer, go on; a change from the check page goes back there."""
    road = _road(loan_id)
    if not journey.may_see(road, step):
        return _go_to(journey.latest_step(road), loan_id)
    if form.validate_on_submit():
        try:
            _save(loan_id, Answers(**{answer: _answer(form)}))
        except FirstPaymentTooLarge as refused:
            form.answer.errors = [*form.answer.errors, refused.message]
        else:
            return _go_on(loan_id, step)
    elif not form.is_submitted() and not typed_before():
        _fill(form, getattr(road.answers, answer))
        if request.args.get("again") and step == "first_payment":
            form.answer.errors = [FirstPaymentTooLarge.message]
    place, steps = journey.place(road, step)
    return render_template(f"borrower/plan_{step}.html", road=road, form=form, step=place, steps=steps, back=_back())


def _go_on(loan_id: str, step: str) -> ResponseReturnValue:
    road = _road(loan_id)
    if _back() and journey.may_see(road, "check"):
        return redirect(url_for(".plan_check", loan_id=loan_id))
    return _go_to(journey.step_after(road, step), loan_id)


def _go_to(step: journey.Step, loan_id: str) -> ResponseReturnValue:
    return redirect(url_for(step.endpoint, loan_id=loan_id))


def _back() -> bool:
    """Whether the question was opened from the check page."""
    return request.args.get("back") == "check"


def _answer(form: FlaskForm) -> int | PayDay:
    if isinstance(form, PayDayForm):
        return "last" if form.answer.data == "last" else int(form.answer.data)
    found: int = form.answer.data
    return found


def _fill(form: FlaskForm, kept: int | str | None) -> None:
    form.answer.data = str(kept) if isinstance(form, PayDayForm) and kept is not None else kept


def _moved(field: Any, was: Any) -> int | None:
    """Return what a slider was moved to, in fen; one left alone changes nothing, for it shows a rounded place."""
    if field.data == was.data or not (field.data or "").isascii() or not (field.data or "").isdigit():
        return None
    return int(field.data) * 100


def _show_options(offer: OfferView, form: OptionsForm) -> ResponseReturnValue:
    step, steps = journey.place(offer.road, "options")
    shared = {"offer": offer, "road": offer.road, "form": form, "step": step, "steps": steps}
    if not offer.options:
        return render_template("borrower/plan_nothing_fits.html", **shared)
    return render_template("borrower/plan_options.html", picked=_picked(offer, form), **shared)


def _picked(offer: OfferView, form: OptionsForm) -> str:
    """Return the option that stands chosen: as picked before an expiry, else as kept, else the best fit."""
    names = [one.choice for one in offer.options]
    return form.choice.data if form.choice.data in names else offer.preselected.choice


def _not_now(loan_id: str, refusal: RuleBroken) -> ResponseReturnValue:
    return render_template("borrower/plan_not_now.html", loan_id=loan_id, refusal=refusal)


def _road(loan_id: str) -> PlanRoad:
    return plan_queries.plan_road(
        db_session(), vault=gateways().vault, borrower_id=_me(), loan_public_id=loan_id, now=now()
    )


def _offer(loan_id: str) -> OfferView:
    return plan_queries.plan_offer(
        db_session(), vault=gateways().vault, borrower_id=_me(), loan_public_id=loan_id, now=now()
    )


def _me() -> int:
    found = user().borrower_id
    if found is None:
        abort(401)
    return found


def _status(version_id: str) -> plan_queries.PlanStatus:
    return plan_queries.plan_status(db_session(), borrower_id=_me(), version_public_id=version_id, now=now())


def _save(loan_id: str, given: Answers) -> None:
    plan_drafts.save_answers(db_session(), borrower_id=_me(), loan_public_id=loan_id, given=given, now=now())


def _submit(loan_id: str, form: SubmitForm) -> str:
    return plans.submit_plan(
        db_session(),
        vault=gateways().vault,
        site=site(),
        borrower_id=_me(),
        loan_public_id=loan_id,
        shown_sha256=form.shown_sha256.data or "",
        request_key=form.request_key.data or "",
        actor=Actor(user().who, requester()),
        now=now(),
    )
