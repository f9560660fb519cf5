"""Which kind of plan, by what a borrower says of when it will be easier again; then what the kind
asks for.
"""

from datetime import date

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.calendar import LAST_PAY_DAY, PayDay
from app.domain.errors import RuleBroken
from app.domain.ways import KINDS
from app.services.proposals.basis import CHOICES, Answers
from app.services.proposals.queries import PlanJourney
from app.services.ways import choosing
from app.services.ways import queries as way_queries
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.journey import latest_step, may_see
from app.web.borrower.journey_pages import (
    Question,
    ask,
    go_on,
    go_to,
    is_back,
    journey_on,
    on_the_journey,
    show,
)
from app.web.borrower.moved_answers import day_of
from app.web.borrower.plan_forms import FirstPaymentForm, MonthlyForm, PayDayForm, SettleDayForm
from app.web.borrower.way_forms import (
    DEFERRAL_WAYS,
    OWN_SUM,
    DeferForm,
    LowForm,
    SettlementForm,
    WaysForm,
)
from app.web.borrower.way_words import HEIGHT, WAYS
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.typed_answers import typed_before


@bp.route("/loan/<loan_id>/plan/ways", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_ways(loan_id: str) -> ResponseReturnValue:
    journey = journey_on(loan_id)
    if not may_see(journey, "ways"):
        return go_to(latest_step(journey), loan_id)

    form = WaysForm()
    is_look = request.form.get("act") == "look"
    said = form.said
    if form.is_submitted() and said:
        # Whoever answers faster than the kinds come, or without script, sees what suits first.
        if is_look or form.shown_for.data != said:
            choosing.tell_ease(
                db_session(),
                context(),
                borrower_id=me(),
                loan_public_id=loan_id,
                ease=said,
                months=form.ease_months,
            )
            back = "check" if is_back() else None
            return redirect(url_for(".plan_ways", loan_id=loan_id, back=back))
    if form.validate_on_submit() and not is_look:
        try:
            _pick(loan_id, form)
        except RuleBroken as refused:
            form.kind.errors = [words_of(refused)]
        else:
            return go_on(loan_id, "ways")

    view = way_queries.ways_of(db_session(), context(), borrower_id=me(), loan_public_id=loan_id)
    if not form.is_submitted() and not typed_before():
        form.ease.data = view.ease
        form.months.data = str(view.ease_months or form.months.data)
    picked = form.kind.data if form.kind.data in view.ways.possible else view.picked
    return show(journey, "ways", form, view=view, picked=picked, words=WAYS, height=HEIGHT)


@bp.route("/loan/<loan_id>/plan/low", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_low(loan_id: str) -> ResponseReturnValue:
    limits = _limits(loan_id)
    form = LowForm(most=limits.most_low_months)

    def keep() -> None:
        save_inputs(
            loan_id, Answers(low_fen=form.low.data, low_months=int(form.low_months.data or 0))
        )

    def fill(found: PlanJourney) -> None:
        form.low.data = found.answers.low_fen
        form.low_months.data = str(found.answers.low_months or limits.low_months)

    return ask(loan_id, "low", Question(form, keep, fill, refused_at="low"), limits=limits)


@bp.route("/loan/<loan_id>/plan/monthly", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_monthly(loan_id: str) -> ResponseReturnValue:
    form = MonthlyForm()

    def fill(found: PlanJourney) -> None:
        form.answer.data = found.answers.monthly_fen

    def keep() -> None:
        found = journey_on(loan_id)
        given = Answers(
            monthly_fen=form.answer.data,
            # An amount said anew takes the place of an own number.
            periods=0 if found.answers.periods else None,
            # What is usual, until another page changes it.
            upfront_fen=0 if found.answers.upfront_fen is None else None,
            pay_day=_usual_day(found) if found.answers.pay_day is None else None,
        )
        save_inputs(loan_id, given)

    return ask(loan_id, "monthly", Question(form, keep, fill), limits=_limits(loan_id))


@bp.route("/loan/<loan_id>/plan/first-payment", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_first_payment(loan_id: str) -> ResponseReturnValue:
    form = FirstPaymentForm()

    def fill(journey: PlanJourney) -> None:
        form.answer.data = journey.answers.upfront_fen

    def keep() -> None:
        save_inputs(loan_id, Answers(upfront_fen=form.answer.data))

    return ask(loan_id, "first_payment", Question(form, keep, fill))


@bp.route("/loan/<loan_id>/plan/pay-day", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_pay_day(loan_id: str) -> ResponseReturnValue:
    form = PayDayForm()

    def fill(journey: PlanJourney) -> None:
        form.answer.data = str(journey.answers.pay_day) if journey.answers.pay_day else None

    def keep() -> None:
        save_inputs(loan_id, Answers(pay_day=day_of(form.answer.data or "")))

    return ask(loan_id, "pay_day", Question(form, keep, fill))


@bp.route("/loan/<loan_id>/plan/defer", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_defer(loan_id: str) -> ResponseReturnValue:
    limits = _limits(loan_id)
    form = DeferForm(most=limits.most_months)

    def keep() -> None:
        way = next(one for one in DEFERRAL_WAYS if one == form.way.data)
        # There is one plan for these answers, so nobody is asked to choose it.
        save_inputs(loan_id, Answers(months=int(form.months.data or 0), way=way, choice=CHOICES[0]))

    def fill(found: PlanJourney) -> None:
        form.months.data = str(found.answers.months or limits.months)
        form.way.data = found.answers.way or DEFERRAL_WAYS[0]

    return ask(loan_id, "defer", Question(form, keep, fill, refused_at="months"))


@bp.route("/loan/<loan_id>/plan/day", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_settle_day(loan_id: str) -> ResponseReturnValue:
    journey = journey_on(loan_id)
    if journey.is_small:
        return _settle_small(loan_id, SettleDayForm(days=journey.days))

    form = SettlementForm(days=journey.days)

    def keep() -> None:
        day = date.fromisoformat(form.answer.data or "")
        save_inputs(loan_id, Answers(pay_on=day, sum_fen=form.sum_fen, choice=CHOICES[0]))

    def fill(found: PlanJourney) -> None:
        form.answer.data = found.answers.pay_on.isoformat() if found.answers.pay_on else None
        form.own.data = OWN_SUM if found.answers.sum_fen else "policy"
        form.sum.data = found.answers.sum_fen or None

    question = Question(form, keep, fill, refused_at="sum")
    return ask(loan_id, "settle_day", question, limits=_limits(loan_id))


def _settle_small(loan_id: str, form: SettleDayForm) -> ResponseReturnValue:
    def keep() -> None:
        day = date.fromisoformat(form.answer.data or "")
        # There is one way to settle a small debt, so nobody is asked to choose it (ADR 0011).
        save_inputs(loan_id, Answers(pay_on=day, choice=CHOICES[0]))

    def fill(journey: PlanJourney) -> None:
        form.answer.data = journey.answers.pay_on.isoformat() if journey.answers.pay_on else None

    return ask(loan_id, "settle_day", Question(form, keep, fill), limits=None)


def _usual_day(journey: PlanJourney) -> PayDay:
    """The contract's own day, until another one is chosen."""
    return journey.due_day if journey.due_day <= LAST_PAY_DAY else "last"


def _pick(loan_id: str, form: WaysForm) -> None:
    kind = next(one for one in KINDS if one == form.kind.data)
    choosing.pick_way(
        db_session(),
        context(),
        borrower_id=me(),
        loan_public_id=loan_id,
        kind=kind,
        ease=form.said,
        months=form.ease_months,
    )


def _limits(loan_id: str) -> way_queries.InputLimits:
    return way_queries.limits_of(db_session(), context(), borrower_id=me(), loan_public_id=loan_id)


def save_inputs(loan_id: str, given: Answers) -> None:
    """Keep what a kind asks for, where the rules let it through."""
    choosing.save_inputs(
        db_session(), context(), borrower_id=me(), loan_public_id=loan_id, given=given
    )
