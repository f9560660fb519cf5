"""With the borrower on the phone: options by the same engine, and the proposal filled in for them
to confirm.
"""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.assisted import entering as phone_proposals
from app.services.assisted.entering import PhoneBasis, PhoneOffer
from app.services.borrowers import lookup as borrower_lookup
from app.web import typed_answers
from app.web.access import staff_required
from app.web.admin.assist_forms import AssistDayForm, AssistForm
from app.web.admin.blueprint import DESK, bp
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other

FIELD_OF_CODE = {
    "first_payment_too_large": "upfront",
    "monthly_needed": "monthly",
    "pay_date_outside": "pay_on",
}
Form = AssistForm | AssistDayForm


@bp.route("/loans/<public_id>/plan", methods=["GET", "POST"])
@staff_required(*DESK)
def assist_plan(public_id: str) -> ResponseReturnValue:
    basis = phone_proposals.phone_basis(db_session(), context(), loan_public_id=public_id)
    form: Form = AssistDayForm(days=basis.days) if basis.is_small else AssistForm()
    offer = None
    if form.validate_on_submit():
        try:
            offer = phone_proposals.phone_offer(
                db_session(), context(), loan_public_id=public_id, spoken=form.spoken()
            )
            if request.form.get("act") == "enter":
                _enter(public_id, form)
                return see_other(url_for(".loan", public_id=public_id))

            # A reload after computing must not ask to send the form again, nor lose what was said
            # on the phone (ADR 0033).
            typed_answers.keep(current_user.session_id)
        except RuleBroken as refused:
            _tell(form, refused)

    return _show(public_id, basis, form, offer)


def _enter(public_id: str, form: Form) -> None:
    phone_proposals.enter_proposal(
        db_session(),
        context(),
        loan_public_id=public_id,
        spoken=form.spoken(),
        request_key=form.request_key.data or "",
    )
    flash(gettext("已帮本人填好，短信请本人登录核对后提交。要由人答复的，由另一位同事来答。"))


def _tell(form: Form, refused: RuleBroken) -> None:
    """Put a refused rule beside the field that mends it, else on top."""
    name, words = FIELD_OF_CODE.get(refused.code, ""), words_of(refused)
    # A small debt has fewer fields; what is refused there is told on top.
    if name in form:
        form[name].errors = [*form[name].errors, words]
    else:
        form.form_errors.append(words)


def _show(
    public_id: str, basis: PhoneBasis, form: Form, offer: PhoneOffer | None
) -> ResponseReturnValue:
    # On record like any look at a borrower.
    desk = borrower_lookup.open_loan(db_session(), context(), public_id=public_id)
    return render_template(
        "admin/assist_plan.html",
        desk=desk,
        loan=desk.page.loan,
        basis=basis,
        form=form,
        offer=offer,
    )
