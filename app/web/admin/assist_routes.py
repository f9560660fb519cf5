"""With the borrower on the phone: loans, when it will be easier, the kind and its numbers; the
options by the same engine; shown word by word, then filled in for them to confirm.
"""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.assisted import entering
from app.services.assisted import queries as phone_queries
from app.services.assisted.queries import PhoneOffer, PhonePage
from app.services.borrowers import lookup as borrower_lookup
from app.services.cases.steps import PreviewChanged
from app.web import typed_answers
from app.web.access import staff_required
from app.web.admin.assist_forms import AssistForm, kind_asked
from app.web.admin.blueprint import DESK, bp
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other

FIELD_OF_CODE = {
    "loan_not_choosable": "loans",
    "too_many_loans": "loans",
    "one_loan_only": "kind",
    "catch_up_too_late": "kind",
    "arrears_too_small": "kind",
    "too_little_to_step": "kind",
    "already_overdue": "kind",
    "not_overdue": "kind",
    "first_payment_too_large": "upfront",
    "monthly_needed": "monthly",
    "monthly_not_above_low": "monthly",
    "periods_outside": "periods",
    "instalment_too_small": "periods",
    "low_months_outside": "low_months",
    "low_too_small": "low",
    "low_too_large": "low",
    "months_outside": "months",
    "ends_too_late": "months",
    "pay_date_outside": "pay_on",
    "sum_outside": "sum",
}


@bp.route("/loans/<public_id>/plan", methods=["GET", "POST"])
@staff_required(*DESK)
def assist_plan(public_id: str) -> ResponseReturnValue:
    form = AssistForm()
    page = phone_queries.phone_page(
        db_session(), context(), loan_public_id=public_id, spoken=form.asked
    )
    form.fit_to(page)
    act = request.form.get("act") if form.is_submitted() else ""
    if page.fault is not None:
        form.validate()
        form.forgive()
        _tell(form, page.fault)
        return _show(public_id, page, form, None)
    # Whoever changes what is asked and goes on at once, as without script, sees its fields first.
    if act not in ("compute", "preview", "enter") or not form.is_of(page):
        return _look(public_id, page, form)
    offer = None
    if kind_asked(page) and form.validate_on_submit():
        try:
            if act == "enter":
                return _enter(public_id, page, form)
            offer = _offer(public_id, page, form)
            if act == "preview":
                return _preview(public_id, page, form)
        except RuleBroken as refused:
            _tell(form, refused)
    return _show(public_id, page, form, offer)


def _look(public_id: str, page: PhonePage, form: AssistForm) -> ResponseReturnValue:
    """What the loans and the kind ask for; with the options where all of it was said already."""
    offer, refusal = None, ""
    form.validate()
    if kind_asked(page) and not set(form.errors) - {"csrf_token"}:
        try:
            offer = _offer(public_id, page, form)
        except RuleBroken as refused:
            refusal = words_of(refused)
    form.forgive()
    return _show(public_id, page, form, offer, refusal)


def _offer(public_id: str, page: PhonePage, form: AssistForm) -> PhoneOffer:
    return phone_queries.phone_offer(
        db_session(), context(), loan_public_id=public_id, spoken=form.spoken(page)
    )


def _enter(public_id: str, page: PhonePage, form: AssistForm) -> ResponseReturnValue:
    """Fill in what was shown; where it would be something else by now, show that first."""
    try:
        entering.enter_proposal(
            db_session(),
            context(),
            loan_public_id=public_id,
            spoken=form.spoken(page),
            shown_sha256=form.shown_sha256.data or "",
            request_key=form.request_key.data or "",
        )
    except PreviewChanged as changed:
        return _preview(public_id, page, form, words_of(changed))
    flash(gettext("已帮本人填好，短信请本人登录核对后提交。要由人答复的，由另一位同事来答。"))
    return see_other(url_for(".loan", public_id=public_id))


def _preview(
    public_id: str, page: PhonePage, form: AssistForm, advice: str = ""
) -> ResponseReturnValue:
    shown = entering.rehearse_entry(
        db_session(), context(), loan_public_id=public_id, spoken=form.spoken(page)
    )
    typed_answers.keep(current_user.session_id)
    form.shown_sha256.data = shown.sha256
    return render_template(
        "admin/assist_preview.html",
        desk=borrower_lookup.open_loan(db_session(), context(), public_id=public_id),
        form=form,
        shown=shown,
        advice=advice,
    )


def _tell(form: AssistForm, refused: RuleBroken) -> None:
    """Put a refused rule beside the field that mends it, else on top."""
    name, words = FIELD_OF_CODE.get(refused.code, ""), words_of(refused)
    if name == "periods" and "periods" in form and not form.periods.count:
        name = "monthly"
    # What a kind does not ask for has no field; it is told on top.
    if name in form:
        form[name].errors = [*form[name].errors, words]
    else:
        form.form_errors.append(words)


def _show(
    public_id: str,
    page: PhonePage,
    form: AssistForm,
    offer: PhoneOffer | None,
    refusal: str = "",
) -> ResponseReturnValue:
    # A reload after computing must not ask to send the form again, nor lose what was said on the
    # phone (ADR 0033).
    typed_answers.keep(current_user.session_id)
    # On record like any look at a borrower.
    desk = borrower_lookup.open_loan(db_session(), context(), public_id=public_id)
    return render_template(
        "admin/assist_plan.html",
        desk=desk,
        loan=desk.page.loan,
        page=page,
        form=form,
        offer=offer,
        refusal=refusal,
        asked_kind=kind_asked(page),
    )
