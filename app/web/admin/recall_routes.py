"""An offer that lies with its borrower is recalled in two steps: shown word by word, then done."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.cases.steps import PreviewChanged
from app.services.recalls import recalling
from app.web import typed_answers
from app.web.access import staff_required, step_up_required
from app.web.admin.blueprint import DESK, bp
from app.web.admin.case_forms import DecideForm
from app.web.admin.case_routes import load_case, show_case, told_of_words
from app.web.admin.recall_forms import RecallForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.post("/plan/<version_id>/recall")
@staff_required(*DESK)
# Also for looking at the preview, as for an answer (V7.5.3).
@step_up_required
def recall(version_id: str) -> ResponseReturnValue:
    form, act = RecallForm(), request.form.get("act")
    if act != "edit" and form.validate_on_submit():
        try:
            return _sent(version_id, form) if act == "send" else _preview(version_id, form)
        except RuleBroken as refused:
            form.recall.errors = [told_of_words(refused)]
    return show_case(version_id, DecideForm(formdata=None), recall=form)


def _sent(version_id: str, form: RecallForm) -> ResponseReturnValue:
    """Do what was shown; where it would be something else by now, show that first."""
    try:
        recalling.recall_version(
            db_session(),
            context(),
            version_public_id=version_id,
            words=form.recall.data or "",
            shown_sha256=form.shown_sha256.data or "",
        )
    except PreviewChanged as changed:
        return _preview(version_id, form, words_of(changed))
    flash(gettext("已收回，本人能看到原因。"))
    return see_other(url_for(".case", version_id=version_id))


def _preview(version_id: str, form: RecallForm, advice: str = "") -> ResponseReturnValue:
    words = form.recall.data or ""
    shown = recalling.rehearse_recall(
        db_session(), context(), version_public_id=version_id, words=words
    )
    typed_answers.keep(current_user.session_id)
    form.shown_sha256.data = shown.sha256
    return render_template(
        "admin/recall_preview.html",
        case=load_case(version_id),
        form=form,
        shown=shown,
        advice=advice,
    )
