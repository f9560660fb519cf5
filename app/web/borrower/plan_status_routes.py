"""After the submission: that it came in, how it stands, taking it back, appealing, and what is on
hold.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.domain.evidence import TAKES_PAPERS
from app.services.cases import appeals
from app.services.cases.appeals import AnotherPlanOpen, AppealTooLate, AppealWordsNeeded
from app.services.core.request_keys import KeyReused
from app.services.counters import answering as counter_answering
from app.services.counters import queries as counter_queries
from app.services.evidence.queries import has_papers
from app.services.holds import breathing as breathing_space
from app.services.holds import queries as hold_queries
from app.services.plans import status_queries as plan_status_queries
from app.services.plans.status_queries import PlanStatus
from app.services.plans.steps import StateChanged
from app.services.proposals import changing as proposal_changing
from app.services.proposals import submitting as proposal_submitting
from app.services.refusals.nearest_queries import nearest_plan
from app.services.refusals.starting import start_nearest
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.journey import number_step
from app.web.borrower.journey_pages import journey_on
from app.web.borrower.plan_status_forms import AppealForm, WithdrawForm
from app.web.borrower.signing_held import SigningNote, signing_note
from app.web.context import context, db_session, now
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/plan/<version_id>/done")
@borrower_required
def plan_done(version_id: str) -> ResponseReturnValue:
    plan = _status(version_id)
    # The address of "it came in" is true for a while only; later it leads to how it stands.
    if plan.state not in ("submitted", "approved"):
        return redirect(url_for(".plan_status", version_id=version_id))
    held = _signing(plan)
    return render_template("borrower/plan_done.html", plan=plan, held=held)


@bp.get("/plan/<version_id>")
@borrower_required
def plan_status(version_id: str) -> ResponseReturnValue:
    plan = _status(version_id)
    counter = None
    if plan.is_ours:
        counter = counter_queries.counter_view(
            db_session(), context(), borrower_id=me(), version_public_id=version_id
        )
    if counter is not None and plan.state == "countered":
        return render_template("borrower/counter.html", plan=plan, counter=counter)
    held = _signing(plan)
    takes = plan.state in TAKES_PAPERS
    # Who can give none and gave none finds no page of them.
    papers = takes or has_papers(db_session(), version_public_id=version_id)
    nearest = breathing = None
    if plan.is_refused:
        nearest = nearest_plan(
            db_session(), context(), version_public_id=version_id, borrower_id=me()
        )
        breathing = breathing_space.breathing_offer(db_session(), context(), borrower_id=me())
    return render_template(
        "borrower/plan_status.html",
        plan=plan,
        counter=counter,
        held=held,
        takes_papers=takes,
        papers=papers,
        nearest=nearest,
        breathing=breathing,
    )


@bp.post("/plan/<version_id>/accept")
@borrower_required
def accept_counter(version_id: str) -> ResponseReturnValue:
    try:
        counter_answering.accept_counter(
            db_session(), context(), borrower_id=me(), version_public_id=version_id
        )
    except StateChanged:  # recalled, replaced or over meanwhile: the page says how it stands
        return redirect(url_for(".plan_status", version_id=version_id))
    return redirect(url_for(".sign_plan", version_id=version_id))


@bp.post("/plan/<version_id>/nearest")
@borrower_required
def start_nearest_plan(version_id: str) -> ResponseReturnValue:
    try:
        loan = start_nearest(
            db_session(), context(), borrower_id=me(), version_public_id=version_id
        )
    except RuleBroken as refused:  # another day, another plan: the page says how it stands
        flash(words_of(refused))
        return see_other(url_for(".plan_status", version_id=version_id))
    return see_other(url_for(".plan_check", loan_id=loan))


@bp.route("/plan/<version_id>/withdraw", methods=["GET", "POST"])
@borrower_required
def withdraw_plan(version_id: str) -> ResponseReturnValue:
    form = WithdrawForm()
    plan = _status(version_id)
    if form.validate_on_submit():
        try:
            proposal_submitting.withdraw_plan(
                db_session(), context(), borrower_id=me(), version_public_id=version_id
            )
        except StateChanged:
            pass  # answered, signed or lapsed meanwhile: the page says how it stands
        return redirect(url_for(".plan_status", version_id=version_id))

    if not plan.may_withdraw:
        return redirect(url_for(".plan_status", version_id=version_id))
    return render_template("borrower/withdraw_plan.html", plan=plan, form=form)


@bp.post("/plan/<version_id>/change")
@borrower_required
def change_plan(version_id: str) -> ResponseReturnValue:
    try:
        loan = proposal_changing.begin_change(
            db_session(), context(), borrower_id=me(), version_public_id=version_id
        )
    except StateChanged:  # answered, signed or over meanwhile: the page says how it stands
        return redirect(url_for(".plan_status", version_id=version_id))
    if request.form.get("to") == "number":
        # Whoever names another number is asked for it, not led past it.
        step = number_step(journey_on(loan))
        return redirect(url_for(step.endpoint, loan_id=loan, back="check"))
    return redirect(url_for(".plan_check", loan_id=loan))


@bp.route("/plan/<version_id>/appeal", methods=["GET", "POST"])
@borrower_required
def appeal_plan(version_id: str) -> ResponseReturnValue:
    form = AppealForm()
    refused = ""
    if form.validate_on_submit():
        try:
            _appeal(version_id, form)
        except AppealWordsNeeded as refusal:
            form.words.errors = [words_of(refusal)]
        except (AnotherPlanOpen, AppealTooLate) as refusal:
            refused = words_of(refusal)
        except (StateChanged, KeyReused):
            return redirect(url_for(".plan_status", version_id=version_id))
        else:
            return redirect(url_for(".plan_status", version_id=version_id))

    # Read after the attempt: what was refused has often changed how the plan stands.
    plan = _status(version_id)
    if not plan.may_appeal and not refused:
        return redirect(url_for(".plan_status", version_id=version_id))

    return render_template("borrower/appeal_plan.html", plan=plan, form=form, refused=refused)


@bp.get("/hold")
@borrower_required
def hold() -> ResponseReturnValue:
    papers = hold_queries.running_papers(db_session(), context(), borrower_id=me())
    return render_template(
        "borrower/hold.html",
        papers=papers,
        breathing=breathing_space.breathing_offer(db_session(), context(), borrower_id=me()),
        shown_at=now(),
        back_url=url_for(".home"),
    )


def _appeal(version_id: str, form: AppealForm) -> None:
    appeals.file_appeal(
        db_session(),
        context(),
        borrower_id=me(),
        version_public_id=version_id,
        words=form.words.data or "",
        request_key=form.request_key.data or "",
    )


def _signing(plan: PlanStatus) -> SigningNote | None:
    return signing_note(plan.public_id if plan.state == "approved" else None)


def _status(version_id: str) -> PlanStatus:
    return plan_status_queries.plan_status(
        db_session(), context(), borrower_id=me(), version_public_id=version_id
    )
