"""What waits to be released: the list, one counter-offer in full, let go or returned."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import NotFound, RuleBroken
from app.services.counters import release_queries, releasing
from app.web.access import staff_required, step_up_required
from app.web.admin.blueprint import DESK, bp
from app.web.admin.case_routes import told
from app.web.admin.counter_forms import ReleaseForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.returning import see_other


@bp.get("/releases")
@staff_required(*DESK)
def releases() -> ResponseReturnValue:
    rows = release_queries.waiting_releases(db_session(), context())
    return render_template("admin/releases.html", rows=rows)


@bp.route("/releases/<version_id>", methods=["GET", "POST"])
@staff_required(*DESK)
@step_up_required
def release(version_id: str) -> ResponseReturnValue:
    form, act = ReleaseForm(), request.form.get("act")
    if request.method == "POST":
        try:
            return _returned(version_id, form) if act == "return" else _released(version_id, form)
        except RuleBroken as refused:
            (form.words if act == "return" else form.shown_sha256).errors = [told(refused)]
            form.form_errors.append(told(refused))
    try:
        view = release_queries.release_view(db_session(), context(), version_public_id=version_id)
    except NotFound:
        # It was released or returned meanwhile; where it went the list says.
        return see_other(url_for(".releases"))
    form.shown_sha256.data = view.terms_sha256
    return render_template("admin/release.html", view=view, form=form)


def _released(version_id: str, form: ReleaseForm) -> ResponseReturnValue:
    gone = releasing.release_counter(
        db_session(),
        context(),
        version_public_id=version_id,
        shown_sha256=form.shown_sha256.data or "",
    )
    flash(gettext("已放行，本人马上能看到。") if gone else gettext("已记下，还要另一位主管放行。"))
    return see_other(url_for(".releases"))


def _returned(version_id: str, form: ReleaseForm) -> ResponseReturnValue:
    releasing.return_counter(
        db_session(), context(), version_public_id=version_id, words=form.words.data or ""
    )
    flash(gettext("已退回，本人那一版接着等答复。"))
    return see_other(url_for(".releases"))
