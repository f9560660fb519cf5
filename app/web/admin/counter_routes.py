"""A counter-offer: its numbers changed with what they mean beside them, shown word by word, then
sent or handed on.
"""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.cases.steps import PreviewChanged
from app.services.counters import editing_queries, reading, releasing, writing
from app.services.counters.basis import NothingToCounter
from app.services.counters.editing_queries import CounterEdit, Meaning
from app.services.counters.queries import CounterShown
from app.services.counters.wishes import CounterWish
from app.web import typed_answers
from app.web.access import staff_required, step_up_required
from app.web.admin.blueprint import DESK, bp
from app.web.admin.case_forms import DecideForm
from app.web.admin.case_routes import show_case, told_of_words
from app.web.admin.counter_forms import CounterForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other

FIELD_OF_CODE = {
    "periods_needed": "periods",
    "periods_outside": "periods",
    "instalment_too_small": "periods",
    "nobodys_authority": "periods",
    "schedule_impossible": "periods",
    "low_months_outside": "low_months",
    "low_too_small": "low",
    "low_too_large": "low",
    "months_outside": "months",
    "ends_too_late": "months",
    "rate_above_contract": "own_rate",
    "own_rate_outside": "own_rate",
    "first_payment_too_large": "upfront",
    "put_off_outside": "put_off",
    "pay_date_outside": "pay_on",
    "sum_outside": "principal",
    "nothing_to_waive": "penalty",
    "waiver_outside": "penalty",
    "counter_words_needed": "words",
    "banned_words": "words",
}


@bp.route("/plan/<version_id>/counter", methods=["GET", "POST"])
@staff_required(*DESK)
@step_up_required
def counter(version_id: str) -> ResponseReturnValue:
    try:
        edit = _edit(version_id)
    except NothingToCounter as gone:  # answered or changed meanwhile: the case says how it stands
        return _overtaken(version_id, gone)
    form, act = CounterForm(), request.form.get("act")
    form.fit_to(edit, context().today)
    if request.method == "GET" and not form.kind.data:
        form.start_from(_start(edit))
        form.fit_to(edit, context().today)
    if act in ("preview", "send") and form.validate_on_submit():
        try:
            return _sent(edit, form) if act == "send" else _preview(edit, form)
        except RuleBroken as refused:
            _tell(form, refused)
    return _page(edit, form)


@bp.get("/plan/<version_id>/talk")
@staff_required(*DESK)
def talk(version_id: str) -> ResponseReturnValue:
    """Everything that went to and fro, on one page."""
    rows = reading.view_talk(db_session(), context(), version_public_id=version_id)
    return render_template("admin/talk.html", rows=rows, version_id=version_id)


def _overtaken(version_id: str, gone: NothingToCounter) -> ResponseReturnValue:
    """Show how the case stands by now, with what was written for nothing."""
    if not request.form.get("words"):
        return see_other(url_for(".case", version_id=version_id))
    lost = DecideForm(formdata=None)
    lost.words.data = request.form["words"]
    lost.form_errors.append(told_of_words(gone))
    return show_case(version_id, lost)


def _edit(version_id: str) -> CounterEdit:
    return editing_queries.counter_edit(db_session(), context(), version_public_id=version_id)


def _start(edit: CounterEdit) -> CounterWish:
    """The borrower's own numbers, or those of a counter-offer computed beforehand."""
    picked = request.args.get("near", "")
    # By its place, compared as words: a number of thousands of digits is none.
    near = {str(place): one.wish for place, one in enumerate(edit.near)}
    return near.get(picked, edit.wish)


def _page(edit: CounterEdit, form: CounterForm) -> ResponseReturnValue:
    means: Meaning | None = None
    refusal = form.misread
    if not refusal and (not form.errors or set(form.errors) <= {"words", "summary"}):
        try:
            means = editing_queries.counter_meaning(
                db_session(),
                context(),
                version_public_id=edit.version_public_id,
                wish=form.wish,
            )
        except RuleBroken as refused:
            refusal = told_of_words(refused)
    typed_answers.keep(current_user.session_id)
    return render_template("admin/counter.html", edit=edit, form=form, means=means, refusal=refusal)


def _preview(edit: CounterEdit, form: CounterForm, advice: str = "") -> ResponseReturnValue:
    shown: CounterShown = writing.rehearse_counter(
        db_session(),
        context(),
        version_public_id=edit.version_public_id,
        wish=form.wish,
        text=form.text,
    )
    typed_answers.keep(current_user.session_id)
    form.shown_sha256.data = shown.sha256
    return render_template(
        "admin/counter_preview.html", edit=edit, form=form, shown=shown, advice=advice
    )


def _sent(edit: CounterEdit, form: CounterForm) -> ResponseReturnValue:
    """Send what was shown; where it would be something else by now, show that first."""
    try:
        made = writing.write_counter(
            db_session(),
            context(),
            version_public_id=edit.version_public_id,
            wish=form.wish,
            text=form.text,
            shown_sha256=form.shown_sha256.data or "",
            request_key=form.request_key.data or "",
        )
    except PreviewChanged as changed:
        return _preview(edit, form, words_of(changed))
    standing = releasing.waits(db_session(), version_public_id=made)
    if standing:
        flash(gettext("已交给主管放行，放行之前本人看不到。"))
        return see_other(url_for(".case", version_id=edit.version_public_id))
    flash(gettext("建议已发出，本人马上能看到。"))
    return see_other(url_for(".case", version_id=made))


def _tell(form: CounterForm, refused: RuleBroken) -> None:
    """Put a refused rule beside the field that mends it, else on top."""
    name = FIELD_OF_CODE.get(refused.code)
    if refused.code == "counter_words_needed" and form.words.data:
        name = "summary"
    if name is None:
        form.form_errors.append(told_of_words(refused))
    else:
        form[name].errors = [*form[name].errors, told_of_words(refused)]
