"""A month told on the journey to a plan, where the policy asks: who lives on it, what comes in,
what must go out, other debts, and what is left of it.
"""

from collections.abc import Callable
from functools import wraps

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.budget import Budget
from app.services.affordability import queries as affordability_queries
from app.services.affordability import telling as affordability_telling
from app.services.proposals.basis import Answers
from app.services.proposals.queries import PlanJourney
from app.web.access import borrower_required, me
from app.web.borrower import journey_pages
from app.web.borrower.affordability_forms import (
    DebtsForm,
    HouseholdForm,
    IncomeForm,
    LeftForm,
    SpendingForm,
)
from app.web.borrower.blueprint import bp
from app.web.borrower.hardship_routes import SKIP, skip
from app.web.borrower.journey_pages import Question, View, on_the_journey, save
from app.web.borrower.way_routes import save_inputs
from app.web.context import context, db_session


def _may_be_left_out(step: str) -> Callable[[View], View]:
    """Where it is not told, all of it is left out: one tap on any of its pages."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(loan_id: str) -> ResponseReturnValue:
            # Before the form is judged: who leaves it out need not fill anything in.
            if request.form.get("act") == SKIP:
                return skip(loan_id, step, lambda: _leave_out(loan_id), last="left")
            return view(loan_id)

        return guarded

    return guard


@bp.route("/loan/<loan_id>/plan/household", methods=["GET", "POST"])
@borrower_required
@on_the_journey
@_may_be_left_out("household")
def plan_household(loan_id: str) -> ResponseReturnValue:
    form = HouseholdForm()

    def keep() -> None:
        _tell(loan_id, Budget(people=int(form.answer.data or 0)))

    def fill(found: PlanJourney) -> None:
        people = found.budget.people if found.budget else None
        form.answer.data = str(people) if people else None

    return journey_pages.ask(loan_id, "household", Question(form, keep, fill))


@bp.route("/loan/<loan_id>/plan/income", methods=["GET", "POST"])
@borrower_required
@on_the_journey
@_may_be_left_out("income")
def plan_income(loan_id: str) -> ResponseReturnValue:
    form = IncomeForm()

    def keep() -> None:
        _tell(loan_id, Budget(incomes=form.amounts()))

    def fill(found: PlanJourney) -> None:
        form.fill(dict(found.budget.incomes or {}) if found.budget else {})

    return journey_pages.ask(loan_id, "income", Question(form, keep, fill, refused_at="own"))


@bp.route("/loan/<loan_id>/plan/spending", methods=["GET", "POST"])
@borrower_required
@on_the_journey
@_may_be_left_out("spending")
def plan_spending(loan_id: str) -> ResponseReturnValue:
    form = SpendingForm()

    def keep() -> None:
        _tell(loan_id, Budget(spending=form.amounts()))

    def fill(found: PlanJourney) -> None:
        form.fill(dict(found.budget.spending or {}) if found.budget else {})

    return journey_pages.ask(loan_id, "spending", Question(form, keep, fill, refused_at="food"))


@bp.route("/loan/<loan_id>/plan/debts", methods=["GET", "POST"])
@borrower_required
@on_the_journey
@_may_be_left_out("debts")
def plan_debts(loan_id: str) -> ResponseReturnValue:
    form = DebtsForm()

    def keep() -> None:
        _tell(loan_id, Budget(debts_fen=form.answer.data or 0))

    def fill(found: PlanJourney) -> None:
        if found.budget and found.budget.debts_fen is not None:
            form.answer.data = found.budget.debts_fen

    beside = affordability_queries.loans_beside(
        db_session(), context(), borrower_id=me(), loan_public_id=loan_id
    )
    return journey_pages.ask(loan_id, "debts", Question(form, keep, fill), beside=beside)


@bp.route("/loan/<loan_id>/plan/left", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_left(loan_id: str) -> ResponseReturnValue:
    month = affordability_queries.month_of(
        db_session(), context(), borrower_id=me(), loan_public_id=loan_id
    )
    if month is None:
        # Left out before: there is nothing to look at until it is told.
        back = request.args.get("back")
        return redirect(url_for(".plan_household", loan_id=loan_id, back=back))
    if request.form.get("act") == "target" and month.target_fen > 0:
        save(loan_id, Answers(monthly_fen=month.target_fen, periods=0, is_income_done=True))
        return journey_pages.go_on(loan_id, "left")

    form = LeftForm()

    def keep() -> None:
        answers = journey_pages.journey_on(loan_id).answers
        # An amount said anew takes the place of an own number of instalments.
        is_new = bool(answers.periods) and form.answer.data != answers.monthly_fen
        given = Answers(
            monthly_fen=form.answer.data, periods=0 if is_new else None, is_income_done=True
        )
        save_inputs(loan_id, given)

    def fill(found: PlanJourney) -> None:
        form.answer.data = found.answers.monthly_fen

    return journey_pages.ask(loan_id, "left", Question(form, keep, fill), month=month)


def _tell(loan_id: str, part: Budget) -> None:
    affordability_telling.tell_budget(
        db_session(), context(), borrower_id=me(), loan_public_id=loan_id, part=part
    )


def _leave_out(loan_id: str) -> None:
    affordability_telling.leave_budget_out(
        db_session(), context(), borrower_id=me(), loan_public_id=loan_id
    )
