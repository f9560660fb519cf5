"""The desk's list of what is to be answered of signed plans, and one of them with its answer."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.services.breaks import answering, matter_queries
from app.web.access import staff_required
from app.web.admin.blueprint import DESK, READERS, bp
from app.web.admin.matter_forms import MatterForm
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/matters")
@staff_required(*READERS)
def matters() -> ResponseReturnValue:
    is_answered = request.args.get("state") == "answered"
    page = matter_queries.matter_page(db_session(), context(), is_answered=is_answered)
    return render_template("admin/matters.html", page=page, is_answered=is_answered)


@bp.get("/matters/<public_id>")
@staff_required(*READERS)
def matter(public_id: str) -> ResponseReturnValue:
    return _show(public_id, MatterForm())


@bp.post("/matters/<public_id>")
@staff_required(*DESK)
def answer_matter(public_id: str) -> ResponseReturnValue:
    form = MatterForm()
    if form.validate_on_submit():
        try:
            answering.answer_matter(
                db_session(),
                context(),
                public_id=public_id,
                words=form.words.data or "",
                request_key=form.request_key.data or "",
            )
            return see_other(url_for(".matter", public_id=public_id))
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
    return _show(public_id, form)


def _show(public_id: str, form: MatterForm) -> str:
    found = matter_queries.matter(db_session(), context(), public_id=public_id)
    return render_template("admin/matter.html", row=found, form=form)
