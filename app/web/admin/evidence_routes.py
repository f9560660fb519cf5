"""Papers of a case: read page by page on record, judged, one more asked for."""

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.evidence import asking, reading
from app.web import typed_answers
from app.web.access import staff_required
from app.web.admin.blueprint import DESK, bp
from app.web.admin.case_forms import DecideForm
from app.web.admin.case_routes import show_case, told, told_of_words
from app.web.admin.evidence_forms import AskForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.papers import page_file
from app.web.returning import see_other

FIELD_OF_CODE = {
    "request_words_needed": "request",
    "banned_words": "request",
    "topic_needed": "topic",
    "asked_before": "topic",
}


@bp.post("/plan/<version_id>/papers/<paper>/<int:page>")
@staff_required(*DESK)
def read_paper(version_id: str, paper: str, page: int) -> Response:
    # A POST, for every reading is on record: nothing that only looks ahead may cause one.
    content = reading.view_page(
        db_session(), context(), version_public_id=version_id, paper=paper, page=page
    )
    return page_file(content, page)


@bp.post("/plan/<version_id>/papers/<paper>/verdict")
@staff_required(*DESK)
def judge_paper(version_id: str, paper: str) -> ResponseReturnValue:
    try:
        reading.judge_paper(
            db_session(),
            context(),
            version_public_id=version_id,
            paper=paper,
            verdict=request.form.get("verdict", ""),
        )
    except RuleBroken as refused:
        form = DecideForm()
        form.form_errors.append(told(refused))
        return show_case(version_id, form)
    # The answer's form came along, and is there again.
    typed_answers.keep(current_user.session_id, but=("verdict",))
    return see_other(url_for(".case", version_id=version_id, _anchor="papers"))


@bp.post("/plan/<version_id>/document")
@staff_required(*DESK)
def ask_document(version_id: str) -> ResponseReturnValue:
    form = AskForm()
    form.topic.choices = []
    if form.validate_on_submit():
        try:
            asking.ask_document(
                db_session(),
                context(),
                version_public_id=version_id,
                topic=form.topic.data or "",
                words=form.request.data or "",
                request_key=form.request_key.data or "",
            )
        except RuleBroken as refused:
            return _refused(version_id, form, refused)
        flash(gettext("已请本人补材料，短信发出。等的时候，我们的时限停着。"))
        return see_other(url_for(".case", version_id=version_id, _anchor="papers"))
    return show_case(version_id, DecideForm(formdata=None), ask=form)


@bp.post("/plan/<version_id>/document/stop")
@staff_required(*DESK)
def stop_waiting(version_id: str) -> ResponseReturnValue:
    try:
        asking.stop_waiting(db_session(), context(), version_public_id=version_id)
    except RuleBroken as refused:
        form = DecideForm(formdata=None)
        form.form_errors.append(told(refused))
        return show_case(version_id, form)
    return see_other(url_for(".case", version_id=version_id))


def _refused(version_id: str, form: AskForm, refused: RuleBroken) -> ResponseReturnValue:
    words = told_of_words(refused)
    answer = DecideForm(formdata=None)
    name = FIELD_OF_CODE.get(refused.code)
    if name is None:
        answer.form_errors.append(words)
    else:
        form[name].errors = [*form[name].errors, words]
    return show_case(version_id, answer, ask=form)
