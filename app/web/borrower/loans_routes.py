"""Which loans go into one plan: the first question of the journey where there is more than one."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.domain.proposing import MayNotPropose
from app.services.chosen_loans.choosing import save_loans
from app.services.chosen_loans.queries import LoansQuestion, loans_question
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.journey import latest_step, may_see
from app.web.borrower.journey_pages import go_on, go_to, journey_on, on_the_journey, show
from app.web.borrower.plan_forms import LoansForm
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.typed_answers import typed_before

RECOUNT = "recount"


@bp.route("/loan/<loan_id>/plan/loans", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_loans(loan_id: str) -> ResponseReturnValue:
    journey = journey_on(loan_id)
    if not may_see(journey, "loans"):
        return go_to(latest_step(journey), loan_id)
    asked = loans_question(db_session(), context(), borrower_id=me(), loan_public_id=loan_id)
    form = LoansForm(loans=asked.loans)
    if form.is_submitted() and request.form.get("act") != RECOUNT and form.validate():
        try:
            return _keep(loan_id, form)
        except MayNotPropose:
            raise
        except RuleBroken as refused:
            form.answer.errors = [words_of(refused)]
    elif not form.is_submitted() and not typed_before():
        form.answer.data = [one.public_id for one in asked.loans if one.is_planned_for]
    ticked = set(form.answer.data or ())
    return show(journey, "loans", form, asked=asked, ticked=ticked, summed=_summed(asked, ticked))


def _keep(loan_id: str, form: LoansForm) -> ResponseReturnValue:
    goes_on_at = save_loans(
        db_session(),
        context(),
        borrower_id=me(),
        loan_public_id=loan_id,
        loans=form.answer.data or (),
    )
    if goes_on_at == loan_id:
        return go_on(loan_id, "loans")
    # The loan where the journey began was left out: it goes on at another one.
    return redirect(url_for(".propose", loan_id=goes_on_at))


def _summed(asked: LoansQuestion, ticked: set[str]) -> int:
    return sum(one.payoff_fen for one in asked.loans if one.public_id in ticked)
