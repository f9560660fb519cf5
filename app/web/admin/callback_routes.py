"""The desk's list of people to call back, one of them, and the note after the call."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.callbacks import answering as callback_answering
from app.services.callbacks import attempts as callback_attempts
from app.services.callbacks import queries as callback_queries
from app.services.callbacks.answering import Caller
from app.services.callbacks.queries import State
from app.web import typed_answers
from app.web.access import staff_required, step_up_required
from app.web.admin.blueprint import DESK, READERS, bp
from app.web.admin.callback_forms import AnswerForm, AttemptForm
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/callbacks")
@staff_required(*READERS)
def callbacks() -> ResponseReturnValue:
    state: State = "answered" if request.args.get("state") == "answered" else "open"
    after = request.args.get("after") or None
    page = callback_queries.callback_page(db_session(), context(), state=state, after=after)
    return render_template("admin/callbacks.html", page=page, state=state, is_first=after is None)


@bp.get("/callbacks/<public_id>")
@staff_required(*READERS)
def callback(public_id: str) -> ResponseReturnValue:
    return _show(public_id, AnswerForm())


@bp.post("/callbacks/<public_id>")
@staff_required(*DESK)
def answer_callback(public_id: str) -> ResponseReturnValue:
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            callback_answering.answer_callback(
                db_session(),
                context(),
                public_id=public_id,
                note=form.note.data or "",
                request_key=form.request_key.data or "",
            )
            return see_other(url_for(".callback", public_id=public_id))
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))

    return _show(public_id, form)


@bp.post("/callbacks/<public_id>/attempt")
@staff_required(*DESK)
def callback_attempt(public_id: str) -> ResponseReturnValue:
    """Nobody answered, or another time was agreed: it stays open, and says when next."""
    form = AttemptForm()
    result = request.form.get("result", "")
    if result in callback_attempts.CONTACTS and form.validate_on_submit() and form.at is not None:
        try:
            callback_attempts.note_attempt(
                db_session(),
                context(),
                public_id=public_id,
                result=result,
                next_at=form.at,
                request_key=form.request_key.data or "",
            )
            return see_other(url_for(".callback", public_id=public_id))
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))

    return _show(public_id, AnswerForm(formdata=None), attempt=form)


@bp.post("/callbacks/<public_id>/owner")
@staff_required(*DESK)
def callback_owner(public_id: str) -> ResponseReturnValue:
    acts = {"take": callback_attempts.take_callback, "release": callback_attempts.release_callback}
    act = acts.get(request.form.get("act", ""))
    form = AnswerForm(formdata=None)
    if act is not None:
        try:
            act(db_session(), context(), public_id=public_id)
            return see_other(url_for(".callback", public_id=public_id))
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))

    return _show(public_id, form)


@bp.post("/callbacks/<public_id>/number")
@staff_required(*DESK)
@step_up_required
def callback_number(public_id: str) -> ResponseReturnValue:
    # A POST behind the password: seeing a full number is an act and leaves an entry (I-15).
    caller = callback_answering.show_caller(db_session(), context(), public_id=public_id)
    typed_answers.keep(current_user.session_id)
    return _show(public_id, AnswerForm(), caller)


def _show(
    public_id: str,
    form: AnswerForm,
    caller: Caller | None = None,
    *,
    attempt: AttemptForm | None = None,
) -> ResponseReturnValue:
    found = callback_queries.callback_view(db_session(), context(), public_id=public_id)
    return render_template(
        "admin/callback.html",
        found=found,
        row=found.row,
        form=form,
        attempt=attempt or AttemptForm(formdata=None),
        caller=caller,
        may_call=current_user.has_role(*DESK),
    )
